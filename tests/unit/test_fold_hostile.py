"""Whatever somebody with the right to push puts onto the chain: it is read alike everywhere, and breaks nothing."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.cache.put_ledger import _event_row
from cockpit.domain.ballots import own_ballot
from cockpit.domain.decisions.bodies import (
    KINDS,
    BallotCast,
    CallOpened,
    CandidateNamed,
    GateOverridden,
    Genesis,
    Locked,
    Noted,
    PolicySet,
    TrainOpened,
)
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import JUNK, Event, Placed, Signature
from cockpit.domain.decisions.fold import fold, fold_if_good
from cockpit.domain.decisions.policy import Claimed, Person, Policy, Role
from cockpit.domain.decisions.records import OverrideRecord, UnknownRecord
from cockpit.domain.decisions.standing import LedgerState
from cockpit.domain.decisions.standing_of import standing_of
from cockpit.ledger.checkpoint import make_checkpoint, tells_the_truth
from cockpit.ledger.message import LONGEST_TEXT, JunkError, event_of
from cockpit.text import clean
from tests.unit.chain import START, Chain, fingerprint_of, policy

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


def read(payload: str) -> object:
    try:
        return event_of(payload)
    except JunkError as junk:
        return str(junk).partition(":")[0]


@given(HOSTILE, st.sampled_from(sorted(KINDS)))
def test_an_event_is_read_alike_however_it_is_written(changes: dict[str, Any], former: str) -> None:
    spaced = wire(**changes)
    dense = json.dumps(json.loads(spaced), separators=(",", ":"))
    assert read(dense) == read(spaced)
    assert read(f'{{"kind":"{former}",{dense[1:]}') == read(spaced)
    assert read(f'{{"more":{{"kind":"{former}"}},{dense[1:]}') == read(spaced)


@pytest.mark.parametrize("text", ["[" * 70, "\\{" * 70, '"]' * 70, "x" * 4000, "x" * 4001])
def test_brackets_within_a_text_count_for_nothing_and_its_end_is_found(text: str) -> None:
    event = event_of(wire(body={"text": text}))
    assert isinstance(event.body, Noted)
    assert event.body.text == clean(text, LONGEST_TEXT)


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


def placed_of(kind: str, body: object, position: int, **changes: Any) -> Placed:  # noqa: ANN401
    event = Event(f"try-{position}", "", "maria", kind, "", START, body, {}, **changes)
    return Placed(position, "c" * 40, event)


def test_a_genesis_on_trial_that_lost_leaves_nothing_behind() -> None:
    decided = Decided()
    decided.begin_trial()
    ours = placed_of("genesis", Genesis("payments", "maria"), 1)
    fold_if_good(decided, Placed(1, "c" * 40, replace(ours.event, expect={"ledger": ""})))
    assert decided.ledger is not None
    decided.end_trial(keep=False)
    assert decided.ledger is None
    theirs = replace(ours.event, event_id="theirs", actor="jon", body=Genesis("payments", "jon"), expect={"ledger": ""})
    assert fold(decided, Placed(1, "d" * 40, theirs)).is_effective


def test_a_policy_on_trial_that_lost_leaves_nothing_behind() -> None:
    decided = Decided()
    genesis = placed_of("genesis", Genesis("payments", "maria"), 1).event
    fold(decided, Placed(1, "c" * 40, replace(genesis, expect={"ledger": ""})))
    decided.begin_trial()
    given = Event("p", genesis.event_id, "maria", "policy", "", START, PolicySet(policy()), {"policy": ""})
    fold_if_good(decided, Placed(2, "d" * 40, given))
    fold_if_good(decided, Placed(3, "e" * 40, Event("n", genesis.event_id, "jon", "note", "x", START, Noted("x"), {})))
    decided.end_trial(keep=False)
    assert decided.policy == Policy()
    void = fold(decided, Placed(2, "f" * 40, Event("o", genesis.event_id, "jon", "note", "x", START, Noted("x"), {})))
    assert void.reason == "jon is nobody the policy names"


@pytest.mark.parametrize(
    ("actor", "changes"),
    [
        ("guest", {}),
        ("nobody", {}),
        ("maria", {"ledger": "another"}),
        ("maria", {"signature": Signature("SHA256:stranger")}),
        ("maria", {"signature": Signature("SHA256:maria", is_good=False)}),
    ],
)
def test_who_decides_nothing_cannot_keep_others_from_deciding(actor: str, changes: dict[str, Any]) -> None:
    chain = Chain()
    assert not chain.add(actor, "teleport", "x", {}, **changes).is_effective
    assert list(chain.decided.all(UnknownRecord)) == []


def test_a_claimed_actor_who_may_decide_nothing_of_weight_cannot_keep_others_from_deciding() -> None:
    chain = Chain(policy(claimed=Claimed.COMMUTATIVE))
    chain.add("maria", "teleport", "x", {})
    assert list(chain.decided.all(UnknownRecord)) == []
    chain.add("maria", "teleport", "x", {}, signature=fingerprint_of("maria"))
    assert [record.kind for record in chain.decided.all(UnknownRecord)] == ["teleport"]


@pytest.mark.parametrize("name", ["", "*", "eu/production"])
def test_a_policy_names_no_environment_that_could_be_taken_for_a_scope(name: str) -> None:
    chain = Chain()
    void = chain.add("maria", "policy", "", PolicySet(policy(environments=("staging", name))))
    assert not void.is_effective
    assert "environment" in void.reason


def test_names_with_a_slash_are_not_taken_for_one_another() -> None:
    people = tuple(Person(name, roles={"*": (Role.LEAD,)}) for name in ("c", "b/c"))
    chain = Chain(policy(people=(*policy().people, *people)))
    for train in ("a", "a/b"):
        assert chain.add("maria", "train.open", train, TrainOpened()).is_effective
    assert chain.add("c", "ballot", "a/b", BallotCast(("first",))).is_effective
    assert chain.add("b/c", "ballot", "a", BallotCast(("second",))).is_effective
    assert own_ballot(chain.decided, "a/b", "c") == ("first",)
    assert own_ballot(chain.decided, "a", "b/c") == ("second",)


def test_overrides_of_names_with_a_slash_are_not_taken_for_one_another() -> None:
    chain = Chain()
    chain.add("maria", "candidate", "a" * 40, CandidateNamed("v1"))
    for gate, environment in (("tests/slow", "eu"), ("tests", "slow/eu")):
        chain.add("maria", "override", "a" * 40, GateOverridden(gate, "known", environment))
    assert len(list(chain.decided.all(OverrideRecord))) == 2


def test_a_checkpoint_follows_the_one_before_it() -> None:
    chain = Chain()
    for _ in range(2):
        assert chain.add("maria", "checkpoint", "", make_checkpoint(chain.decided)).is_effective
    void = chain.add("maria", "checkpoint", "", make_checkpoint(chain.decided), since=chain.decided.checkpoints[0])
    assert not void.is_effective
    assert chain.decided.checkpoints == ("event-3", "event-4")


def test_a_checkpoint_that_forgets_an_event_is_seen_to_lie() -> None:
    chain = Chain()
    chain.add("maria", "note", "x", Noted("x"))
    honest = make_checkpoint(chain.decided)
    assert tells_the_truth(honest, chain.decided)
    assert not tells_the_truth(replace(honest, events={"event-1": 1, "event-2": 2}), chain.decided)
