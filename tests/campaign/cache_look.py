"""The cache as it lies on the disk, read with plain SQLite and nothing of the cockpit's own."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


@contextmanager
def opened(database: Path) -> Iterator[sqlite3.Connection]:
    """Open it without writing."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=5, isolation_level=None)) as found:
        yield found


def damage(database: Path) -> str:
    """Return what SQLite finds wrong with the file, or empty; a file that is not there yet is no damage."""
    if not database.exists() or not database.stat().st_size:
        return ""
    try:
        with opened(database) as connection:
            rows = connection.execute("PRAGMA integrity_check").fetchall()
    except sqlite3.Error as error:
        return str(error)
    return "" if rows == [("ok",)] else str(rows[:3])


def changes(connection: sqlite3.Connection) -> list[str]:
    """Return the commit ids of the change list, newest first as the screen lists them."""
    return [row[0] for row in connection.execute("SELECT commit_id FROM changes ORDER BY position DESC").fetchall()]


def commits(connection: sqlite3.Connection) -> list[str]:
    """Return the id of every commit of the history."""
    return [row[0].hex() for row in connection.execute("SELECT commit_id FROM commits").fetchall()]


def builds(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """Return build id, commit id and result of every build, oldest first."""
    return connection.execute("SELECT build_id, commit_id, result FROM builds ORDER BY started_at").fetchall()


def count(connection: sqlite3.Connection, table_name: str) -> int:
    """Return the number of rows of one of the cache's tables."""
    rows = connection.execute(f"SELECT count(*) FROM {table_name}").fetchall()  # noqa: S608 - names from the code
    return int(rows[0][0])


def double_positions(connection: sqlite3.Connection) -> int:
    """Return how many changes share their place in the list with another one."""
    rows = connection.execute("SELECT count(*) - count(DISTINCT position) FROM changes").fetchall()
    return int(rows[0][0])


def cursor(connection: sqlite3.Connection, source: str) -> dict[str, str]:
    """Return what a source left with its last answer; empty when it has none yet."""
    rows = connection.execute("SELECT cursor FROM sources WHERE name = ?", (source,)).fetchall()
    left: dict[str, str] = json.loads(rows[0][0]) if rows else {}
    return left


def agent_pid(connection: sqlite3.Connection) -> int:
    """Return the process that gave the last sign of life, 0 when there was none."""
    rows = connection.execute("SELECT pid FROM heartbeat").fetchall()
    return int(rows[0][0]) if rows else 0
