"""What gates rest on, read with the standard library alone, as all before the first paint."""

import json
import sqlite3

from cockpit.cache.moments import from_us
from cockpit.cache.rows import BUILD_COLUMNS, build_of
from cockpit.cache.telling_build import TELLING_ORDER
from cockpit.domain.build import Build
from cockpit.domain.command_gate import CommandEnd, CommandGate
from cockpit.domain.freshness import Freshness
from cockpit.domain.shipping_facts import ShippingFacts

GATE_COLUMNS = "position, name, commit_id, ending, exit_status, said, log, observed_at, expires_at"


def read_shipping(connection: sqlite3.Connection) -> ShippingFacts | None:
    """Return the counts of what would ship; None while nobody has looked."""
    for (body,) in connection.execute("SELECT body FROM shipping").fetchall():
        row = json.loads(body)
        return ShippingFacts(**{**row, "in_the_way": tuple(row["in_the_way"])})
    return None


def read_commands(connection: sqlite3.Connection) -> tuple[CommandGate, ...]:
    """Return every gate of the team's own with its last word, in the order of the settings."""
    rows = connection.execute(f"SELECT {GATE_COLUMNS} FROM gates ORDER BY position").fetchall()
    return tuple(
        CommandGate(name, commit, CommandEnd(end), status, said, log, Freshness(from_us(seen), from_us(expires)))
        for _, name, commit, end, status, said, log, seen, expires in rows
    )


def read_builds_at(connection: sqlite3.Connection, commit_id: str) -> tuple[Build, ...]:
    """Return every build of one commit, the one that tells most first."""
    statement = f"SELECT {BUILD_COLUMNS} FROM builds WHERE commit_id = ? ORDER BY {TELLING_ORDER}"
    return tuple(map(build_of, connection.execute(statement, (commit_id,)).fetchall()))
