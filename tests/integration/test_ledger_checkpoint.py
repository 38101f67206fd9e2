"""A new clone begins at the newest checkpoint, and comes to the same as one that read everything."""

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cockpit.domain.decisions.bodies import CheckpointMade, Locked, Noted
from cockpit.domain.decisions.event import Event
from cockpit.domain.decisions.intent import Fate
from cockpit.domain.decisions.policy import Person, Policy, Role
from cockpit.domain.decisions.records import LockRecord
from cockpit.domain.decisions.standing import LedgerHealth
from cockpit.ledger import chain
from cockpit.ledger.checkpoint import decided_at, make_checkpoint
from cockpit.ledger.message import message_of, payload_of
from tests.integration.ledger_world import EMPTY_TREE, REF, Desk, make_remote, push_raw, remote_at


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Callable[[str], Desk]]:
    remote = make_remote(tmp_path / "remote.git")
    desks: list[Desk] = []

    def make(actor: str) -> Desk:
        # Over a file address, as git copies the whole of a repository that is named by its path alone.
        desks.append(Desk(tmp_path / f"{actor}-{len(desks)}", remote_at(remote, f"file://{remote}"), actor))
        return desks[-1]

    yield make
    for one in desks:
        one.close()


@pytest.fixture(autouse=True)
def few_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "FIRST_COMMITS", 5)


def notes(desk: Desk, count: int) -> None:
    for number in range(count):
        desk.intend("note", "x", Noted(str(number)))
    desk.sync()


def test_a_new_clone_begins_at_the_checkpoint_and_comes_to_the_same(desk: Callable[[str], Desk]) -> None:
    maria = desk("maria")
    maria.begin()
    maria.decide("lock", "production", Locked("freeze"))
    notes(maria, 10)
    assert maria.decide("checkpoint", "", make_checkpoint(maria.decided)).position == 14
    notes(maria, 2)
    jon = desk("jon")
    assert jon.sync().position == 16
    assert jon.chain.is_shallow
    assert jon.decided.tables() == maria.decided.tables()
    assert jon.decided.checkpoints == maria.decided.checkpoints
    assert jon.decide("note", "x", Noted("from a short clone")).position == 17
    assert maria.sync().position == 17


def test_without_a_checkpoint_near_the_end_the_whole_chain_is_read(desk: Callable[[str], Desk]) -> None:
    maria = desk("maria")
    maria.begin()
    notes(maria, 12)
    jon = desk("jon")
    assert jon.sync().position == 14
    assert not jon.chain.is_shallow


def test_a_checkpoint_that_lies_is_an_alarm_to_who_knows_better(desk: Callable[[str], Desk]) -> None:
    maria, jon = desk("maria"), desk("jon")
    maria.begin()
    jon.sync()
    maria.decide("lock", "production", Locked("freeze"))
    honest = make_checkpoint(maria.decided)
    records = {name: table for name, table in honest.records.items() if name != LockRecord.TABLE}
    maria.decide("checkpoint", "", replace(honest, records=records))
    assert jon.sync().alarms == 1
    assert jon.decided.get(LockRecord, "production") is not None


def test_a_checkpoint_that_somebody_was_quicker_than_is_refused(desk: Callable[[str], Desk]) -> None:
    maria, jon = desk("maria"), desk("jon")
    maria.begin()
    jon.sync()
    late = make_checkpoint(maria.decided)
    jon.decide("note", "x", Noted("quick"))
    receipt = maria.decide("checkpoint", "", late)
    assert (receipt.fate, receipt.reason) == (Fate.REFUSED, "somebody decided meanwhile: make it again")


def test_a_machine_that_lost_cache_and_clone_is_not_frozen_by_a_short_one(desk: Callable[[str], Desk]) -> None:
    import shutil

    maria = desk("maria")
    maria.begin()
    maria.close()
    for name in ("cache.db", "cache.db-wal", "cache.db-shm"):
        (maria.folder / name).unlink(missing_ok=True)
    shutil.rmtree(maria.folder / "ledger.git")
    jon = desk("jon")
    jon.sync()
    notes(jon, 12)
    again = Desk(maria.folder, maria.chain.remote, "maria")
    state = again.sync()
    assert (state.health, state.position) == (LedgerHealth.SHARED, 14)
    again.close()


