"""The output of a build on disk: the beginning and the end, with a bound on what a chatty command can fill."""

from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Self

LIMIT_BYTES = 10 * 1024 * 1024


class KeptLog:
    """Writes at most `limit_bytes` to `path`; beyond that the middle is left out and the place is marked."""

    def __init__(self, path: Path, limit_bytes: int = LIMIT_BYTES) -> None:
        self._file = path.open("wb")
        self._head_left = limit_bytes // 2
        self._tail_limit = limit_bytes - limit_bytes // 2
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0
        self._left_out = 0

    def write(self, chunk: bytes) -> None:
        """Take the next piece of output."""
        head, rest = chunk[: self._head_left], chunk[self._head_left :]
        if head:
            self._file.write(head)
            self._head_left -= len(head)
        if rest:
            self._keep(rest)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._left_out:
            self._file.write(b"\n[... %d bytes left out ...]\n" % self._left_out)
        for chunk in self._tail:
            self._file.write(chunk)
        self._file.close()

    def _keep(self, chunk: bytes) -> None:
        self._tail.append(chunk)
        self._tail_bytes += len(chunk)
        while self._tail_bytes > self._tail_limit:
            excess = self._tail_bytes - self._tail_limit
            oldest = self._tail.popleft()
            if len(oldest) > excess:
                self._tail.appendleft(oldest[excess:])
            dropped = min(len(oldest), excess)
            self._tail_bytes -= dropped
            self._left_out += dropped


def last_line(path: Path) -> str:
    """Return the last line of a log that says something, undecodable bytes replaced; empty when there is none."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 4096))
        lines = file.read().decode("utf-8", "replace").splitlines()
    return next((line for line in reversed(lines) if line.strip()), "")
