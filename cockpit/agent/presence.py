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


class ScreenPlace:
    """By which one open screen is counted; counted as none where the place cannot be written."""

    def __init__(self, places: Places) -> None:
        self._folder = places.screens
        self._path: Path | None = None
        self._descriptor = -1
        self.keep()

    def keep(self) -> None:
        """Take the place, again when somebody has removed it."""
        if self._path is not None and _is(self._path, self._descriptor):
            return
        self.leave()
        with contextlib.suppress(OSError):
            self._path, self._descriptor = _take_place(self._folder)

    def leave(self) -> None:
        """Be counted no more; may be called more than once."""
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.unlink()
            os.close(self._descriptor)
            self._path = None


@contextlib.contextmanager
def announce_screen(places: Places) -> Iterator[ScreenPlace]:
    """Be counted as an open screen."""
    place = ScreenPlace(places)
    try:
        yield place
    finally:
        place.leave()


def open_screens(places: Places) -> int:
    """Return how many screens are open, and remove the places of those that died."""
    try:
        entries = list(places.screens.iterdir())
    except OSError:
        return 0
    return sum(_is_alive(path) for path in entries)


def _take_place(folder: Path) -> tuple[Path, int]:
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{os.getpid()}-{time.time_ns()}"
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        # The agent may have swept the file away between the opening and the locking.
        if _is(path, descriptor):
            return path, descriptor
        os.close(descriptor)


def _is(path: Path, descriptor: int) -> bool:
    """Tell whether this is the file at this path."""
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except OSError:
        return False


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
