"""Rows of rollouts as the domain's records, and back; with the standard library alone, as a first picture needs it."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cockpit.cache.moments import from_us, to_us
from cockpit.cache.rows import Row
from cockpit.cache.words import fold
from cockpit.domain.freshness import Freshness
from cockpit.domain.rollout.live import Measured, RolloutLive, ServerLive
from cockpit.domain.rollout.progress import ServerState

LIVE_COLUMNS = "body, observed_at, expires_at"
SERVER_COLUMNS = "server, zone, wave, state, since, reason, step, attempt, log"


def live_body(live: RolloutLive) -> str:
    """Return what an executor tells of a rollout as one text, without when it was told."""
    fields = {name: getattr(live, name) for name in _PLAIN}
    return json.dumps(
        fields
        | {
            "soak_ends": to_us(live.soak_ends),
            "measured": [(one.name, one.verdict, one.said) for one in live.measured],
            "counts": dict(live.counts),
        },
        ensure_ascii=False,
    )


def live_of(row: Row) -> RolloutLive:
    """Return what LIVE_COLUMNS hold; raises KeyError, TypeError and ValueError for another shape."""
    fields: Mapping[str, Any] = json.loads(row[0])
    return RolloutLive(
        **{
            **fields,
            "soak_ends": from_us(fields["soak_ends"]),
            "measured": tuple(Measured(*one) for one in fields["measured"]),
            "freshness": Freshness(from_us(row[1]), from_us(row[2])),
        }
    )


_PLAIN = (
    "rollout", "environment", "station", "host", "wave", "doing", "waits_for", "unshared", "weight_set",
    "weight_read", "expected_s",
)  # fmt: skip


def server_row(live: ServerLive) -> Row:
    """Return the values of SERVER_COLUMNS."""
    return (
        live.server, live.zone, live.wave, live.state.value, to_us(live.since), live.reason, live.step, live.attempt,
        live.log,
    )  # fmt: skip


def server_of(row: Row) -> ServerLive:
    """Return the server of a row of SERVER_COLUMNS; a state that this version does not know is unknown."""
    server, zone, wave, state, since, reason, step, attempt, log = row
    moment: datetime = from_us(since)
    return ServerLive(server, zone, wave, state_of(state), moment, reason, step, attempt, log)


def server_words(live: ServerLive) -> str:
    """Return where the filter looks."""
    return fold(live.server, live.zone, f"wave {live.wave}", live.state.value, live.step, live.reason)


def state_of(word: str) -> ServerState:
    """Return the state of this name."""
    return _STATES.get(word, ServerState.UNKNOWN)


_STATES = {state.value: state for state in ServerState}
