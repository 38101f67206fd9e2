"""Which screens are open: each holds a lock on a file of its own, so a killed one is gone at once.

Standard library alone: a screen announces itself before it paints.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from cockpit.config.places import Places


@contextlib.contextmanager
def announce_screen(places: Places) -> Iterator[None]:
    """Be counted as an open screen; does nothing where the place cannot be written."""
    try:
        path, descriptor = _take_place(places.screens)
    except OSError:
        yield
        return
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.unlink()
        os.close(descriptor)


def open_screens(places: Places) -> int:
    """Return how many screens are open, and remove the places of those that died."""
    try:
        entries = list(places.screens.iterdir())
    except OSError:
        return 0
    return sum(_is_alive(path) for path in entries)


def _take_place(folder: Path) -> tuple[Path, int]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{os.getpid()}-{time.time_ns()}"
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        # The agent may have swept the file away between the opening and the locking.
        if path.exists() and path.stat().st_ino == os.fstat(descriptor).st_ino:
            return path, descriptor
        os.close(descriptor)


def _is_alive(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)
    except BlockingIOError:
        return True
    except OSError:
        return False
    else:
        return False
    finally:
        os.close(descriptor)
