"""A cache that is damaged, replaced, too new, full or read-only: rebuilt where that helps, said in words where not."""

import os
import random
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cache_world import change, history, probe

from cockpit.cache import reading
from cockpit.cache.feed import open_feed
from cockpit.cache.file_identity import identity
from cockpit.cache.opening import KEPT_ASIDE
from cockpit.cache.store import Cache, open_cache
from cockpit.domain.change import Diff
from cockpit.domain.facts import ChangesSeen, CommitsSeen, DiffSeen, ProbesSeen
from cockpit.domain.terms import Terms
from cockpit.errors import CacheFullError, CacheTooNewError
from cockpit.ui.feed import Query
from tests.integration.small_disk import mounted

TERMS = Terms("payments")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "cache.db"


def fill(cache: Cache) -> None:
    cache.put(CommitsSeen(history(2000)), "git", 60)
    cache.put(ChangesSeen([change(n) for n in range(200)]), "git", 60)
    cache.put(ProbesSeen([probe(f"s{n}") for n in range(200)], complete=True), "servers", 60)


def filled(database: Path) -> None:
    cache = open_cache(database)
    fill(cache)
    cache.close()


def test_random_bytes_over_the_file_are_set_aside_and_everything_is_read_anew(database: Path) -> None:
    chance = random.Random(3)
    for _ in range(8):
        filled(database)
        with database.open("r+b") as file:
            file.seek(chance.randrange(database.stat().st_size - 512))
            file.write(chance.randbytes(512))
        cache = open_cache(database)
        fill(cache)
        assert len(cache.servers()) == 200
        cache.close()
    assert 1 <= len([f for f in database.parent.iterdir() if f.name.endswith("Z")]) <= KEPT_ASIDE


@pytest.mark.parametrize("content", [b"", b"this is no database, whatever its name says" * 50, b"SQLite format 3\0"])
def test_a_file_that_is_no_database_makes_room_for_one(database: Path, content: bytes) -> None:
    database.write_bytes(content)
    filled(database)
    feed = open_feed(database, lambda: TERMS)
    assert feed.overview().changes.total == 200
    feed.close()


