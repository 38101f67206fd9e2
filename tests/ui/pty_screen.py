"""A program on a pseudo-terminal of its own, as a person's terminal would hold it."""

import ctypes
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

LONGEST_S = 20.0
"""No test waits longer for anything."""

only_linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc and asks for tgkill")


class PtyScreen:
    """The terminal's side of a running program."""

    def __init__(self, pid: int, master: int) -> None:
        self.pid = pid
        self.master = master
        self.seen = b""
        self._status: int | None = None

    def read_until(self, wanted: bytes) -> bytes:
        """Read until `wanted` came in; returns all that came since the last call."""
        start, end = len(self.seen), time.monotonic() + LONGEST_S
        while wanted not in self.seen[start:]:
            if time.monotonic() > end or not self._read(end - time.monotonic()):
                raise AssertionError(f"{wanted!r} did not come; there was {self.seen[start:][-2000:]!r}")
        return self.seen[start:]

    def read_all(self) -> bytes:
        """Read until the program has closed the terminal."""
        start, end = len(self.seen), time.monotonic() + LONGEST_S
        while time.monotonic() < end and self._read(end - time.monotonic()):
            pass
        return self.seen[start:]

    def quiet_for(self, seconds: float) -> bytes:
        """Return what comes within this time."""
        start, end = len(self.seen), time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not self._read(left):
                break
        return self.seen[start:]

    def send(self, keys: bytes) -> None:
        """Type."""
        os.write(self.master, keys)

    def signal_beside(self, number: int) -> None:
        """Send a signal to a thread that is not the main one, as the kernel may choose."""
        beside = max(int(thread.name) for thread in Path(f"/proc/{self.pid}/task").iterdir())
        assert beside != self.pid
        if ctypes.CDLL(None, use_errno=True).tgkill(self.pid, beside, number):
            raise OSError(ctypes.get_errno(), "tgkill")

    def hang_up(self) -> None:
        """Let the terminal vanish, as a cut ssh connection does."""
        os.close(self.master)
        self.master = -1

    def wait(self) -> int:
        """Return how the program ended (128 + n by signal n); raises AssertionError when it does not end."""
        end = time.monotonic() + LONGEST_S
        while self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                code = os.waitstatus_to_exitcode(status)
                self._status = code if code >= 0 else 128 - code
            elif time.monotonic() > end:
                raise AssertionError("the program does not end")
            else:
                time.sleep(0.02)
        return self._status

    def close(self) -> None:
        """End the program however it is, and the terminal."""
        if self._status is None:
            os.kill(self.pid, signal.SIGKILL)
            self.wait()
        if self.master >= 0:
            os.close(self.master)

    def _read(self, timeout_s: float) -> bool:
        ready, _, _ = select.select([self.master], [], [], max(0.0, timeout_s))
        if not ready:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.seen += data
        return bool(data)


@contextmanager
def on_a_pty(
    program: str, *, columns: int = 80, lines: int = 24, environment: Mapping[str, str] | None = None
) -> Iterator[PtyScreen]:
    """Run Python source with a pty as its controlling terminal."""
    pid, master = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        terminal = {"TERM": "xterm-256color", "COLORTERM": "truecolor", **(environment or {})}
        # The size is the terminal's own, whatever the test runner has said of its own.
        kept = {name: v for name, v in os.environ.items() if not name.startswith(("TEXTUAL", "COLUMNS", "LINES"))}
        os.execve(sys.executable, [sys.executable, "-c", program], {**kept, **terminal})  # noqa: S606 - the child becomes the program
    screen = PtyScreen(pid, master)
    try:
        yield screen
    finally:
        screen.close()
