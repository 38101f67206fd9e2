"""A long ledger answers first and stores its history behind the answer: whatever happens meanwhile, nothing lacks."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cockpit.agent.ledger_desk import LedgerDesk
from cockpit.agent.log import AgentLog
from cockpit.domain.decisions.bodies import Noted
from cockpit.errors import CacheError, LedgerError
from cockpit.ledger.checkpoint import make_checkpoint
from cockpit.ledger.keeper import AT_ONCE
from tests.bench.ledger_chain import make_chain
from tests.integration.ledger_world import Desk, remote_at

LONG = AT_ONCE + 700


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_chain(tmp_path_factory.mktemp("long") / "remote.git", LONG)


@pytest.fixture
def desk(tmp_path: Path, remote: Path) -> Iterator[Callable[[], Desk]]:
    desks: list[Desk] = []

    def make() -> Desk:
        desks.append(Desk(tmp_path / "desk", remote_at(remote, f"file://{remote}"), "boss"))
        desks[-1].chain.prepare()
        desks[-1].chain.fetch()
        desks[-1].chain.fetch(whole=True)
        return desks[-1]

    yield make
    for one in desks:
        one.close()


def stored(desk: Desk) -> list[int]:
    """Positions of the events in the cache."""
    with sqlite3.connect(desk.folder / "cache.db") as connection:
        return [position for (position,) in connection.execute("SELECT position FROM events ORDER BY position")]


def test_the_answer_comes_with_the_newest_events_and_the_rest_follows(desk: Callable[[], Desk]) -> None:
    reader = desk()
    position = reader.sync().position
    assert stored(reader) == list(range(position - AT_ONCE + 1, position + 1))
    assert not reader.keeper.store_history()
    assert stored(reader) == list(range(1, position + 1))
    mark, decided = reader.cache.decided()
    assert mark is not None
    assert mark.unstored == 0
    assert decided.tables() == reader.decided.tables()
    assert decided.places() == reader.decided.places()


def test_an_agent_stores_the_history_by_itself(desk: Callable[[], Desk]) -> None:
    reader = desk()
    agent = LedgerDesk(lambda: reader.keeper, reader.spool, 60.0, AgentLog(reader.folder / "agent.log"))
    agent._work(look=True)
    assert len(stored(reader)) == AT_ONCE
    agent._store_history()
    assert stored(reader)[0] == 1


def test_whoever_acts_once_and_ends_leaves_nothing_out(desk: Callable[[], Desk]) -> None:
    reader = desk()
    assert reader.keeper.sure_round().position == len(stored(reader))


def test_after_an_end_in_between_it_is_folded_anew(desk: Callable[[], Desk]) -> None:
    killed = desk()
    killed.sync()
    killed.close()
    reader = Desk(killed.folder, killed.chain.remote, "boss")
    assert reader.keeper.sure_round().position == len(stored(reader))
    assert stored(reader)[0] == 1
    reader.close()


def test_what_is_decided_meanwhile_follows_the_newest(desk: Callable[[], Desk]) -> None:
    reader = desk()
    reader.sync()
    receipt = reader.decide("note", "x", Noted("meanwhile"))
    assert receipt.position == reader.decided.position
    reader.keeper.store_history()
    assert stored(reader) == list(range(1, receipt.position + 1))


def test_a_cache_that_was_made_anew_meanwhile_gets_all_of_it(desk: Callable[[], Desk]) -> None:
    reader = desk()
    reader.sync()
    for name in ("cache.db", "cache.db-wal", "cache.db-shm"):
        (reader.folder / name).unlink(missing_ok=True)
    with pytest.raises(CacheError):
        reader.keeper.store_history()
    assert reader.keeper.sure_round().position == len(stored(reader))


def test_no_checkpoint_is_made_of_what_is_not_all_there(desk: Callable[[], Desk]) -> None:
    reader = desk()
    reader.sync()
    with pytest.raises(LedgerError):
        make_checkpoint(reader.cache.decided()[1])
    reader.keeper.store_history()
    assert make_checkpoint(reader.cache.decided()[1]) == make_checkpoint(reader.decided)
