"""The demo with its screen on a real terminal: what a person sees of its end, whoever ends first."""

import os
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks at processes through /proc")

WITHIN_S = 20.0
SECOND_SCREEN, FIRST_SCREEN = b"\x1b[?1049h", b"\x1b[?1049l"


@dataclass
class Seat:
    """A terminal, and the demo in it."""

    process: "subprocess.Popen[bytes]"
    terminal: int
    temporary: Path
    shown: bytes = b""
    ours: set[int] = field(default_factory=set)

    @property
    def folder(self) -> Path:
        return next(self.temporary.glob("cockpit-demo-*"))

    def look(self) -> None:
        """Take what was painted."""
        while select.select([self.terminal], [], [], 0.02)[0]:
            try:
                self.shown += os.read(self.terminal, 65536)
            except OSError:
                break

    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def until(self, holds: Callable[[], object]) -> bool:
        deadline = time.monotonic() + WITHIN_S
        while not holds():
            if time.monotonic() > deadline:
                return False
            self.look()
        return True

    def remember_processes(self) -> None:
        """Keep the ids of everything that runs in the demo's folder or on its behalf."""
        recorded = {int(entry.name) for entry in (self.folder / "processes").iterdir()}
        self.ours = recorded | {pid for pid, _ in self.programs()}

    def programs(self) -> list[tuple[int, str]]:
        mark, found = f"COCKPIT_DEMO={self.folder}".encode(), []
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(
                        (int(entry.name), (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip())
                    )
        return found

    @property
    def screen(self) -> int:
        return next(pid for pid, command in self.programs() if command.endswith("-P -m cockpit"))

    def is_all_gone(self) -> bool:
        return not any(map(is_alive, self.ours)) and not list(self.temporary.glob("cockpit-demo-*"))


@pytest.fixture
def seat(tmp_path: Path) -> Iterator[Seat]:
    terminal, inside = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "cockpit", "demo", "--servers", "3"],
        env=os.environ | {"TERM": "xterm-256color", "TMPDIR": str(tmp_path), "LINES": "40", "COLUMNS": "120"},
        stdin=inside,
        stdout=inside,
        stderr=inside,
        start_new_session=True,
    )
    os.close(inside)
    seated = Seat(process, terminal, tmp_path)
    with process:
        try:
            assert seated.until(lambda: SECOND_SCREEN in seated.shown and b"Changes" in seated.shown), seated.shown
            assert seated.until(lambda: list(seated.folder.glob("home/.cache/cockpit/*/cache.db")))
            seated.remember_processes()
            yield seated
        finally:
            process.send_signal(signal.SIGCONT)
            process.terminate()
            seated.until(seated.has_ended)
            os.close(terminal)


def is_alive(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_leaving_the_screen_ends_everything(seat: Seat) -> None:
    os.write(seat.terminal, b"q")
    assert seat.until(seat.has_ended)
    assert seat.process.returncode == 0
    assert seat.until(seat.is_all_gone)


def test_a_killed_screen_leaves_a_terminal_that_can_be_used(seat: Seat) -> None:
    os.kill(seat.screen, signal.SIGKILL)
    assert seat.until(seat.has_ended)
    assert seat.until(seat.is_all_gone)
    assert FIRST_SCREEN in seat.shown
    assert termios.tcgetattr(seat.terminal)[3] & termios.ECHO


def test_a_killed_demo_takes_screen_and_agent_with_it(seat: Seat) -> None:
    os.kill(seat.process.pid, signal.SIGKILL)
    assert seat.until(seat.is_all_gone)


def test_a_closed_window_ends_everything(seat: Seat) -> None:
    os.kill(seat.process.pid, signal.SIGHUP)
    assert seat.until(seat.has_ended)
    assert seat.until(seat.is_all_gone)


def test_a_suspended_screen_suspends_the_demo_and_wakes_with_it(seat: Seat) -> None:
    os.kill(seat.screen, signal.SIGSTOP)
    assert seat.until(lambda: Path(f"/proc/{seat.process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")
    os.kill(seat.process.pid, signal.SIGCONT)
    os.write(seat.terminal, b"q")
    assert seat.until(seat.has_ended)
