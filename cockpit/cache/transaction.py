"""The one way to write: a transaction that takes the writer's place before it reads."""

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

ASK_AGAIN_S = 0.0005
"""SQLite itself waits ever longer between two tries, and so never meets the gaps of a writer that is busy."""

SELDOM_AFTER_S = 0.2
SELDOM_S = 0.01


@contextmanager
def tx(connection: sqlite3.Connection, patience_s: float = 5.0) -> Iterator[None]:
    """Run the block in one BEGIN IMMEDIATE transaction; whatever leaves it by exception is undone.

    Waits up to `patience_s` seconds for another writer. The connection must have `isolation_level=None`.
    """
    _begin(connection, patience_s)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # SQLite has rolled back already after some errors (full disk, I/O), and says so when asked again.
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _begin(connection: sqlite3.Connection, patience_s: float) -> None:
    began = time.monotonic()
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            waited_s = time.monotonic() - began
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or waited_s >= patience_s:
                raise
            time.sleep(ASK_AGAIN_S if waited_s < SELDOM_AFTER_S else SELDOM_S)
        else:
            return
