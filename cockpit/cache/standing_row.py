"""The standing as the cache keeps it, read with the standard library alone: it is needed before the first paint."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cockpit.cache.gating_row import gating_of
from cockpit.domain.decisions.calendar import Cadence, Moment, Stretch, TrainCalendar
from cockpit.domain.decisions.standing import (
    BallotNow,
    CandidateNow,
    ControlsNow,
    LedgerHealth,
    LedgerState,
    LockNow,
    RolloutNow,
    Standing,
)

Json = Mapping[str, Any]


def standing_of(text: str) -> Standing:
    """Return the standing that `text` holds as JSON; raises JSONDecodeError, and KeyError for another shape."""
    row: Json = json.loads(text)
    return Standing(
        **{
            **row,
            "ledger": _ledger(row["ledger"]),
            "calendar": _calendar(row["calendar"]) if row["calendar"] else None,
            "candidate": _candidate(row["candidate"]) if row["candidate"] else None,
            "environments": tuple(row["environments"]),
            "controls": tuple(ControlsNow(**one) for one in row["controls"]),
            "ballots": tuple(BallotNow(one["lead"], tuple(one["features"])) for one in row["ballots"]),
            "locks": tuple(map(_lock, row["locks"])),
            "gating": gating_of(row["gating"]) if row["gating"] else None,
            "call_due": _moment(row.get("call_due")),
            "rollouts": tuple(map(_rollout, row.get("rollouts", ()))),
        }
    )


def _ledger(row: Json) -> LedgerState:
    return LedgerState(**{**row, "health": LedgerHealth(row["health"]), "synced_at": _moment(row["synced_at"])})


def _candidate(row: Json) -> CandidateNow:
    return CandidateNow(**{**row, "at": datetime.fromisoformat(row["at"])})


def _calendar(row: Json) -> TrainCalendar:
    times = ("showcase", "cutoff", "harden", "release_opens", "release_closes")
    return TrainCalendar(
        **{
            **row,
            "cadence": Cadence(row["cadence"]),
            **{name: Moment(**row[name]) for name in times},
            "holidays": tuple(Stretch(**one) for one in row["holidays"]),
            "freezes": tuple(Stretch(**one) for one in row["freezes"]),
            "daily_on": tuple(row["daily_on"]),
            "rota": tuple(row["rota"]),
        }
    )


def _lock(row: Json) -> LockNow:
    return LockNow(
        **{
            **row,
            "at": datetime.fromisoformat(row["at"]),
            "may_ship": tuple(row["may_ship"]),
            "review_at": _moment(row["review_at"]),
        }
    )


def _rollout(row: Json) -> RolloutNow:
    return RolloutNow(
        **{
            **row,
            "sizes": tuple(row["sizes"]),
            "baseline": tuple(row["baseline"]),
            "failed": tuple((server, why) for server, why in row["failed"]),
            "evidence": tuple((name, said) for name, said in row["evidence"]),
            "started_at": datetime.fromisoformat(row["started_at"]),
            "halted_at": _moment(row["halted_at"]),
            "ended_at": _moment(row["ended_at"]),
        }
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