def test_a_half_written_file_makes_room_for_a_whole_one(database: Path) -> None:
    filled(database)
    os.truncate(database, database.stat().st_size // 2 - 100)
    filled(database)
    cache = open_cache(database)
    assert len(cache.servers()) == 200
    cache.close()


def test_somebody_elses_database_is_set_aside_not_written(database: Path) -> None:
    other = sqlite3.connect(database)
    other.execute("CREATE TABLE precious (x)")
    other.commit()
    other.close()
    filled(database)
    (aside,) = [f for f in database.parent.iterdir() if f.name.endswith("Z")]
    other = sqlite3.connect(aside)
    assert other.execute("SELECT name FROM sqlite_schema").fetchall() == [("precious",)]
    other.close()


def test_damage_under_an_open_writer_and_reader_heals_with_the_next_check(database: Path) -> None:
    cache, feed = open_cache(database), open_feed(database, lambda: TERMS)
    fill(cache)
    assert feed.overview().changes.total == 200
    database.with_name("cache.db-wal").write_bytes(b"")
    database.write_bytes(os.urandom(8192))
    assert feed.overview().changes.total == 200
    cache.check()
    fill(cache)
    cache.put(ChangesSeen([change(7)]), "git", 60)
    assert feed.overview().changes.total == 1
    assert feed.overview().cache_note == ""
    cache.close()
    feed.close()


def test_a_file_replaced_or_removed_under_writer_and_reader_is_noticed_by_both(database: Path) -> None:
    cache, feed = open_cache(database), open_feed(database, lambda: TERMS)
    fill(cache)
    assert feed.overview().changes.total == 200
    before = feed.changes.revision()
    database.rename(database.with_name("elsewhere.db"))
    for suffix in ("-wal", "-shm"):
        database.with_name(f"cache.db{suffix}").unlink()
    assert "no cache" in feed.overview().cache_note
    assert feed.overview().changes.total == 200
    cache.put(ChangesSeen([change(5)]), "git", 60)
    assert feed.overview().changes.total == 1
    assert feed.changes.revision() > before
    assert feed.changes.order(Query()) == range(0, -1, -1)
    cache.close()
    feed.close()


def test_a_file_replaced_while_a_reader_opens_it_does_not_keep_that_reader_out(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, feed = open_cache(database), open_feed(database, lambda: TERMS)
    fill(cache)

    def identity_of_the_former(path: Path) -> tuple[int, int] | None:
        monkeypatch.setattr(reading, "identity", identity)
        former = identity(path)
        for suffix in ("", "-wal", "-shm"):
            path.with_name(f"cache.db{suffix}").rename(path.with_name(f"elsewhere.db{suffix}"))
        cache.put(ChangesSeen([change(5)]), "git", 60)
        return former

    monkeypatch.setattr(reading, "identity", identity_of_the_former)
    feed.overview()
    overview = feed.overview()
    assert (overview.changes.total, overview.cache_note) == (1, "")
    cache.close()
    feed.close()


def test_the_log_of_a_replaced_file_is_not_read_into_the_new_one(database: Path, tmp_path: Path) -> None:
    filled(tmp_path / "other.db")
    cache, feed = open_cache(database), open_feed(database, lambda: TERMS)
    cache.put(ChangesSeen([change(n) for n in range(3)]), "git", 60)
    assert feed.overview().changes.total == 3
    (tmp_path / "other.db").rename(database)
    assert "replaced" in feed.overview().cache_note
    assert feed.overview().changes.total == 3
    cache.put(ProbesSeen([probe("new")]), "servers", 60)
    overview = feed.overview()
    assert (overview.changes.total, overview.fleet.total, overview.cache_note) == (200, 201, "")
    cache.close()
    feed.close()


def test_a_newer_cache_is_not_touched_and_the_version_to_install_is_named(database: Path) -> None:
    filled(database)
    newer = sqlite3.connect(database)
    newer.execute("PRAGMA user_version = 99")
    newer.execute("UPDATE meta SET value = '7.8.9' WHERE name = 'written_by'")
    newer.commit()
    newer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    newer.close()
    before = database.read_bytes()
    with pytest.raises(CacheTooNewError, match=r"7\.8\.9"):
        open_cache(database)
    feed = open_feed(database, lambda: TERMS)
    assert "Install cockpit 7.8.9" in feed.overview().cache_note
    feed.close()
    assert database.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_said_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CacheFullError, match="XDG_CACHE_HOME"):
        open_cache(tmp_path / "file" / "cache.db")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes."""
    with mounted(tmp_path / "small", "2m") as folder:
        yield folder


def put_big_diffs(cache: Cache) -> None:
    for number in range(20):
        cache.put(DiffSeen(Diff(f"{number:040x}", (), "+" * 200_000, "")), "git", 60)


def test_a_full_disk_refuses_and_recovers_by_itself_once_there_is_space(small_disk: Path) -> None:
    database, ballast = small_disk / "cache.db", small_disk / "ballast"
    cache = open_cache(database)
    cache.put(ChangesSeen([change(1)]), "git", 60)
    ballast.write_bytes(b"x" * 1_000_000)
    with pytest.raises(CacheFullError, match="no space"):
        put_big_diffs(cache)
    feed = open_feed(database, lambda: TERMS)
    assert feed.overview().changes.total == 1
    ballast.unlink()
    cache.put(ChangesSeen([change(1), change(2)]), "git", 60)
    assert feed.overview().changes.total == 2
    feed.close()
    cache.close()


def test_a_read_only_folder_is_said_and_what_is_there_can_be_read(small_disk: Path) -> None:
    database = small_disk / "cache.db"
    cache = open_cache(database)
    cache.put(ChangesSeen([change(1)]), "git", 60)
    cache.close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(CacheFullError, match="cannot be written"):
        open_cache(database)
    feed = open_feed(database, lambda: TERMS)
    assert feed.overview().changes.total == 1
    feed.close()


@pytest.mark.parametrize("content", [b"no database at all" * 2000, None])
def test_a_file_replaced_between_two_writers_is_not_read_together_with_the_log_of_the_former_one(
    database: Path, tmp_path: Path, content: bytes | None
) -> None:
    other = tmp_path / "other.db"
    if content is None:
        filled(other)
    else:
        other.write_bytes(content)
    cache, feed = open_cache(database), open_feed(database, lambda: TERMS)
    cache.put(ChangesSeen([change(n) for n in range(3)]), "git", 60)
    assert feed.overview().changes.total == 3
    cache.close()
    other.rename(database)
    cache = open_cache(database)
    cache.put(ChangesSeen([change(n) for n in range(4)]), "git", 60)
    overview = feed.overview()
    assert (overview.changes.total, overview.cache_note) == (4, "")
    cache.close()
    feed.close()


@pytest.mark.parametrize("damage", ["DELETE FROM meta WHERE name = 'cache_id'", "DROP TABLE meta"])
def test_a_cache_that_lost_what_tells_it_from_others_is_rebuilt(database: Path, damage: str) -> None:
    filled(database)
    maimed = sqlite3.connect(database)
    maimed.execute(damage)
    maimed.commit()
    maimed.close()
    feed = open_feed(database, lambda: TERMS)
    feed.overview()
    cache = open_cache(database)
    fill(cache)
    assert feed.overview().changes.total == 200
    assert len(list(database.parent.glob("cache.db.damaged-*Z"))) == 1
    cache.close()
    feed.close()
