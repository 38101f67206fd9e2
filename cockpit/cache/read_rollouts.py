"""What the pages behind the rollout pane ask: the servers of a rollout, their past, and the paths of its changes."""

import json
import sqlite3
from collections.abc import Sequence

from cockpit.cache.moments import from_us
from cockpit.cache.pane_reader import PaneReader
from cockpit.cache.panes import Pane
from cockpit.cache.reading import CacheReader
from cockpit.cache.rollout_rows import SERVER_COLUMNS, server_of
from cockpit.domain.fleet import Health, Transition
from cockpit.domain.rollout.live import ServerLive

TRANSITIONS_SHOWN = 20


def rollout_servers(reader: CacheReader, environment: str) -> PaneReader[ServerLive]:
    """Return the servers of the rollout in an environment, in the order in which they are done."""
    return PaneReader(
        reader,
        Pane(
            tables=("rollout_servers",),
            columns=SERVER_COLUMNS,
            joined="rollout_servers",
            searched="rollout_servers",
            number="number",
            key="server",
            make=server_of,
            own_order="wave, position",
            only="environment = ?",
            only_values=(environment,),
            sorts={
                "server": "server COLLATE NOCASE",
                "zone": "zone COLLATE NOCASE",
                "wave": "wave",
                "state": "instr('failed unknown out-of-band draining deploying smoke soaking rolled back waiting done',"
                " state)",
                "age": "since",
            },
        ),
    )


def read_wave(connection: sqlite3.Connection, environment: str, wave: int) -> list[ServerLive]:
    """Return the servers of one wave, in the order in which they are done."""
    rows = connection.execute(
        f"SELECT {SERVER_COLUMNS} FROM rollout_servers WHERE environment = ? AND wave = ? ORDER BY position",
        (environment, wave),
    )
    return list(map(server_of, rows.fetchall()))


def read_transitions(connection: sqlite3.Connection, server: str) -> list[Transition]:
    """Return what became of a server's health and version, the newest first."""
    rows = connection.execute(
        "SELECT at, health_before, health, version_before, version, reason FROM transitions WHERE server = ?"
        " ORDER BY at DESC LIMIT ?",
        (server, TRANSITIONS_SHOWN),
    )
    return [
        Transition(from_us(at), Health(before), Health(health), version_before, version, reason)
        for at, before, health, version_before, version, reason in rows.fetchall()
    ]


def read_paths(connection: sqlite3.Connection, commits: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the paths that these changes touch, as far as they are known."""
    marks = ", ".join("?" * len(commits))
    rows = connection.execute(f"SELECT commit_id, paths FROM paths WHERE commit_id IN ({marks})", tuple(commits))
    return {commit: tuple(json.loads(paths)) for commit, paths in rows.fetchall()}
