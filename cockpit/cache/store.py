"""The cache as the agent writes it."""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from cockpit.cache.file_identity import HeldLog, identity
from cockpit.cache.moments import SECOND_US, to_us, utc_now
from cockpit.cache.opening import drop_stale_log, is_damaged, open_writer, replace_damaged
from cockpit.cache.put_sources import forget_sources, put_heartbeat, put_source
from cockpit.cache.rows import (
    ALERT_COLUMNS,
    SERVER_COLUMNS,
    SERVER_TABLES,
    SOURCE_COLUMNS,
    alert_of,
    server_of,
    source_of,
)
from cockpit.cache.steps import steps_of
from cockpit.cache.transaction import tx
from cockpit.cache.trouble import explain, is_busy, is_corrupt
from cockpit.cache.writing import Memory, Step, Writing
from cockpit.domain.alert import Alert
from cockpit.domain.facts import Facts
from cockpit.domain.fleet import Server
from cockpit.domain.source_state import Heartbeat, SourceState
from cockpit.errors import CacheError

if TYPE_CHECKING:
    from cockpit.cache.put_ledger import FoldSeen, LedgerMark
    from cockpit.cache.read_shipping import ShippingBasis
    from cockpit.domain.decisions.decided import Decided
    from cockpit.domain.decisions.event import Told
    from cockpit.domain.decisions.standing import Standing

PATIENCE_S = 5.0
"""How long a write waits for another writer before it says who holds the cache."""

PAUSE_S = 0.001
"""Between two transactions of one batch: long enough for another process to take its turn."""

CHECK_EVERY_S = 60.0

Answer = TypeVar("Answer")


def open_cache(path: Path, *, clock: Callable[[], datetime] = utc_now, patience_s: float = PATIENCE_S) -> "Cache":
    """Return the cache in this file: created, brought up to date, or rebuilt when it was damaged.

    Raises CacheTooNewError, CacheBusyError or CacheFullError.
    """
    return Cache(path, clock, patience_s)


