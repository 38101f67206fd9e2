"""Runs a program on a pty of its own and time-stamps every chunk it writes; interpreting comes afterwards."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType

import pyte

SIZE = (200, 50)
_PRIVATE = re.compile(rb"\x1b\[[<>=?][0-9;:$]*[a-zA-Z]")
_QUERIES = ((b"\x1b[?2026$p", b"\x1b[?2026;2$y"), (b"\x1b[c", b"\x1b[?62;22c"), (b"\x1b[6n", b"\x1b[1;1R"))


@dataclass(slots=True)
class Chunk:
    """What arrived at one moment (seconds of the monotonic clock)."""

    at: float
    data: bytes


class Terminal:
    """A program on a pty; use as a context manager, the whole session is ended at the end."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str] | None = None, size: tuple[int, int] = SIZE) -> None:
        self.size = size
        self.chunks: list[Chunk] = []
        self.started_at = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update({"TERM": "xterm-256color", "COLORTERM": "truecolor", **(env or {})})
            os.execvp(argv[0], list(argv))  # noqa: S606 - the benchmark's own program
        self.resize(*size)

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """End the program and its process group."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.pid, number)
            except ProcessLookupError:
                break
            if self.gone(1.0):
                break
        os.close(self.fd)

    def gone(self, within_s: float) -> bool:
        """Tell whether the program ended within this time."""
        end = time.perf_counter() + within_s
        while time.perf_counter() < end:
            try:
                if os.waitpid(self.pid, os.WNOHANG)[0]:
                    return True
            except ChildProcessError:
                return True
            self.read(0.02)
        return False

    def read(self, seconds: float, *, until_quiet: float | None = None) -> None:
        """Collect output for `seconds`, or until nothing came for `until_quiet` seconds."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            wait = left if until_quiet is None else min(left, until_quiet)
            if not select.select([self.fd], [], [], wait)[0]:
                return
            try:
                data = os.read(self.fd, 1 << 16)
            except OSError:
                return
            if not data:
                return
            self.chunks.append(Chunk(time.perf_counter(), data))
            for query, answer in _QUERIES:
                if query in data:
                    os.write(self.fd, answer)

    def press(self, keys: str) -> float:
        """Send keys; returns when."""
        at = time.perf_counter()
        os.write(self.fd, keys.encode())
        return at

    def shows(self, pattern: str, since: int = 0) -> float | None:
        """Return when the screen first showed `pattern`, interpreting all chunks; None when it never did."""
        screen = pyte.Screen(*self.size)
        stream = pyte.ByteStream(screen)
        wanted = re.compile(pattern)
        for index, chunk in enumerate(self.chunks):
            stream.feed(_PRIVATE.sub(b"", chunk.data))
            if index >= since and wanted.search("\n".join(screen.display)):
                return chunk.at
        return None

    def screen(self) -> pyte.Screen:
        """Return the screen as it is now."""
        screen = pyte.Screen(*self.size)
        stream = pyte.ByteStream(screen)
        for chunk in self.chunks:
            stream.feed(_PRIVATE.sub(b"", chunk.data))
        return screen

    def text(self) -> str:
        """Return the text on the screen as it is now."""
        return "\n".join(line.rstrip() for line in self.screen().display)


def memory_mb(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    with open(f"/proc/{pid}/smaps_rollup") as rollup:
        for line in rollup:
            if line.startswith("Rss:"):
                return int(line.split()[1]) / 1024
    return 0.0


def cpu_seconds(pid: int) -> float:
    """Return the CPU time a process has used, all threads."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wake_ups(pid: int) -> int:
    """Return how often the threads of a process have been scheduled in by their own waiting."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status") as status:
            for line in status:
                if line.startswith("voluntary_ctxt_switches"):
                    total += int(line.split()[1])
    return total
