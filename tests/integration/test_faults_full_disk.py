"""A disk that is full under cache and clone: the agent stays, says so, and goes on by itself once there is space."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cockpit.agent.lock import is_held
from cockpit.config.places import find_repository, places_for
from tests.integration.small_disk import fill, mounted


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of four megabytes."""
    with mounted(tmp_path / "small", "4m") as folder:
        yield folder


def commit(root: Path, subject: str) -> None:
    (root / "large").write_bytes(os.urandom(30_000))
    for args in (["add", "-A"], ["commit", "-q", "-m", subject]):
        subprocess.run(["git", "-C", str(root), *args], check=True)


def until(holds: Callable[[], object]) -> None:
    give_up_at = time.monotonic() + 40
    while not holds():
        assert time.monotonic() < give_up_at, "did not happen in time"
        time.sleep(0.05)


def test_an_agent_on_a_full_disk_stays_keeps_what_it_knew_and_goes_on_when_there_is_space(
    small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(small_disk))
    root = tmp_path / "payments"
    subprocess.run(["git", "init", "-q", "-b", "main", str(root)], check=True)
    (root / "cockpit.toml").write_text("[git]\nevery_s = 0.5\n")
    commit(root, "feat: first")
    places = places_for(find_repository(root))

    def subjects() -> list[str]:
        try:
            with closing(sqlite3.connect(f"{places.database.as_uri()}?mode=ro", uri=True, timeout=5)) as cache:
                return [row[0] for row in cache.execute("SELECT subject FROM changes ORDER BY position").fetchall()]
        except sqlite3.OperationalError:
            return []

    agent = subprocess.Popen(
        [sys.executable, "-m", "cockpit", "-C", str(root), "agent"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: subjects() == ["first"])
        ballast = fill(small_disk)
        for number in range(8):
            commit(root, f"feat: number {number}")
        time.sleep(3)
        assert agent.poll() is None
        assert is_held(places.agent_lock)
        assert "first" in subjects(), "what was known is lost"
        ballast.unlink()
        until(lambda: len(subjects()) == 9)
    finally:
        agent.kill()
        agent.wait()