class Cache:
    """One writer of the cache; every method may be called from any thread and raises CacheError.

    There is one connection, used by one thread at a time: SQLite has room for one writer anyway. A file that was
    replaced, removed or damaged under it is noticed at the next use and opened or built anew.
    """

    def __init__(self, path: Path, clock: Callable[[], datetime], patience_s: float) -> None:
        self._path = path
        self._clock = clock
        self._patience_s = patience_s
        self._lock = threading.RLock()
        self._memory = Memory()
        self._closed = False
        self._check_at = time.monotonic() + CHECK_EVERY_S
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._log = HeldLog()
        self._open()

    def sink(self, source: str, lifetime_s: float) -> "CacheSink":
        """Return where `source` puts facts that count for `lifetime_s` seconds after they were observed."""
        return CacheSink(self, source, lifetime_s)

    def put(self, facts: Facts, source: str, lifetime_s: float) -> None:
        """Store facts of `source`; what is known already is compared and not written again."""
        self._write(partial(steps_of, facts), source, lifetime_s)

    def put_source(self, state: SourceState, cursor: Mapping[str, str] | None = None) -> None:
        """Store how a source answered; a cursor of None leaves the one it had."""
        self._write_once(lambda writing: put_source(writing, state, cursor))

    def forget_sources(self, except_: Collection[str]) -> None:
        """Remove every source but these."""
        self._write_once(lambda writing: forget_sources(writing, except_))

    def beat(self, heartbeat: Heartbeat) -> None:
        """Store the agent's sign of life; now and then look whether the file is sound."""
        if time.monotonic() >= self._check_at:
            self.check()
        self._write_once(lambda writing: put_heartbeat(writing, heartbeat))

    def cursor(self, source: str) -> dict[str, str]:
        """Return what the source left with its last good answer, empty when there is nothing."""

        def read(connection: sqlite3.Connection) -> dict[str, str]:
            rows = connection.execute("SELECT cursor FROM sources WHERE name = ?", (source,)).fetchall()
            cursor: dict[str, str] = json.loads(rows[0][0]) if rows else {}
            return cursor

        return self._guarded(read)

    def sources(self) -> list[SourceState]:
        """Return every source by name."""
        statement = f"SELECT {SOURCE_COLUMNS} FROM sources ORDER BY name"
        return self._guarded(lambda connection: list(map(source_of, connection.execute(statement).fetchall())))

    def servers(self) -> list[Server]:
        """Return every server, by zone and name."""

        statement = f"SELECT {SERVER_COLUMNS} FROM {SERVER_TABLES} ORDER BY position"
        return self._guarded(lambda connection: list(map(server_of, connection.execute(statement).fetchall())))

    def alerts(self) -> list[Alert]:
        """Return every alert in no particular order."""
        statement = f"SELECT {ALERT_COLUMNS} FROM alerts"
        return self._guarded(lambda connection: list(map(alert_of, connection.execute(statement).fetchall())))

    def mark_of(self, *tables: str) -> tuple[object, int]:
        """Return what moves on when something in one of these tables does, or the file is another one."""
        from cockpit.cache.reading import table_revision

        return self._guarded(lambda connection: (self._identity, table_revision(connection, *tables)))

    def put_fold(self, seen: "FoldSeen") -> None:
        """Store one stretch of the fold of the ledger; events, records and place count together or not at all."""
        from cockpit.cache.put_ledger import fold_steps

        self._write(lambda _: fold_steps(seen), "", 0.0)

    def put_history(self, told: "Sequence[Told]") -> None:
        """Store events of a stored fold that came with `FoldSeen.mark.unstored`, newest first."""
        from cockpit.cache.put_ledger import history_steps

        self._write(lambda _: history_steps(told), "", 0.0)

    def ledger_mark(self) -> "LedgerMark | None":
        """Return how far the fold has come, None when there is none."""
        from cockpit.cache.read_ledger import read_mark

        return self._guarded(read_mark)

    def decided(self) -> "tuple[LedgerMark | None, Decided]":
        """Return how far the fold has come and everything decided until there."""
        from cockpit.cache.read_ledger import read_fold

        return self._guarded(read_fold)

    def standing(self) -> "Standing":
        """Return what was decided, in short, as the screens were told it last."""
        from cockpit.cache.gathering import read_standing

        return self._guarded(read_standing)

    def ledger_alarms(self) -> list[str]:
        """Return the commit ids of the ledger's events that raised an alarm, whoever has looked at it."""
        from cockpit.cache.read_ledger import read_alarms

        return self._guarded(read_alarms)

    def shipping_basis(self) -> "ShippingBasis":
        """Return everything but the decisions that tells which changes of a candidate ship."""
        from cockpit.cache.read_shipping import read_basis

        return self._guarded(read_basis)

    def shipping_mark(self) -> tuple[int, ...]:
        """Return what moves on when other changes of the candidate might ship than before."""
        from cockpit.cache.read_shipping import read_mark

        return self._guarded(read_mark)

    def check(self) -> None:
        """Rebuild the cache if its file is damaged, also where the writer need not have read it."""
        self._check_at = time.monotonic() + CHECK_EVERY_S
        with self._lock:
            if is_damaged(self._path, self._patience_s):
                self._rebuild()

    def close(self) -> None:
        """Give the file back; may be called more than once."""
        with self._lock:
            self._closed = True
            self._drop()
            self._log.let_go()

    def _write_once(self, step: Step) -> None:
        self._write(lambda _: iter((step,)), "", 0.0)

    def _write(self, steps: Callable[[sqlite3.Connection], Iterator[Step]], source: str, lifetime_s: float) -> None:
        def write(connection: sqlite3.Connection) -> None:
            wrote = False
            for step in steps(connection):
                if wrote:
                    time.sleep(PAUSE_S)
                wrote = self._run(connection, step, source, lifetime_s)

        self._guarded(write)

    def _run(self, connection: sqlite3.Connection, step: Step, source: str, lifetime_s: float) -> bool:
        now_us, lifetime_us = to_us(self._clock()), int(lifetime_s * SECOND_US)
        writing = Writing(connection, self._memory, source, now_us, lifetime_us)
        try:
            with tx(connection, self._patience_s):
                step(writing)
                writing.finish()
        except BaseException:
            self._memory.kept.clear()
            raise
        writing.remember()
        return writing.has_written

    def _guarded(self, work: Callable[[sqlite3.Connection], Answer]) -> Answer:
        with self._lock:
            try:
                return work(self._usable())
            except (sqlite3.DatabaseError, json.JSONDecodeError) as error:
                if not isinstance(error, sqlite3.Error) or is_corrupt(error):
                    self._rebuild()
                elif is_busy(error):
                    raise explain(error, self._path) from error
                else:
                    # After an I/O error only a new connection is sure to see the file as it is.
                    self._drop()
                    raise explain(error, self._path) from error
            try:
                return work(self._usable())
            except sqlite3.Error as error:
                raise explain(error, self._path) from error

    def _usable(self) -> sqlite3.Connection:
        if self._closed:
            raise CacheError("the cache is closed", where=str(self._path))
        if self._connection is None or identity(self._path) != self._identity:
            self._drop()
            return self._open()
        return self._connection

    def _open(self) -> sqlite3.Connection:
        if identity(self._path) != self._identity:
            drop_stale_log(self._path, self._log)
        return self._take(open_writer(self._path, self._patience_s))

    def _take(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        self._connection = connection
        self._identity = identity(self._path)
        self._log.hold(self._path)
        return connection

    def _rebuild(self) -> None:
        connection, self._connection = self._connection, None
        self._memory.kept.clear()
        if connection is not None:
            self._take(replace_damaged(self._path, connection, self._patience_s))

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        self._memory.kept.clear()
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()


class CacheSink:
    """Where one source puts its facts."""

    def __init__(self, cache: Cache, source: str, lifetime_s: float) -> None:
        self._cache = cache
        self._source = source
        self._lifetime_s = lifetime_s

    def put(self, facts: Facts) -> None:
        """Store `facts` before returning; raises CacheError."""
        self._cache.put(facts, self._source, self._lifetime_s)
