"""One agent for each cache, and who is looking at it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cockpit.agent.launch import strange_agent
from cockpit.agent.lock import holder, is_held, take_lock
from cockpit.agent.presence import announce_screen, open_screens
from cockpit.config.places import Places
from cockpit.errors import AgentError


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(cache=tmp_path / "cache", state=tmp_path / "state")


def test_a_second_agent_does_not_get_the_lock(places: Places) -> None:
    lock = take_lock(places.agent_lock, "observer")
    assert lock is not None
    assert take_lock(places.agent_lock, "observer", patience_s=0.05) is None
    lock.release()
    again = take_lock(places.agent_lock, "station", patience_s=0.05)
    assert again is not None
    again.release()


def test_the_lock_says_who_holds_it(places: Places) -> None:
    assert holder(places.agent_lock) == {}
    lock = take_lock(places.agent_lock, "station")
    assert lock is not None
    assert holder(places.agent_lock)["pid"] == str(os.getpid())
    assert holder(places.agent_lock)["mode"] == "station"
    lock.release()
    assert holder(places.agent_lock) == {}


def test_a_note_left_by_a_killed_agent_is_not_believed(places: Places) -> None:
    places.cache.mkdir()
    places.agent_lock.write_text('{"pid": 1, "version": "9.9"}')
    assert not is_held(places.agent_lock)
    assert strange_agent(places) == ""


def test_an_agent_of_another_version_is_named(places: Places) -> None:
    lock = take_lock(places.agent_lock, "observer")
    assert lock is not None
    places.agent_lock.write_text('{"pid": 4711, "version": "9.9"}')
    assert "9.9" in strange_agent(places)
    assert "kill 4711" in strange_agent(places)
    lock.release()


def test_a_lock_file_that_was_removed_is_no_longer_ours(places: Places) -> None:
    lock = take_lock(places.agent_lock, "observer")
    assert lock is not None
    assert lock.is_ours()
    places.agent_lock.unlink()
    assert not lock.is_ours()
    successor = take_lock(places.agent_lock, "observer")
    assert successor is not None
    assert not lock.is_ours()
    successor.release()
    lock.release()


def test_a_cache_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AgentError, match="cannot be written"):
        take_lock(tmp_path / "file" / "agent.lock", "observer")


def test_open_screens_are_counted(places: Places) -> None:
    assert open_screens(places) == 0
    with announce_screen(places), announce_screen(places):
        assert open_screens(places) == 2
    assert open_screens(places) == 0


def test_a_killed_screen_is_not_counted_and_its_place_is_swept(places: Places) -> None:
    program = (
        "import os, sys; from pathlib import Path; from cockpit.agent.presence import announce_screen;"
        "from cockpit.config.places import Places; cache = Path(sys.argv[1])\n"
        "with announce_screen(Places(cache, cache)): os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program, str(places.cache)])
    assert len(list(places.screens.iterdir())) == 1
    assert open_screens(places) == 0
    assert list(places.screens.iterdir()) == []


def test_a_screen_whose_place_cannot_be_written_opens_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with announce_screen(Places(cache=tmp_path / "file", state=tmp_path)):
        pass
