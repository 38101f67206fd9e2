"""The lock that makes the agent the only one of its cache, and the note in it that says who holds it.

Standard library alone: a starting screen reads it before anything else is imported.
"""

import fcntl
import json
import os
import socket
import time
from pathlib import Path

from cockpit import __version__
from cockpit.errors import AgentError

PATIENCE_S = 1.0
"""How long a starting agent tries: a screen that only looks holds the lock for some microseconds."""


class AgentLock:
    """Held for as long as the agent lives; the kernel gives it back however the agent ends."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor

    def is_ours(self) -> bool:
        """Tell whether the lock file is still the one we hold, and not removed or replaced by another."""
        try:
            there = self._path.stat()
        except OSError:
            return False
        here = os.fstat(self._descriptor)
        return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)

    def release(self) -> None:
        """Give the lock back; the file stays, emptied, so that nobody locks a file that is being removed."""
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def take_lock(path: Path, mode: str, patience_s: float = PATIENCE_S) -> AgentLock | None:
    """Become the agent of this cache, or return None when another one is; raises AgentError when it cannot be tried."""
    try:
        return _take(path, mode, patience_s)
    except OSError as error:
        raise AgentError(
            f"the cache cannot be written: {error.strerror}",
            where=str(path.parent),
            next_step="Make the folder writable, or name another in XDG_CACHE_HOME",
        ) from error


def is_held(path: Path) -> bool:
    """Tell whether an agent holds the lock now."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not _try(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def holder(path: Path) -> dict[str, str]:
    """Return pid, host, version and mode of the agent that holds the lock; empty when none does or it is starting."""
    if not is_held(path):
        return {}
    try:
        note = json.loads(path.read_bytes()[:4096])
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in note.items()} if isinstance(note, dict) else {}


def _take(path: Path, mode: str, patience_s: float) -> AgentLock | None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    give_up_at = time.monotonic() + patience_s
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        lock = AgentLock(path, descriptor)
        if _try(descriptor, fcntl.LOCK_EX) and lock.is_ours():
            note = {"pid": os.getpid(), "host": socket.gethostname(), "version": __version__, "mode": mode}
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(note).encode(), 0)
            return lock
        os.close(descriptor)
        if time.monotonic() >= give_up_at:
            return None
        time.sleep(0.02)


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
