"""What SQLite's complaints mean to an operator."""

import errno
import os
import sqlite3
from pathlib import Path

from cockpit.cache.lock_holder import describe_holder
from cockpit.errors import CacheBusyError, CacheError, CacheFullError, is_full

_PRIMARY = 0xFF
"""The low byte of an extended result code is the family."""

_NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)

LEAST_ROOM_BYTES = 64 * 1024
"""With less than that free, what is written next may not fit."""

_MAKE_YOURS = "Let yourself read and write it (chown, chmod), or remove it: facts are read anew"


def family(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code of an error, 0 when it has none."""
    return int(getattr(error, "sqlite_errorcode", 0)) & _PRIMARY


def is_corrupt(error: sqlite3.Error) -> bool:
    """Tell whether the file is not the database it should be."""
    if family(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT):
        return True
    # Damage to the schema's own page shows as a table or column that is not there, or does not fit.
    words = ("no such table", "no such column", "malformed", "datatype mismatch", "cannot store", "Could not decode")
    return any(word in str(error) for word in words)


def is_busy(error: sqlite3.Error) -> bool:
    """Tell whether somebody else holds the database."""
    return family(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL)


def explain(error: sqlite3.Error, database: Path) -> CacheError:
    """Return what happened in an operator's words, with what to do next."""
    where = str(database)
    if is_busy(error):
        return busy(database)
    if family(error) == sqlite3.SQLITE_FULL:
        return _full("no space left for the cache", where)
    if family(error) in _NO_ROOM and os.path.lexists(database) and not os.access(database, os.R_OK | os.W_OK):
        return CacheFullError("the cache may not be read and written", where=where, next_step=_MAKE_YOURS)
    if family(error) in _NO_ROOM:
        return _full(f"the cache cannot be written ({error})", where)
    return CacheError(f"the cache cannot be used ({error})", where=where, next_step="Remove it: facts are read anew")


def busy(database: Path) -> CacheBusyError:
    """Return the error that names who holds the cache."""
    holder = describe_holder(database)
    stopped = holder.endswith("is stopped")
    pid = holder.split(" ")[1] if holder else ""
    mend = f"Continue it with: kill -CONT {pid}" if stopped else "It is tried again by itself"
    return CacheBusyError(
        f"the cache is held by {holder or 'another process'}",
        where=str(database),
        next_step=f"{mend}; or end it with: kill {'-9 ' if stopped else ''}{pid}" if pid else mend,
    )


def explain_folder(error: OSError, database: Path) -> CacheFullError:
    """Return why the folder of the cache cannot be made or written."""
    if is_full(error):
        return _full("no space left for the cache", str(database))
    reason = error.strerror or type(error).__name__
    if error.errno in (errno.EACCES, errno.EPERM):
        where = os.fsdecode(error.filename) if error.filename else str(database.parent)
        return CacheFullError(f"the cache cannot be written ({reason})", where=where, next_step=_MAKE_YOURS)
    return _full(f"the folder of the cache cannot be written ({reason})", str(database.parent))


def short_of_room(database: Path) -> str:
    """Return that the disk of the cache is full, and what to do; empty while it is not, or nobody can tell."""
    try:
        disk = os.statvfs(database.parent)
    except OSError:
        return ""
    free = disk.f_bfree if os.geteuid() == 0 else disk.f_bavail
    if not disk.f_blocks or free * disk.f_frsize >= LEAST_ROOM_BYTES:
        return ""
    return f"the disk of the cache is full ({database.parent}): free some space, until then nothing new can be shown"


def _full(what: str, where: str) -> CacheFullError:
    step = "Free some space or name a folder that can be written in XDG_CACHE_HOME; it is tried again by itself"
    return CacheFullError(what, where=where, next_step=step)
