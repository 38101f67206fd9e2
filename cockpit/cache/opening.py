"""How the writer opens the cache: checked, set aside when damaged, brought to the present schema."""

import contextlib
import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from cockpit.cache.file_identity import HeldLog, identity
from cockpit.cache.schema import id_of, is_ours, migrate, refuse_newer, version_of
from cockpit.cache.trouble import busy, explain, explain_folder, is_corrupt

KEPT_ASIDE = 3
"""Damaged caches that are kept for a look; older ones are removed."""

_SIDE_FILES = ("-wal", "-shm", "-journal")
_RETRY_S = 0.02
_NOTE_LIMIT_BYTES = 200

LOCK_S = 0.01
"""How long SQLite itself waits for a lock; whoever writes waits outside of it."""


def open_writer(database: Path, patience_s: float) -> sqlite3.Connection:
    """Return a connection to a sound cache of the present schema, made anew when there is none.

    Raises CacheTooNewError without a byte written, CacheBusyError when another process holds it for longer than
    `patience_s` seconds, CacheFullError when it cannot be written.
    """
    try:
        _keep_from_others(database.parent)
        with _alone(database, patience_s) as note:
            _drop_log_of_another(database, note)
            if not _is_sound(database, patience_s):
                set_aside(database)
            connection = _connect(database, patience_s)
            _write_down(database, note)
            return connection
    except sqlite3.Error as error:
        raise explain(error, database) from error
    except OSError as error:
        raise explain_folder(error, database) from error


def replace_damaged(database: Path, connection: sqlite3.Connection, patience_s: float) -> sqlite3.Connection:
    """Set the damaged file of `connection` aside, unless another process did already, and open a new one."""
    seen = identity(database)
    with contextlib.suppress(sqlite3.Error):
        connection.close()
    try:
        with _alone(database, patience_s):
            if identity(database) == seen and not _is_sound(database, patience_s):
                set_aside(database)
    except OSError as error:
        raise explain_folder(error, database) from error
    return open_writer(database, patience_s)


def drop_stale_log(database: Path, log: HeldLog) -> None:
    """Remove the log when it is still `log`, that of a database which no longer bears this name.

    SQLite would take it for the log of the present one.
    """
    with contextlib.suppress(OSError):
        if identity(database) is not None and log.is_still_at(database):
            for suffix in _SIDE_FILES:
                database.with_name(database.name + suffix).unlink(missing_ok=True)


def is_damaged(database: Path, patience_s: float) -> bool:
    """Look at the whole file with eyes that remember nothing of it; raises CacheTooNewError."""
    try:
        return identity(database) is not None and not _is_sound(database, patience_s)
    except sqlite3.Error:
        return False


def set_aside(database: Path) -> None:
    """Rename the database and its side files, and keep the newest few of such."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    # The log goes first: SQLite would take one left behind for the log of the next database of this name.
    for suffix in (*_SIDE_FILES, ""):
        with contextlib.suppress(FileNotFoundError):
            file = database.with_name(database.name + suffix)
            file.rename(database.with_name(f"{database.name}.damaged-{stamp}{suffix}"))
    damaged = sorted(f for f in database.parent.glob(f"{database.name}.damaged-*") if f.name.endswith("Z"))
    for old in damaged[:-KEPT_ASIDE]:
        for suffix in ("", *_SIDE_FILES):
            old.with_name(old.name + suffix).unlink(missing_ok=True)


def _keep_from_others(folder: Path) -> None:
    """Make the folder of the cache, and close to others one that was left open to them."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.stat()
    if found.st_uid == os.getuid() and found.st_mode & 0o077:
        folder.chmod(0o700)


def _for_us_alone(file: str, flags: int) -> int:
    return os.open(file, flags, 0o600)


@contextmanager
def _alone(database: Path, patience_s: float) -> Iterator[IO[bytes]]:
    """Let one process at a time check, set aside and migrate; yields the locked note of which file was opened last."""
    with open(database.with_name(database.name + ".opening"), "a+b", opener=_for_us_alone) as lock:
        deadline = time.monotonic() + patience_s
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise busy(database) from None
                time.sleep(_RETRY_S)
        yield lock


def _drop_log_of_another(database: Path, note: IO[bytes]) -> None:
    """Remove a log that was written for a file which no longer bears this name, while nobody was at work.

    SQLite would read it into the file that is here now, and readers that know the log would refuse both for ever.
    """
    note.seek(0)
    opened_last = note.read(_NOTE_LIMIT_BYTES)
    if opened_last and opened_last != _words_of(database):
        for suffix in _SIDE_FILES:
            database.with_name(database.name + suffix).unlink(missing_ok=True)


def _write_down(database: Path, note: IO[bytes]) -> None:
    note.seek(0)
    if note.read(_NOTE_LIMIT_BYTES) != (words := _words_of(database)):
        note.truncate(0)
        note.write(words)
        note.flush()


def _words_of(database: Path) -> bytes:
    return repr(identity(database)).encode()


def _is_sound(database: Path, patience_s: float) -> bool:
    """Look at the file without a byte written; raises CacheTooNewError."""
    if identity(database) is None or database.stat().st_size == 0:
        # A log without its database, or beside an emptied one, belongs to nothing.
        return not any(database.with_name(database.name + suffix).exists() for suffix in ("", *_SIDE_FILES))
    connection = sqlite3.connect(
        f"{database.absolute().as_uri()}?mode=ro", uri=True, timeout=patience_s, isolation_level=None
    )
    try:
        refuse_newer(connection, str(database))
        if not is_ours(connection) or not _has_id(connection):
            return False
        return connection.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)]
    except sqlite3.Error as error:
        if is_corrupt(error):
            return False
        raise
    finally:
        connection.close()


def _has_id(connection: sqlite3.Connection) -> bool:
    """Tell whether readers will be able to tell this cache from another; one without tables gets its id with them."""
    if version_of(connection) == 0:
        return True
    try:
        return bool(id_of(connection))
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return False
        raise


def _connect(database: Path, patience_s: float) -> sqlite3.Connection:
    # SQLite would let everybody read a file that it makes; log and index get the rights of the database.
    os.close(_for_us_alone(os.fspath(database), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC))
    # The owner of the connection lets one thread at a time use it.
    connection = sqlite3.connect(database, timeout=LOCK_S, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA cache_size = -16000")
        connection.execute("PRAGMA journal_size_limit = 8388608")
        migrate(connection, patience_s)
    except BaseException:
        connection.close()
        raise
    return connection
