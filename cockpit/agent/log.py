"""The agent's log: one line for each thing worth knowing, never larger than two files, never a secret or a local."""

import contextlib
import os
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from cockpit.agent.redaction import redact

SIZE_LIMIT_BYTES = 1_000_000
"""At this size the log becomes the old one, and the old one is gone."""


class AgentLog:
    """Appends to a file; a disk that is full or read-only loses lines and stops nothing."""

    def __init__(self, path: Path, *, echo: bool = False, limit_bytes: int = SIZE_LIMIT_BYTES) -> None:
        self._path = path
        self._echo = echo
        self._limit_bytes = limit_bytes
        self._lock = threading.Lock()
        self._said: dict[str, str] = {}

    def say(self, fact: str) -> None:
        """Write one line with the time before it."""
        line = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {redact(fact)}\n"
        with self._lock, contextlib.suppress(OSError):
            self._append(line.encode())
        if self._echo:
            with contextlib.suppress(OSError):
                sys.stderr.write(line)

    def say_once(self, subject: str, fact: str) -> None:
        """Write `fact` about `subject` unless it is what was said of it last; an empty fact is written as mended."""
        if self._said.get(subject, "") == fact:
            return
        self._said[subject] = fact
        self.say(f"{subject}: {fact or 'works again'}")

    def _append(self, line: bytes) -> None:
        with contextlib.suppress(FileNotFoundError):
            if self._path.stat().st_size + len(line) > self._limit_bytes:
                self._path.replace(self._path.with_name(self._path.name + ".1"))
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, line)
        finally:
            os.close(descriptor)
