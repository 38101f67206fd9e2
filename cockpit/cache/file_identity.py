"""Which file bears the cache's name now: a reader of a renamed file would stay blind for ever."""

import contextlib
import os
from pathlib import Path


def identity(database: Path) -> tuple[int, int] | None:
    """Return device and number of the file, or None when there is none."""
    try:
        state = os.stat(database)  # noqa: PTH116 - asked ten times a second; Path.stat costs twice as much
    except OSError:
        return None
    return state.st_dev, state.st_ino


def log_of(database: Path) -> Path:
    """Return where SQLite keeps the write-ahead log of this database."""
    return database.with_name(database.name + "-wal")


class HeldLog:
    """Which log belongs to the database that was opened last; kept open, so that no other file gets its number.

    SQLite holds no lock on a log, so closing ours takes none away.
    """

    def __init__(self) -> None:
        self._descriptor = -1
        self._identity: tuple[int, int] | None = None

    def hold(self, database: Path) -> None:
        """Take the log that is there now."""
        self.let_go()
        with contextlib.suppress(OSError):
            self._descriptor = os.open(log_of(database), os.O_RDONLY | os.O_CLOEXEC)
            state = os.fstat(self._descriptor)
            self._identity = state.st_dev, state.st_ino

    def is_still_at(self, database: Path) -> bool:
        """Tell whether the log beside this database is the one held."""
        return self._identity is not None and identity(log_of(database)) == self._identity

    def let_go(self) -> None:
        """Close it; may be called more than once."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor, self._identity = -1, None
