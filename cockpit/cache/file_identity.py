"""Which file bears the cache's name now: a reader of a renamed file would stay blind for ever."""

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
