"""The one way to write: a transaction that takes the writer's place before it reads."""

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def tx(connection: sqlite3.Connection) -> Iterator[None]:
    """Run the block in one BEGIN IMMEDIATE transaction; whatever leaves it by exception is undone.

    The connection must have `isolation_level=None`.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # SQLite has rolled back already after some errors (full disk, I/O), and says so when asked again.
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
