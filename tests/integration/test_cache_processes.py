"""Several processes at one cache: nobody loses a write, and nobody waits for a process that is stopped or dead."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cache_world import NOON, change, commit_id, history, probe

from cockpit.cache.feed import open_feed
from cockpit.cache.put_history import COMMITS_A_STEP
from cockpit.cache.reading import CacheReader
from cockpit.cache.schema import VERSION
from cockpit.cache.store import open_cache
from cockpit.domain.facts import ChangesSeen, CommitsSeen, ProbesSeen
from cockpit.domain.terms import Terms
from cockpit.errors import CacheBusyError, CacheError
from cockpit.ui.feed import Query

HERE = Path(__file__).parent


def start(what: str, database: Path, number: int = 0) -> "subprocess.Popen[str]":
    command = [sys.executable, str(HERE / "cache_writer.py"), what, str(database), str(number)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@contextmanager
def running(what: str, database: Path) -> Iterator["subprocess.Popen[str]"]:
    process = start(what, database)
    try:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def end_well(processes: "list[subprocess.Popen[str]]") -> None:
    for process in processes:
        process.communicate(timeout=120)
    assert [process.returncode for process in processes] == [0] * len(processes)


def is_sound(database: Path) -> bool:
    connection = sqlite3.connect(database)
    rows = connection.execute("PRAGMA integrity_check").fetchall()
    connection.close()
    return rows == [("ok",)]


def test_eight_processes_open_a_new_cache_at_once_and_one_lays_its_tables(tmp_path: Path) -> None:
    database = tmp_path / "cache.db"
    end_well([start("open", database) for _ in range(8)])
    connection = sqlite3.connect(database)
    assert connection.execute("PRAGMA user_version").fetchall() == [(VERSION,)]
    assert connection.execute("SELECT count(*) FROM tables WHERE name = 'servers'").fetchall() == [(1,)]
    connection.close()
    assert not list(tmp_path.glob("*.damaged-*"))


@pytest.mark.parametrize("writers", [2, 8])
def test_processes_that_write_at_once_lose_nothing(tmp_path: Path, writers: int) -> None:
    database = tmp_path / "cache.db"
    end_well([start("count", database, number) for number in range(writers)])
    cache = open_cache(database)
    stored = [one.alert_id for one in cache.alerts()]
    cache.close()
    assert sorted(stored) == sorted(f"{number}-{n}" for number in range(writers) for n in range(40))


def test_threads_of_one_process_share_one_cache(tmp_path: Path) -> None:
    cache = open_cache(tmp_path / "cache.db")

    def write(number: int) -> None:
        for count in range(10):
            cache.put(ProbesSeen([probe(f"{number}-{count}")]), "servers", 60)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(cache.servers()) == 60
    cache.close()


def test_a_writer_killed_at_any_moment_leaves_a_whole_cache_and_the_next_goes_on(tmp_path: Path) -> None:
    database, chance = tmp_path / "cache.db", random.Random(7)
    for _ in range(6):
        with running("import", database) as process:
            time.sleep(chance.uniform(0, 0.2))
            os.kill(process.pid, signal.SIGKILL)
        assert is_sound(database)
        feed = open_feed(database, lambda: Terms("payments"))
        assert len([row for row in feed.changes.fetch(feed.changes.order(Query())) if row]) == 300
        assert feed.overview().fleet.total == 300
        feed.close()
    assert not list(tmp_path.glob("*.damaged-*"))


def test_a_stopped_process_that_holds_the_cache_is_named_and_readers_go_on(tmp_path: Path) -> None:
    database = tmp_path / "cache.db"
    cache = open_cache(database, patience_s=0.2)
    cache.put(ChangesSeen([change(1)]), "git", 60)
    feed = open_feed(database, lambda: Terms("payments"))
    with running("hold", database) as process:
        os.kill(process.pid, signal.SIGSTOP)
        if sys.platform == "linux":
            with pytest.raises(CacheBusyError, match=rf"process {process.pid} \(.*cache_writer.py.*which is stopped"):
                cache.put(ChangesSeen([change(1), change(2)]), "git", 60)
        assert [row and row.commit_id for row in feed.changes.fetch([0])] == [commit_id(1)]
        assert feed.overview().changes.total == 1
    cache.put(ChangesSeen([change(1), change(2)]), "git", 60)
    assert feed.overview().changes.total == 2
    feed.close()
    cache.close()


def test_other_writers_get_their_turn_while_a_long_history_is_stored(tmp_path: Path) -> None:
    cache, other = open_cache(tmp_path / "cache.db"), open_cache(tmp_path / "cache.db")
    commits = history(COMMITS_A_STEP * 10)
    storing = threading.Thread(target=cache.put, args=(CommitsSeen(commits), "git", 60))
    storing.start()
    turns = 0
    while storing.is_alive():
        turns += 1
        other.put(ProbesSeen([probe(f"s{turns}", observed_at=NOON)]), "servers", 60)
    storing.join()
    assert turns > 1
    cache.close()
    other.close()


def test_what_is_being_read_is_broken_off_when_the_cache_is_given_back(tmp_path: Path) -> None:
    open_cache(tmp_path / "cache.db").close()
    reader, begun, ended = CacheReader(tmp_path / "cache.db"), threading.Event(), threading.Event()

    def read_for_ever(connection: sqlite3.Connection) -> None:
        begun.set()
        connection.execute("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n")

    def read() -> None:
        with pytest.raises(CacheError):
            reader.read(read_for_ever)
        ended.set()

    threading.Thread(target=read, daemon=True).start()
    assert begun.wait(10)
    reader.close()
    assert ended.wait(10)


def test_an_attached_reader_does_not_let_the_log_grow(tmp_path: Path) -> None:
    database = tmp_path / "cache.db"
    cache = open_cache(database)
    feed = open_feed(database, lambda: Terms("payments"))
    for round_ in range(60):
        cache.put(ChangesSeen([change(n, f"round {round_}") for n in range(400)]), "git", 60)
        assert feed.overview().changes.total == 400
        feed.changes.fetch(feed.changes.order(Query(sort="subject")))
    assert database.with_name("cache.db-wal").stat().st_size < 16_000_000
    feed.close()
    cache.close()
