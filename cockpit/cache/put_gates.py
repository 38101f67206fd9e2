"""How what the team's own gates said last is stored."""

from cockpit.cache.moments import to_us
from cockpit.cache.read_gates import GATE_COLUMNS
from cockpit.cache.writing import Writing
from cockpit.domain.command_gate import CommandGate
from cockpit.domain.facts import GatesSeen


def put_gates(writing: Writing, seen: GatesSeen) -> None:
    """Replace every gate of the team's own."""
    rows = [_row(position, gate) for position, gate in enumerate(seen.gates)]
    if writing.execute(f"SELECT {GATE_COLUMNS} FROM gates ORDER BY position") == rows:
        return
    writing.touch("gates", moved=True)
    writing.execute("DELETE FROM gates")
    marks = ", ".join("?" * 10)
    writing.many(f"INSERT INTO gates VALUES ({marks})", ((*row, writing.revision) for row in rows))


def _row(position: int, gate: CommandGate) -> tuple[object, ...]:
    fresh = gate.freshness
    return (
        position, gate.name, gate.commit, gate.end.value, gate.exit_status, gate.said, gate.log,
        to_us(fresh.observed_at), to_us(fresh.expires_at),
    )  # fmt: skip
