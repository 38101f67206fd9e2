"""The servers of rollouts as one character each, kept in memory and moved on by what changed."""

import sqlite3
from collections.abc import Mapping

from cockpit.cache.rollout_rows import LIVE_COLUMNS, live_of
from cockpit.domain.rollout.live import RolloutLive
from cockpit.domain.rollout.observed import LETTERS, Observed, ZoneStates
from cockpit.domain.rollout.progress import ServerState

_LETTERS = {state.value: letter for state, letter in LETTERS.items()}


def _letter(state: str) -> str:
    return _LETTERS.get(state, LETTERS[ServerState.UNKNOWN])


class RolloutCells:
    """What is shown of every rollout of which an executor told here."""

    def __init__(self) -> None:
        self._revision = -1
        self._cells: dict[str, dict[str, dict[str, str]]] = {}
        """Environment to zone to server to its character; zones and servers in the order of their names."""
        self._lives: tuple[RolloutLive, ...] = ()
        self._zones: dict[str, tuple[ZoneStates, ...]] = {}

    def move_on(self, connection: sqlite3.Connection) -> None:
        """Read what changed since the last time, or everything when servers came, went or moved."""
        rows = connection.execute("SELECT revision, shape FROM tables WHERE name = 'rollout_servers'").fetchall()
        revision, shape = rows[0]
        if shape > self._revision or self._revision < 0:
            self._read_all(connection)
        elif revision > self._revision:
            self._read_changed(connection)
        self._revision = revision
        self._lives = tuple(_lives(connection))

    def observed(self) -> tuple[Observed, ...]:
        """Return every rollout, in the order of their environments' names."""
        return tuple(Observed(live, self._zones.get(live.environment, ())) for live in self._lives)

    def _read_all(self, connection: sqlite3.Connection) -> None:
        self._cells = {}
        for environment, zone, server, state in connection.execute(
            "SELECT environment, zone, server, state FROM rollout_servers ORDER BY environment, zone, server"
        ).fetchall():
            self._cells.setdefault(environment, {}).setdefault(zone, {})[server] = _letter(state)
        self._zones = {environment: _states(zones) for environment, zones in self._cells.items()}

    def _read_changed(self, connection: sqlite3.Connection) -> None:
        rows = connection.execute(
            "SELECT environment, zone, server, state FROM rollout_servers WHERE revision > ?", (self._revision,)
        ).fetchall()
        for environment, zone, server, state in rows:
            self._cells[environment][zone][server] = _letter(state)
        for environment in {row[0] for row in rows}:
            self._zones[environment] = _states(self._cells[environment])


def _states(zones: Mapping[str, Mapping[str, str]]) -> tuple[ZoneStates, ...]:
    return tuple(ZoneStates(zone, "".join(servers.values())) for zone, servers in zones.items())


def _lives(connection: sqlite3.Connection) -> list[RolloutLive]:
    lives = []
    for row in connection.execute(f"SELECT {LIVE_COLUMNS} FROM rollouts ORDER BY environment").fetchall():
        try:
            lives.append(live_of(row))
        except (KeyError, TypeError, ValueError):
            continue  # told by an executor of another version, which tells again within seconds
    return lives
