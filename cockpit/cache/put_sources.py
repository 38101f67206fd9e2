"""How the state of each source and the agent's sign of life are stored."""

import json
from collections.abc import Collection, Mapping

from cockpit.cache.rows import HEARTBEAT_COLUMNS, SOURCE_COLUMNS, heartbeat_row, source_row
from cockpit.cache.writing import Writing
from cockpit.domain.source_state import Heartbeat, SourceState


def put_source(writing: Writing, state: SourceState, cursor: Mapping[str, str] | None) -> None:
    """Store how a source answered; a cursor of None leaves the one it had."""
    writing.touch("sources")
    values = (*source_row(state), None if cursor is None else json.dumps(dict(cursor)), writing.revision)
    names = SOURCE_COLUMNS.split(", ")[1:]
    assignments = ", ".join(f"{name} = excluded.{name}" for name in (*names, "revision"))
    writing.execute(
        f"INSERT INTO sources ({SOURCE_COLUMNS}, cursor, revision)"
        f" VALUES ({', '.join('?' * 10)}, coalesce(?11, '{{}}'), ?12)"
        f" ON CONFLICT (name) DO UPDATE SET {assignments}, cursor = coalesce(?11, sources.cursor)",
        values,
    )


def forget_sources(writing: Writing, except_: Collection[str]) -> None:
    """Remove sources that are no longer configured."""
    names = [name for (name,) in writing.execute("SELECT name FROM sources") if name not in except_]
    if names:
        writing.touch("sources", moved=True)
        writing.many("DELETE FROM sources WHERE name = ?", ((name,) for name in names))


def put_heartbeat(writing: Writing, heartbeat: Heartbeat) -> None:
    """Store the agent's sign of life."""
    writing.touch("heartbeat")
    writing.execute(
        f"INSERT OR REPLACE INTO heartbeat (one, {HEARTBEAT_COLUMNS}, revision) VALUES (1, {', '.join('?' * 8)})",
        (*heartbeat_row(heartbeat), writing.revision),
    )
