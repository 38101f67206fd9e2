"""The screen on a real terminal: what it loads, whom it starts, what it leaves behind."""

import contextlib
import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import sysconfig
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cockpit.agent.lock import holder, is_held
from cockpit.agent.presence import open_screens
from cockpit.config.places import Places, find_repository, places_for

COCKPIT = str(Path(sysconfig.get_path("scripts")) / "cockpit")

NOT_BEFORE_THE_FIRST_PAINT = {
    "httpx", "aiohttp", "git", "sqlite_utils", "pygments", "prometheus_client", "defusedxml", "tomlkit", "argparse",
    "cockpit.gitrun", "cockpit.cache.store", "cockpit.sources.git", "cockpit.agent.process",
}  # fmt: skip

REPORTS_ITS_MODULES = """
import sys
from cockpit.ui.app import CockpitApp

def on_ready(app):
    with open(sys.argv[1], "w") as file:
        file.write("\\n".join(sys.modules))
    app.exit()

CockpitApp.on_ready = on_ready

from cockpit.cli import main

main([])
"""


def surroundings() -> dict[str, str]:
    """The test runner speaks of a terminal of its own, which is not this one."""
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    return {**kept, "TERM": "xterm-256color"}


class Terminal:
    """A program on a pty of 100 x 30, read by us."""

    def __init__(self, argv: list[str], folder: Path) -> None:
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
            os.chdir(folder)
            os.execvpe(argv[0], argv, surroundings())  # noqa: S606 - as a shell would
        self.said = b""
        self.code: int | None = None

    def read_until(self, *words: bytes, within_s: float = 30.0) -> None:
        give_up_at = time.monotonic() + within_s
        while not all(word in self.said for word in words):
            assert time.monotonic() < give_up_at, self.said[-2000:]
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    self.said += os.read(self.master, 65536)
                except OSError:
                    break
        assert all(word in self.said for word in words), self.said[-2000:]

    def ended(self) -> bool:
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.code = os.waitstatus_to_exitcode(status) if pid else None
        return self.code is not None

    def wait(self, within_s: float = 20.0) -> int:
        give_up_at = time.monotonic() + within_s
        while not self.ended():
            assert time.monotonic() < give_up_at, "the screen did not end"
            with contextlib.suppress(OSError):
                if select.select([self.master], [], [], 0.05)[0]:
                    self.said += os.read(self.master, 65536)
        assert self.code is not None
        return self.code

    def close(self) -> None:
        if not self.ended():
            os.kill(self.pid, signal.SIGKILL)
            self.wait()
        with contextlib.suppress(OSError):
            os.close(self.master)


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Path]:
    root = tmp_path / "payments"
    root.mkdir()
    for args in (["init", "-q", "-b", "main"], ["commit", "-q", "--allow-empty", "-m", "feat: pay by card (#1)"]):
        subprocess.run(["git", "-C", str(root), *args], check=True)
    yield root
    at_work = holder(places_of(root).agent_lock).get("pid", "")
    if at_work.isdigit():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(at_work), signal.SIGKILL)


def places_of(root: Path) -> Places:
    return places_for(find_repository(root))


def until_agent(root: Path) -> None:
    give_up_at = time.monotonic() + 30
    while not is_held(places_of(root).agent_lock):
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


def test_a_screen_starts_its_agent_shows_what_it_found_and_leaves(repository: Path) -> None:
    screen = Terminal([COCKPIT], repository)
    try:
        screen.read_until(b"Branch", b"pay by card")
        until_agent(repository)
        assert open_screens(places_of(repository)) == 1
        os.write(screen.master, b"q")
        assert screen.wait() == 0
    finally:
        screen.close()
    assert open_screens(places_of(repository)) == 0
    assert is_held(places_of(repository).agent_lock), "the agent stays for a while"


def test_the_last_frame_comes_before_the_live_screen(repository: Path) -> None:
    first = Terminal([COCKPIT], repository)
    try:
        first.read_until(b"Branch", b"pay by card")
        os.write(first.master, b"q")
        first.wait()
        assert places_of(repository).last_frame.exists()
        second = Terminal([COCKPIT], repository)
        try:
            second.read_until(b"asking anew")
            assert b"pay by card" in second.said
        finally:
            second.close()
    finally:
        first.close()


def test_a_screen_whose_connection_is_cut_ends_and_the_agent_goes_on(repository: Path) -> None:
    screen = Terminal([COCKPIT], repository)
    try:
        screen.read_until(b"Branch")
        until_agent(repository)
        os.close(screen.master)
        screen.wait()
    finally:
        screen.close()
    assert open_screens(places_of(repository)) == 0
    assert is_held(places_of(repository).agent_lock)


def test_bad_settings_end_the_screen_with_a_message_and_a_restored_terminal(repository: Path) -> None:
    first = Terminal([COCKPIT], repository)
    try:
        first.read_until(b"Branch", b"pay by card")
        os.write(first.master, b"q")
        first.wait()
    finally:
        first.close()
    (repository / "cockpit.toml").write_text("[git]\nevery_s = 'often'\n")
    second = Terminal([COCKPIT], repository)
    try:
        assert second.wait() == 2
        assert b"cockpit.toml:2" in second.said
        assert second.said.rfind(b"\x1b[?1049l") > second.said.rfind(b"\x1b[?1049h")
        assert second.said.rfind(b"\x1b[?25h") > second.said.rfind(b"\x1b[?25l")
    finally:
        second.close()


def test_nothing_large_is_imported_before_the_first_paint(repository: Path, tmp_path: Path) -> None:
    report, program = tmp_path / "modules", tmp_path / "start.py"
    program.write_text(REPORTS_ITS_MODULES)
    screen = Terminal([sys.executable, str(program), str(report)], repository)
    try:
        screen.wait(within_s=40)
    finally:
        screen.close()
    assert not set(report.read_text().split()) & NOT_BEFORE_THE_FIRST_PAINT


def test_the_note_of_the_agent_that_a_screen_started_says_observer(repository: Path) -> None:
    screen = Terminal([COCKPIT], repository)
    try:
        screen.read_until(b"Branch")
        until_agent(repository)
        time.sleep(0.2)
        assert json.loads(places_of(repository).agent_lock.read_text())["mode"] == "observer"
    finally:
        screen.close()
