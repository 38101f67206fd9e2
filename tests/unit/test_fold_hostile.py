"""Whatever somebody with the right to push puts onto the chain: it is read alike everywhere, and breaks nothing."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.cache.put_ledger import _event_row
from cockpit.domain.decisions.bodies import KINDS, CallOpened, Locked
from cockpit.domain.decisions.event import JUNK, Placed
from cockpit.domain.decisions.fold import fold
from cockpit.domain.decisions.standing import LedgerState
from cockpit.domain.decisions.standing_of import standing_of
from cockpit.ledger.message import JunkError, event_of
from tests.unit.chain import Chain, policy

NOW = "2026-11-19T14:00:00Z"

EAST, WEST = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))


def wire(**changes: Any) -> str:  # noqa: ANN401
    event = {"v": 1, "ledger": "event-1", "id": "hostile", "actor": "maria", "kind": "note", "target": "x", "at": NOW}
    return json.dumps({**event, "body": {"text": "x"}, **changes})


@pytest.mark.parametrize("body", [{}, [], None, 7, {"why": 1}, {"why": {}}])
def test_an_event_cannot_call_itself_junk(body: object) -> None:
    with pytest.raises(JunkError):
        event_of(wire(kind=JUNK, body=body))


@pytest.mark.parametrize("name", ["id", "actor", "kind"])
@pytest.mark.parametrize("value", ["", "x" * 513])
def test_an_event_without_id_actor_or_kind_or_with_an_endless_one_is_junk(name: str, value: str) -> None:
    with pytest.raises(JunkError):
        event_of(wire(**{name: value}))


def test_the_target_of_an_event_is_no_longer_than_a_line() -> None:
    with pytest.raises(JunkError):
        event_of(wire(target="x" * 513))


@pytest.mark.parametrize("version", [-1, 2**63, 10**40])
def test_a_version_that_no_table_holds_is_junk(version: int) -> None:
    with pytest.raises(JunkError):
        event_of(wire(v=version))


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00", "9999-12-31T23:59:59Z"]
)
def test_every_moment_can_be_shown_on_every_clock(at: str) -> None:
    lock = event_of(wire(kind="lock", target="*", at=at, body={"reason": "x", "review_at": at}))
    call = event_of(wire(kind="call.open", body={"environment": "", "release": "", "owner": "", "deadline": at}))
    assert isinstance(lock.body, Locked)
    assert isinstance(call.body, CallOpened)
    assert lock.body.review_at is not None
    for moment in (lock.at, lock.body.review_at, call.body.deadline):
        assert moment.tzinfo is UTC
        assert moment.astimezone(EAST) > moment.astimezone(WEST) - timedelta(days=1)


def test_a_moment_without_time_zone_is_taken_for_utc() -> None:
    event = event_of(wire(kind="lock", body={"reason": "x", "review_at": "2026-11-19T14:00:00"}))
    assert isinstance(event.body, Locked)
    assert event.body.review_at == datetime(2026, 11, 19, 14, tzinfo=UTC)


def nested(depth: int) -> object:
    value: object = "x"
    for _ in range(depth):
        value = [value]
    return value


def called_deep(frames: int, call: Callable[[], object]) -> object:
    return call() if frames == 0 else called_deep(frames - 1, call)


@pytest.mark.parametrize("depth", [1, 50, 100, 300, 450])
@pytest.mark.parametrize("text", ["plain", "not ascii: \u00e9"])
def test_how_deep_an_event_may_be_does_not_rest_on_who_reads_it(depth: int, text: str) -> None:
    payload = wire(body={"text": text, "more": nested(depth)})

    def is_event() -> bool:
        try:
            return bool(event_of(payload))
        except JunkError:
            return False

    shallow = is_event()
    assert called_deep(sys.getrecursionlimit() - 400, is_event) is shallow
    assert shallow is (depth < 60)


def test_no_text_of_an_event_is_endless() -> None:
    event = event_of(wire(kind="lock", target="*", body={"reason": "x" * 100_000}))
    assert isinstance(event.body, Locked)
    assert len(event.body.reason) == 4000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["reason", "items", "text", "policy", "to", "features", "commit", "deadline", "position", "why"]
)
HOSTILE = st.fixed_dictionaries(
    {},
    optional={
        "v": st.integers(-1, 3),
        "kind": st.sampled_from([*KINDS, JUNK, "teleport", "controls.x", ""]),
        "actor": st.sampled_from(["maria", "guest", "", "nobody", "a/b"]),
        "target": st.sampled_from(["", "*", "production", "production/a", "a/b", "{}", "{0}", "x:y"]),
        "id": st.sampled_from(["event-1", "fresh", "junk-0"]),
        "since": st.sampled_from(["", "event-1", "x"]),
        "ledger": st.sampled_from(["", "event-1", "x"]),
        "expect": st.dictionaries(
            st.sampled_from(["lock:production", "policy", "candidate", "nobody:knows", ":", ""]), st.text(max_size=3)
        )
        | JSON,
        "body": JSON | st.dictionaries(FIELDS, JSON, max_size=4),
        "at": st.sampled_from([NOW, "0001-01-01T00:00:00+14:00", "yesterday"]),
    },
)


@given(st.lists(HOSTILE, max_size=4), st.booleans())
def test_the_fold_takes_anything(events: list[dict[str, Any]], open_door: bool) -> None:
    chain = Chain(policy(open_door=open_door))
    for changes in events:
        try:
            event = event_of(wire(**changes))
        except JunkError:
            continue
        placed = Placed(chain.decided.position + 1, "c" * 40, event)
        outcome = fold(chain.decided, placed)
        msgspec.json.encode(_event_row(placed, outcome, 1)[7])
        for kind, key in chain.decided.take_changed():
            msgspec.json.encode(chain.decided.get(kind, key))
        msgspec.json.encode(standing_of(chain.decided, LedgerState()))