def test_an_event_repeated_after_two_checkpoints_still_counts_once(desk: Callable[[str], Desk]) -> None:
    maria = desk("maria")
    maria.begin()
    maria.intend("note", "x", Noted("once"))
    waiting = maria.spool.waiting()[0]
    maria.sync()
    for _ in range(2):
        maria.decide("checkpoint", "", make_checkpoint(maria.decided))
    assert maria.spool.receipt(waiting.event_id) is not None
    (maria.folder / "spool" / "settled" / f"{waiting.event_id}.json").unlink()
    maria.spool.put(waiting)
    maria.sync()
    receipt = maria.spool.receipt(waiting.event_id)
    assert receipt is not None
    assert (receipt.fate, receipt.position, maria.decided.position) == (Fate.SHARED, 3, 5)


def usurp(maria: Desk) -> None:
    """Push a checkpoint that makes its maker, who may only read, the administrator of everything."""
    ledger = maria.decided.ledger
    assert ledger is not None
    honest = make_checkpoint(maria.decided)
    eve = {"people": [{"person_id": "eve", "roles": {"*": ["administrator"]}}]}
    policy = {"": {"policy": eve, "by": honest.records["policy"][""]["by"]}}
    body = replace(honest, records={"ledger": honest.records["ledger"], "policy": policy})
    event = Event("usurper", ledger.ledger, "eve", "checkpoint", "", datetime.now(UTC), body, {})
    push_raw(Path(maria.chain.remote.shown.removeprefix("file://")), message_of(payload_of(event)))


def test_a_checkpoint_by_who_may_make_none_is_found_out_by_the_next_look(desk: Callable[[str], Desk]) -> None:
    maria = desk("maria")
    maria.begin(Policy(people=(Person("maria", roles={"*": (Role.ADMINISTRATOR,)}),), environments=("production",)))
    notes(maria, 10)
    usurp(maria)
    maria.sync()
    jon, quick, ended = desk("jon"), desk("quick"), desk("ended")
    jon.sync()
    assert jon.chain.is_shallow
    ended.sync()
    ended.chain.fetch(whole=True)
    for state in (jon.sync(), quick.keeper.sure_round(), ended.sync()):
        assert (state.health, state.position) == (LedgerHealth.SHARED, 13)
    for one in (jon, quick, ended):
        assert not one.chain.is_shallow
        assert one.decided.tables() == maria.decided.tables()
        assert one.decided.places() == maria.decided.places()


@pytest.mark.parametrize(
    "changes",
    [
        {"position": 10**30},
        {"position": -1},
        {"events": {"a": 10**30}},
        {"records": {"lock": {"x": {"scope": "x"}}}},
        {"records": {"nobody knows": {}}},
        {"records": {"acknowledgement": {"a": {"alert": "a", "note": "", "by": {"actor": "e", "position": 1}}}}},
        *(
            {
                "records": {
                    "acknowledgement": {
                        "a": {"alert": "a", "note": "", "by": {"actor": "e", "position": position, "at": at}}
                    }
                }
            }
            for position, at in (
                (1, "2026-01-01T00:00:00"),
                (1, "9999-12-31T23:59:59Z"),
                (10**30, "2026-01-01T00:00:00Z"),
            )
        ),
    ],
)
def test_nobody_begins_at_a_checkpoint_that_no_cockpit_makes(changes: dict[str, Any]) -> None:
    body = CheckpointMade(**{"position": 7, "head": "c" * 40, "records": {}, "events": {}, **changes})
    with pytest.raises(ValueError, match=r"."):
        decided_at(body, "")


def test_who_began_the_ledger_and_is_far_behind_reads_on(desk: Callable[[str], Desk]) -> None:
    maria, jon = desk("maria"), desk("jon")
    maria.begin()
    jon.sync()
    notes(jon, 10)
    assert (maria.sync().health, maria.decided.position) == (LedgerHealth.SHARED, 12)
    assert maria.decided.tables() == jon.decided.tables()
    assert maria.decide("lock", "production", Locked("now")).fate is Fate.SHARED


def test_who_began_the_ledger_and_was_away_still_sees_that_it_was_rewritten(desk: Callable[[str], Desk]) -> None:
    maria, jon = desk("maria"), desk("jon")
    maria.begin()
    jon.sync()
    notes(jon, 10)
    remote = Path(jon.chain.remote.shown.removeprefix("file://"))
    git = ["git", f"--git-dir={remote}", "-c", "user.name=m", "-c", "user.email=m@localhost"]
    first = subprocess.run(
        [*git, "commit-tree", EMPTY_TREE, "-m", "another"], capture_output=True, text=True, check=True
    )
    subprocess.run([*git, "update-ref", REF, first.stdout.strip()], check=True)
    for number in range(10):
        push_raw(remote, str(number))
    assert maria.sync().health is LedgerHealth.FROZEN
    assert maria.sync().position == 2
