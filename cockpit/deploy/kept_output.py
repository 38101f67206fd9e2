"""What a step prints, on disk while it prints: the beginning and the end, however much comes, and never a hindrance."""

import contextlib
import os
from pathlib import Path

HEAD_BYTES = 1024 * 1024
TAIL_BYTES = 1024 * 1024
LAST_BYTES = 4096


class KeptOutput:
    """Writes at most a head and two tails to `path`; what cannot be written is left out and nobody waits for it."""

    def __init__(self, path: Path, head_bytes: int = HEAD_BYTES, tail_bytes: int = TAIL_BYTES) -> None:
        self._head, self._tail = head_bytes, tail_bytes
        self._size = self._total = 0
        self._last = b""
        self._descriptor = -1
        with contextlib.suppress(OSError):
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)

    def write(self, chunk: bytes) -> None:
        """Take the next piece of output."""
        self._total += len(chunk)
        self._last = (self._last + chunk)[-LAST_BYTES:]
        if self._descriptor < 0:
            return
        with contextlib.suppress(OSError):
            if self._size + len(chunk) <= self._head + 2 * self._tail:
                self._size += os.pwrite(self._descriptor, chunk, self._size)
            else:
                self._drop_the_middle(chunk)

    def last_line(self) -> str:
        """Return the last line that says something; undecodable bytes are replaced."""
        lines = self._last.decode("utf-8", "replace").splitlines()
        return next((line for line in reversed(lines) if line.strip()), "")

    def _drop_the_middle(self, chunk: bytes) -> None:
        tail_at = max(self._head, self._size - self._tail)
        kept = os.pread(self._descriptor, self._size - tail_at, tail_at) + chunk
        kept = kept[-self._tail :]
        note = b"\n[... %d bytes left out ...]\n" % (self._total - self._head - len(kept))
        self._size = self._head + os.pwrite(self._descriptor, note + kept, self._head)
        os.ftruncate(self._descriptor, self._size)
