"""How screens read the cache: never in the way of the writer, never waiting for one that is stopped."""

import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from cockpit.cache.file_identity import HeldLog, identity, log_of
from cockpit.cache.schema import VERSION, id_of, is_ours, refuse_newer, version_of
from cockpit.cache.trouble import explain, is_busy, is_corrupt
from cockpit.errors import CacheError

PAGES_KIB = 256
"""Of the cache's pages each connection may keep: the system keeps them all, and a screen reads a few at a time."""

PATIENCE_S = 0.04
"""How long one read may wait for a lock; readers of a write-ahead log hardly ever do."""

BREAK_OFF_S = 0.005
"""How long one waits for what is being read before it is broken off."""

EPOCH = 1 << 40
"""Revisions of a cache that replaced another continue above every revision of it."""

Answer = TypeVar("Answer")


class _Opened:
    """The connection of one thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.in_use = threading.RLock()

    def close(self) -> None:
        """Close it from any thread. Under a statement that runs, that would take the process with it."""
        while not self.in_use.acquire(timeout=BREAK_OFF_S):
            with suppress(sqlite3.Error):
                self.connection.interrupt()
        with suppress(sqlite3.Error):
            self.connection.close()
        self.in_use.release()


class CacheReader:
    """Connections to one cache, one for each thread, opened again whenever another file bears its name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._mine = threading.local()
        self._lock = threading.Lock()
        self._identity: tuple[int, int] | None = None
        self._cache_id = ""
        self._log = HeldLog()
        self._epoch = 0
        self._open: list[_Opened] = []

    @property
    def epoch(self) -> int:
        """What to add to revisions so that they grow from one file to the next."""
        return self._epoch * EPOCH

    def read(self, work: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """Return what `work` reads; raises CacheError when that is not possible now."""
        try:
            opened = self._opened()
            with opened.in_use:
                return work(opened.connection)
        except sqlite3.Error as error:
            if not is_busy(error):
                self._drop()
            raise self._explain(error) from error

    def data_version(self) -> tuple[int, int]:
        """Return a pair that changes when the cache was written or replaced; costs some microseconds."""
        rows = self.read(lambda connection: connection.execute("PRAGMA data_version").fetchall())
        return self._epoch, int(rows[0][0])

    def close(self) -> None:
        """Close the connections of every thread; what one of them is reading is broken off."""
        with self._lock:
            opened, self._open = self._open, []
        for one in opened:
            one.close()
        with self._lock:
            self._log.let_go()

    def _opened(self) -> "_Opened":
        found = identity(self.path)
        if found is None:
            self._drop()
            raise CacheError(
                "there is no cache yet", where=str(self.path), next_step="Start the agent with: cockpit agent"
            )
        opened: _Opened | None = getattr(self._mine, "opened", None)
        if opened is not None and self._mine.identity == found:
            return opened
        self._drop()
        self._refuse_stale_log(found)
        opened = self._checked(found)
        if opened is None:
            return self._opened()
        self._mine.opened, self._mine.identity = opened, found
        return opened

    def _checked(self, found: tuple[int, int]) -> "_Opened | None":
        """Open it; None when another file bears its name by then, which would be taken for the one that was found."""
        # Threads may close each other's connections at the end; each is used by its own thread only.
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode=ro{self._unless_writable()}",
            uri=True,
            timeout=PATIENCE_S,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            refuse_newer(connection, str(self.path))
            self._refuse_older(connection)
            cache_id = id_of(connection)
            connection.execute(f"PRAGMA cache_size = -{PAGES_KIB}")
        except BaseException:
            connection.close()
            raise
        opened, log = _Opened(connection), HeldLog()
        log.hold(self.path)
        if identity(self.path) != found:
            log.let_go()
            connection.close()
            return None
        with self._lock:
            self._open.append(opened)
            self._log.let_go()
            self._log = log
            if (found, cache_id) != (self._identity, self._cache_id):
                self._identity, self._cache_id = found, cache_id
                self._epoch += 1
        return opened

    def _refuse_stale_log(self, found: tuple[int, int]) -> None:
        """SQLite would read the log of the database that was here before into the one that is here now."""
        if found != self._identity and self._log.is_still_at(self.path) and log_of(self.path).stat().st_size:
            raise CacheError(
                "the cache was replaced",
                where=str(self.path),
                next_step="The agent opens it anew with its next write; start it with: cockpit agent",
            )

    def _unless_writable(self) -> str:
        """Where no side files can be made, nobody can write either, and the file is read as it is."""
        return "" if os.access(self.path.parent, os.W_OK) else "&immutable=1"

    def _refuse_older(self, connection: sqlite3.Connection) -> None:
        if not is_ours(connection) or version_of(connection) < VERSION:
            raise CacheError(
                "the cache is not of this version yet",
                where=str(self.path),
                next_step="The agent brings it up to date; start it with: cockpit agent",
            )

    def _drop(self) -> None:
        opened: _Opened | None = getattr(self._mine, "opened", None)
        if opened is None:
            return
        self._mine.opened = None
        with self._lock, suppress(ValueError):
            self._open.remove(opened)
        opened.close()

    def _explain(self, error: sqlite3.Error) -> CacheError:
        if is_corrupt(error):
            return CacheError(
                "the cache is damaged",
                where=str(self.path),
                next_step="The agent sets it aside and reads everything anew; start it with: cockpit agent",
            )
        return explain(error, self.path)


def table_revision(connection: sqlite3.Connection, *tables: str) -> int:
    """Return the revision at which any of these tables last moved on."""
    marks = ", ".join("?" * len(tables))
    rows = connection.execute(f"SELECT max(revision) FROM tables WHERE name IN ({marks})", tables).fetchall()
    return int(rows[0][0] or 0)
