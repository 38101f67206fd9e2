"""The release branch as a line of commits: first parents from its head."""

import sqlite3

from cockpit.cache.rows import branch_of

LINE_LENGTH = 400
"""Commits looked back on: more than a week of any branch that is released each week."""

_WALK = """
WITH RECURSIVE line (place, commit_id, parents) AS (
  SELECT 0, commit_id, parents FROM commits WHERE commit_id = ?
  UNION ALL
  SELECT place + 1, commits.commit_id, commits.parents
  FROM line JOIN commits ON commits.commit_id = substr(line.parents, 1, length(line.commit_id))
  LIMIT ?
)
SELECT commit_id FROM line ORDER BY place
"""


def branch_line(connection: sqlite3.Connection) -> list[str]:
    """Return hexadecimal ids of first-parent commits, newest first; the change list while history is not there."""
    return walked_line(connection) or listed_line(connection)


def walked_line(connection: sqlite3.Connection) -> list[str]:
    """Return the line from the branch's head through history, empty while the head's commit is not there."""
    rows = connection.execute("SELECT body FROM branch").fetchall()
    head = branch_of(rows[0][0]).head if rows else ""
    walked = connection.execute(_WALK, (bytes.fromhex(head), LINE_LENGTH)).fetchall() if head else []
    return [commit_id.hex() for (commit_id,) in walked]


def listed_line(connection: sqlite3.Connection) -> list[str]:
    """Return the change list, newest first."""
    listed = connection.execute("SELECT commit_id FROM changes ORDER BY position DESC LIMIT ?", (LINE_LENGTH,))
    return [commit_id for (commit_id,) in listed.fetchall()]
