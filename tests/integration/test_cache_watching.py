"""Who watches the cache hears of every write, every replacement and every fact whose time is over."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cache_world import change

from cockpit.cache.feed import CacheFeed, open_feed
from cockpit.cache.store import Cache, open_cache
from cockpit.domain.facts import ChangesSeen
from cockpit.domain.freshness import Freshness
from cockpit.domain.overview import Overview
from cockpit.domain.source_state import Heartbeat
from cockpit.domain.terms import Terms
from cockpit.domain.verdict import Verdict

PATIENCE_S = 20


class Listener:
    """Keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[Overview] = []
        self._news = threading.Condition()

    def __call__(self, overview: Overview) -> None:
        with self._news:
            self.told.append(overview)
            self._news.notify_all()

    def hears(self, what: Callable[[Overview], bool]) -> bool:
        with self._news:
            heard = self._news.wait_for(lambda: bool(self.told) and what(self.told[-1]), PATIENCE_S)
            assert heard, self.told[-1:]
            return heard


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "cache.db"


@pytest.fixture
def feed(database: Path) -> Iterator[CacheFeed]:
    feed = open_feed(database, lambda: Terms("payments"))
    yield feed
    feed.close()


@pytest.fixture
def listener(feed: CacheFeed) -> Iterator[Listener]:
    listener = Listener()
    stop = feed.watch(listener)
    yield listener
    stop()
    stop()


def put(cache: Cache, *numbers: int) -> None:
    cache.put(ChangesSeen([change(n) for n in numbers]), "git", 60)


def empty_log(database: Path) -> None:
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()


def test_a_cache_that_is_written_first_after_the_watch_began_is_seen(database: Path, listener: Listener) -> None:
    assert listener.hears(lambda overview: "no cache yet" in overview.cache_note)
    cache = open_cache(database)
    put(cache, 1)
    assert listener.hears(lambda overview: overview.changes.total == 1 and not overview.cache_note)
    cache.close()


def test_rows_that_are_removed_are_seen(database: Path, listener: Listener) -> None:
    cache = open_cache(database)
    put(cache, 1, 2, 3)
    assert listener.hears(lambda overview: overview.changes.total == 3)
    put(cache, 2)
    assert listener.hears(lambda overview: overview.changes.total == 1)
    cache.close()


def test_a_file_put_in_its_place_is_seen(database: Path, listener: Listener, tmp_path: Path) -> None:
    cache, other = open_cache(database), open_cache(tmp_path / "other.db")
    put(cache, 1, 2, 3)
    put(other, 1, 2, 3, 4, 5)
    assert listener.hears(lambda overview: overview.changes.total == 3)
    cache.close()
    other.close()
    empty_log(database)
    (tmp_path / "other.db").rename(database)
    assert listener.hears(lambda overview: overview.changes.total == 5)


def test_the_answer_turns_by_itself_when_the_agents_heartbeat_expires(database: Path, listener: Listener) -> None:
    cache = open_cache(database)
    now = datetime.now(UTC)
    cache.beat(Heartbeat(1, "host", "0.1.0", "observer", now, Freshness(now, now + timedelta(seconds=1.5))))
    assert listener.hears(lambda overview: overview.agent_alive)
    cache.close()
    assert listener.hears(lambda overview: not overview.agent_alive)
    assert listener.told[-1].verdict is not Verdict.GO


def test_a_quiet_cache_says_nothing_and_a_busy_one_not_more_than_ten_times_a_second(
    database: Path, listener: Listener
) -> None:
    cache = open_cache(database)
    put(cache, 1)
    assert listener.hears(lambda overview: overview.changes.total == 1)
    began, before = time.monotonic(), len(listener.told)
    for number in range(200):
        put(cache, *range(number + 1))
    assert listener.hears(lambda overview: overview.changes.total == 200)
    assert len(listener.told) - before <= 10 * (time.monotonic() - began) + 2
    said = len(listener.told)
    time.sleep(0.5)
    assert len(listener.told) == said
    cache.close()


def test_the_watch_outlives_damage_and_says_so(database: Path, listener: Listener) -> None:
    cache = open_cache(database)
    put(cache, 1, 2)
    assert listener.hears(lambda overview: overview.changes.total == 2)
    cache.close()
    empty_log(database)
    replacement = database.with_name("junk")
    replacement.write_bytes(b"no database at all" * 400)
    replacement.rename(database)
    assert listener.hears(lambda overview: "damaged" in overview.cache_note and overview.changes.total == 2)
    cache = open_cache(database)
    put(cache, 7)
    assert listener.hears(lambda overview: overview.changes.total == 1 and not overview.cache_note)
    cache.close()


def test_settings_that_change_are_judged_by_at_once_though_nothing_is_written(database: Path) -> None:
    in_force = [Terms("payments")]
    cache, listener = open_cache(database), Listener()
    put(cache, 1)
    feed = open_feed(database, lambda: in_force[-1])
    stop = feed.watch(listener)
    assert listener.hears(lambda overview: overview.changes.total == 1)
    in_force.append(Terms("payments", on_duty="Maria"))
    assert listener.hears(lambda overview: overview.branch.on_duty == "Maria")
    stop()
    feed.close()
    cache.close()
