"""Rollouts for programs: plain values under the names that the help of `cockpit rollout` promises."""

from cockpit.commands.show_rows import moment
from cockpit.domain.decisions.rollout_record import BackOrder, RolloutRecord
from cockpit.domain.overview import Overview
from cockpit.domain.rollout.live import RolloutLive, ServerLive

Row = dict[str, object]


def rollout_row(record: RolloutRecord, overview: Overview) -> Row:
    """Return what was decided of a rollout, and what its executor tells where that is known here."""
    plan, live = record.plan, live_of(record, overview)
    return {
        "rollout": record.rollout,
        "environment": record.environment,
        "release": plan.release,
        "commit": plan.commit,
        "strategy": plan.strategy.value,
        "phase": record.phase.value,
        "waves": len(plan.waves),
        "wave_done": record.wave_done,
        "permitted": record.permitted,
        "station": record.station,
        "host": record.host,
        "started_by": record.started.actor,
        "started_at": moment(record.started.at),
        "approved_by": record.approved.actor if record.approved else "",
        "reason": record.reason,
        "waits": record.waits,
        "halted_by": record.halted.actor if record.halted else "",
        "halt_confirmed": record.is_confirmed,
        "failed": dict(record.stopped.servers) if record.stopped else {},
        "evidence": dict(record.stopped.evidence) if record.stopped else {},
        "rolled_back": [_back_row(back) for back in record.backs],
        "unshared": record.is_unshared or (live is not None and live.unshared),
        "attempt": record.attempt,
        "ended_at": moment(record.ended.at) if record.ended else None,
        "live": _live_row(live),
    }


def server_row(server: ServerLive) -> Row:
    """Return one server as the executor tells it."""
    return {
        "server": server.server,
        "zone": server.zone,
        "wave": server.wave,
        "state": server.state.value,
        "since": moment(server.since),
        "step": server.step,
        "reason": server.reason,
        "attempt": server.attempt,
        "log": server.log,
    }


def live_of(record: RolloutRecord, overview: Overview) -> RolloutLive | None:
    """Return what the executor told last of this rollout, None where it told nothing here."""
    return next((one.live for one in overview.rollouts if one.live.rollout == record.rollout), None)


def _back_row(back: BackOrder) -> Row:
    return {
        "scope": back.scope,
        "by": back.by.actor,
        "reason": back.reason,
        "done_at": moment(back.done.at) if back.done else None,
        "failed": dict(back.failed),
    }


def _live_row(live: RolloutLive | None) -> Row | None:
    if live is None:
        return None
    return {
        "wave": live.wave,
        "doing": live.doing,
        "waits_for": live.waits_for,
        "soak_ends": moment(live.soak_ends),
        "weight_set": live.weight_set,
        "weight_read": live.weight_read,
        "measured": [{"name": one.name, "verdict": one.verdict, "said": one.said} for one in live.measured],
        "counts": dict(live.counts),
        "expected_s": live.expected_s,
        "observed_at": moment(live.freshness.observed_at),
        "expires_at": moment(live.freshness.expires_at),
    }
