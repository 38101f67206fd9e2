"""The folder of one step: what was ordered, that it began, and what came of it; each written whole or not at all.

order.json    what to run; there before anything runs
alive         locked by everything of the step that lives; says who wraps it
began.json    on the disk before the program starts: without it, the program has never run
log           beginning and end of what the program printed
result.json   on the disk before the locks are given back
starts        one byte for each wrapper that was started, and not kept from its work by a full disk
ending        somebody wants it ended
complaint     what a wrapper that could not do its work said
work/         where the program runs when the order names no folder
"""

import contextlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cockpit.durable import write_durably

NOTE_LIMIT_BYTES = 16 * 1024 * 1024
RESERVED_BYTES = 4096
"""Kept free for the result before the program starts, so that a disk which it fills cannot take the place."""


class StepFolder:
    """Reads and writes the files of one step."""

    __slots__ = ("path",)

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def step_id(self) -> str:
        """The id of the step, which its folder is called by."""
        return self.path.name

    @property
    def order(self) -> Path:
        """What to run."""
        return self.path / "order.json"

    @property
    def alive(self) -> Path:
        """The lock of the step itself."""
        return self.path / "alive"

    @property
    def began(self) -> Path:
        """That the program was about to start, and as which process."""
        return self.path / "began.json"

    @property
    def result(self) -> Path:
        """What came of it."""
        return self.path / "result.json"

    @property
    def log(self) -> Path:
        """What the program printed."""
        return self.path / "log"

    @property
    def complaint(self) -> Path:
        """What the wrapper itself printed: empty unless it could not work."""
        return self.path / "complaint"

    @property
    def starts(self) -> Path:
        """As many bytes as wrappers were started."""
        return self.path / "starts"

    @property
    def ending(self) -> Path:
        """There when the step is to end."""
        return self.path / "ending"

    @property
    def work(self) -> Path:
        """An empty folder to run in."""
        return self.path / "work"

    @property
    def locks(self) -> Path:
        """The lock files of all servers, beside the steps of all rollouts."""
        return self.path.parents[2] / "locks"

    def take_back_start(self) -> None:
        """Let the last start of a wrapper not count: a disk that is full says nothing of the step."""
        with contextlib.suppress(OSError):
            os.truncate(self.starts, max(0, self.starts.stat().st_size - 1))

    def reserve(self) -> None:
        """Take the place of the result on the disk; raises OSError when there is none."""
        with self._reserved.open("wb") as file:
            file.write(b" " * RESERVED_BYTES)
            file.flush()
            os.fsync(file.fileno())

    def leave_result(self, result: Mapping[str, object], patience_s: float) -> bool:
        """Put the result on the disk, trying for so long as it is full; False when it never could be."""
        content = json.dumps(result).encode().ljust(RESERVED_BYTES)
        give_up_at = time.monotonic() + patience_s
        while True:
            with contextlib.suppress(OSError):
                self._put_result(content)
                return True
            if time.monotonic() >= give_up_at:
                return False
            time.sleep(0.2)

    @property
    def _reserved(self) -> Path:
        return self.path / "result.reserved"

    def _put_result(self, content: bytes) -> None:
        try:
            descriptor = os.open(self._reserved, os.O_WRONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            write_durably(self.result, content)
            return
        try:
            if os.pwrite(descriptor, content, 0) != len(content):
                raise OSError("the disk is full")
            os.ftruncate(descriptor, len(content))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._reserved.replace(self.result)
        sync_folder(self.path)


def read_note(path: Path) -> dict[str, Any] | None:
    """Return what a file of the journal says: None when there is none, nothing at all when it is damaged.

    Raises OSError when it cannot be read.
    """
    try:
        with path.open("rb") as file:
            content = file.read(NOTE_LIMIT_BYTES)
    except FileNotFoundError:
        return None
    try:
        note = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return note if isinstance(note, dict) else {}


def sync_folder(path: Path) -> None:
    """Put the names in this folder on the disk; raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
