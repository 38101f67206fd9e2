"""The screen over a real ssh connection, as most teams will see it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bench.terminal import Terminal
from ssh_server import ssh_server

from cockpit.agent.lock import is_held
from cockpit.agent.presence import open_screens
from cockpit.config.places import Places, find_repository, places_for


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Path]:
    root = tmp_path / "payments"
    root.mkdir()
    for args in (["init", "-q", "-b", "main"], ["commit", "-q", "--allow-empty", "-m", "feat: pay by card (#1)"]):
        subprocess.run(["git", "-C", str(root), *args], check=True)
    yield root
    _end_agent(places_for(find_repository(root)))


@pytest.fixture
def ssh(need_program: Callable[[str, str], Path], tmp_path: Path) -> Iterator[list[str]]:
    """Return the command that leads to a server of our own, on loopback, for the user who runs the tests."""
    with ssh_server(need_program, tmp_path) as server:
        yield [str(server.client), "-tt", "-F", str(server.config), "127.0.0.1"]


def test_a_cut_connection_ends_the_screen_and_the_agent_goes_on(ssh: list[str], repository: Path) -> None:
    places = places_for(find_repository(repository))
    with Terminal([*ssh, _screen_command(repository)], size=(120, 36)) as terminal:
        _until(lambda: "pay by card" in _seen(terminal), terminal)
        assert open_screens(places) == 1
        # As when the network goes: the client is gone without a word.
        os.kill(terminal.pid, 9)
        _until(lambda: open_screens(places) == 0, terminal)
    assert is_held(places.agent_lock)


def test_leaving_the_screen_leaves_the_shell_as_it_was(ssh: list[str], repository: Path) -> None:
    with Terminal([*ssh, f"{_screen_command(repository)}; stty -a; echo code $?"], size=(120, 36)) as terminal:
        _until(lambda: "pay by card" in _seen(terminal), terminal)
        terminal.press("q")
        _until(lambda: "code 0" in _seen(terminal), terminal)
        after = _seen(terminal).rpartition("speed")[2]
        assert " icanon" in after
        assert " echo " in after


def _screen_command(repository: Path) -> str:
    kept = [f"{name}='{value}'" for name, value in os.environ.items() if name.startswith(("XDG_", "GIT_", "HOME"))]
    return f"{' '.join(kept)} {sys.executable} -m cockpit -C {repository}"


def _seen(terminal: Terminal) -> str:
    terminal.read(0.1)
    return terminal.text()


def _until(holds: Callable[[], bool], terminal: Terminal) -> None:
    give_up_at = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < give_up_at, terminal.text()
        time.sleep(0.02)


def _end_agent(places: Places) -> None:
    from cockpit.agent.lock import holder

    pid = holder(places.agent_lock).get("pid", "")
    if pid.isdigit():
        os.kill(int(pid), 9)
