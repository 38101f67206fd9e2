"""The fold in a cache that fails, goes or is another version's, and the spool's files: nothing decided is lost."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cockpit.agent.ledger_desk import LedgerDesk
from cockpit.agent.log import AgentLog
from cockpit.cache import put_ledger
from cockpit.cache.feed import open_feed
from cockpit.domain.decisions.bodies import Locked, Noted
from cockpit.domain.decisions.intent import Fate
from cockpit.domain.decisions.records import LockRecord
from cockpit.domain.decisions.standing import LedgerHealth
from cockpit.domain.terms import Terms
from cockpit.errors import CacheBusyError, CacheError, LedgerError
from cockpit.ledger.chain import PushAnswer
from cockpit.ledger.pin import read_pin
from tests.integration.ledger_world import Desk, make_remote, many_desks, remote_at


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return make_remote(tmp_path / "remote.git")


@pytest.fixture
def desk(tmp_path: Path, remote: Path) -> Iterator[Callable[[str], Desk]]:
    with many_desks(tmp_path, remote_at(remote, f"file://{remote}")) as make:
        yield make


def in_the_cache(desk: Desk) -> tuple[str, bool]:
    """What a screen would be told: head of the fold, and whether production is locked."""
    feed = open_feed(desk.folder / "cache.db", lambda: Terms("payments"))
    try:
        decided = feed.decided()
        return decided.head, decided.get(LockRecord, "production") is not None
    finally:
        feed.close()


def again(desk: Desk) -> Desk:
    """The same machine with another agent."""
    desk.close()
    return Desk(desk.folder, desk.chain.remote, desk.actor)


def test_a_fold_that_could_not_be_stored_is_stored_by_the_next_round(
    desk: Callable[[str], Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    maria = desk("maria")
    maria.begin()
    with monkeypatch.context() as while_it_is_held:

        def held(_seen: object) -> None:
            raise CacheBusyError("held")

        while_it_is_held.setattr(maria.cache, "put_fold", held)
        with pytest.raises(CacheBusyError):
            maria.decide("lock", "production", Locked("freeze"))
    maria.sync()
    assert in_the_cache(maria) == (maria.decided.head, True)
    assert maria.spool.count() == 0
    pin = read_pin(maria.pin_path)
    assert pin is not None
    assert pin.head == maria.decided.head


def test_a_whole_fold_that_is_stored_by_half_says_nothing_and_is_stored_again(
    desk: Callable[[str], Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    maria, pete = desk("maria"), desk("pete")
    maria.begin()
    maria.decide("lock", "production", Locked("freeze"))
    with monkeypatch.context() as on_a_bad_day:

        def fail(*_: object) -> None:
            raise CacheBusyError("held")

        on_a_bad_day.setattr(put_ledger, "_put_rest", fail)
        on_a_bad_day.setattr(put_ledger, "RECORDS", 1)
        with pytest.raises(CacheBusyError):
            pete.sync()
    with sqlite3.connect(pete.folder / "cache.db") as connection:
        assert connection.execute("SELECT count(*) FROM decisions").fetchone() == (3,)
    connection.close()
    assert in_the_cache(pete) == ("", False)
    assert again(pete).sync().position == maria.decided.position
    assert in_the_cache(pete) == (maria.decided.head, True)


@pytest.mark.parametrize("before", ["look", "decision"])
def test_a_cache_that_is_made_anew_under_an_agent_gets_everything_decided_again(
    desk: Callable[[str], Desk], before: str
) -> None:
    maria = desk("maria")
    maria.begin()
    maria.decide("lock", "production", Locked("freeze"))
    for name in ("cache.db", "cache.db-wal", "cache.db-shm"):
        (maria.folder / name).unlink(missing_ok=True)
    if before == "decision":
        maria.decide("note", "x", Noted("x"))
    maria.sync()
    assert in_the_cache(maria) == (maria.decided.head, True)
    assert again(maria).sync().position == maria.decided.position


def test_a_cache_found_damaged_by_the_very_write_gets_everything_decided_again(desk: Callable[[str], Desk]) -> None:
    maria = desk("maria")
    maria.begin()
    maria.decide("lock", "production", Locked("freeze"))
    put_fold = maria.cache.put_fold

    def damaged(seen: object) -> None:
        (maria.folder / "cache.db").unlink()
        put_fold(seen)  # type: ignore[arg-type]

    maria.cache.put_fold = damaged  # type: ignore[method-assign]
    with pytest.raises(CacheError, match="made anew"):
        maria.decide("note", "x", Noted("x"))
    maria.cache.put_fold = put_fold  # type: ignore[method-assign]
    maria.sync()
    assert in_the_cache(maria) == (maria.decided.head, True)


def test_a_fold_by_another_version_is_made_anew(desk: Callable[[str], Desk]) -> None:
    maria = desk("maria")
    maria.begin()
    maria.decide("lock", "production", Locked("freeze"))
    with sqlite3.connect(maria.folder / "cache.db") as connection:
        connection.execute("UPDATE meta SET value = '0.0.0' WHERE name = 'folded_by'")
        connection.execute("DELETE FROM decisions WHERE kind = 'lock'")
    connection.close()
    other = again(maria)
    other.sync()
    assert in_the_cache(other) == (other.decided.head, True)
    other.close()


def test_without_room_for_the_clone_what_was_decided_stays_on_the_screen(desk: Callable[[str], Desk]) -> None:
    maria = desk("maria")
    maria.begin()
    maria.decide("lock", "production", Locked("freeze"))
    shutil.rmtree(maria.folder / "ledger.git")
    (maria.folder / "ledger.git.new").touch()
    other = again(maria)
    (maria.folder / "ledger.git").touch()
    assert other.sync().health is LedgerHealth.UNREACHABLE
    assert in_the_cache(other) == (maria.decided.head, True)
    other.close()


def test_the_pin_follows_the_fold_also_after_an_end_between_the_two(desk: Callable[[str], Desk]) -> None:
    maria = desk("maria")
    maria.begin()
    former = maria.pin_path.read_bytes()
    maria.decide("lock", "production", Locked("freeze"))
    maria.pin_path.write_bytes(former)
    other = again(maria)
    other.sync()
    pin = read_pin(other.pin_path)
    assert pin is not None
    assert pin.head == maria.decided.head
    other.close()


def test_a_fate_that_cannot_be_kept_ends_no_agent(
    desk: Callable[[str], Desk], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    maria = desk("maria")
    maria.begin()
    event_id = maria.intend("lock", "production", Locked("freeze"))
    settled = maria.folder / "spool" / "settled"
    shutil.rmtree(settled)
    settled.touch()
    with pytest.raises(LedgerError, match="could not be kept"):
        maria.keeper.round(look=False)
    LedgerDesk(lambda: maria.keeper, maria.spool, 60.0, AgentLog(tmp_path / "log"))._work(look=True)
    settled.unlink()
    maria.sync()
    receipt = maria.spool.receipt(event_id)
    assert receipt is not None
    assert (receipt.fate, receipt.position) == (Fate.SHARED, 3)


def test_a_waiting_decision_that_cannot_be_read_now_is_not_set_aside(desk: Callable[[str], Desk]) -> None:
    maria = desk("maria")
    maria.begin()
    maria.intend("note", "x", Noted("x"))
    waiting = maria.folder / "spool" / "waiting"
    (file,) = waiting.iterdir()
    content = file.read_bytes()
    file.unlink()
    file.mkdir()
    assert maria.spool.waiting() == []
    assert [path.suffix for path in waiting.iterdir()] == [".json"]
    file.rmdir()
    file.write_bytes(content)
    assert maria.sync().position == 3


@pytest.mark.parametrize("server", ["slow", "deaf"])
def test_who_is_told_that_nothing_was_decided_can_rely_on_it(desk: Callable[[str], Desk], server: str) -> None:
    maria = desk("maria")
    maria.begin()
    push, waiting = maria.chain.push, list[tuple[str, str]]()

    def unanswered(before: str, head: str) -> PushAnswer:
        waiting.append((before, head))
        if len(waiting) == 1:
            return PushAnswer.UNKNOWN
        if server == "slow":
            assert push(*waiting[0]) is PushAnswer.ACCEPTED
        return push(before, head)

    maria.chain.push = unanswered  # type: ignore[method-assign]
    receipt = maria.decide("lock", "production", Locked("freeze"))
    assert (receipt.fate, receipt.position) == (Fate.SHARED, 3)
    assert maria.sync().position == 3
