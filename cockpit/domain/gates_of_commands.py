"""The gates that a team has written itself: a command, its exit code, and how old its word is."""

from datetime import datetime

from cockpit.domain.command_gate import CommandEnd, CommandGate
from cockpit.domain.commit import SHORT
from cockpit.domain.evidence import Evidence
from cockpit.domain.gate import Gate
from cockpit.domain.verdict import Verdict

COMMAND = "command:"
"""How the ids of these gates begin."""


def command_gates(evidence: Evidence, now: datetime) -> tuple[Gate, ...]:
    """Judge every gate of the team's own, in the order of the settings."""
    return tuple(_command(command, evidence, now) for command in evidence.commands)


def _command(command: CommandGate, evidence: Evidence, now: datetime) -> Gate:
    verdict, reason = command.verdict, _reason(command)
    wanted = evidence.gating.commit
    step = "" if verdict is Verdict.GO else "Read what it printed: o"
    if command.end is CommandEnd.NOT_RUN:
        step = "Read the commands, then: cockpit trust; the agent runs them"
    elif command.end is CommandEnd.NOT_STARTED:
        step = "Install it, or correct it in cockpit.toml: [[gates.commands]]"
    elif wanted and command.commit != wanted:
        verdict, reason = Verdict.UNKNOWN, f"it judged {command.commit[:SHORT]}, not candidate {wanted[:SHORT]}"
        step = "It runs again by itself"
    elif not command.freshness.is_fresh(now):
        verdict, reason, step = Verdict.UNKNOWN, f"too old: {reason}", "It runs again by itself: cockpit agent"
    gate_id, seen = f"{COMMAND}{command.name}", command.freshness.observed_at
    return Gate(gate_id, command.name, verdict, reason, "gates", seen, "the team", step, command.log)


def _reason(command: CommandGate) -> str:
    if command.end is CommandEnd.NOT_RUN:
        return command.said or "it has not run yet"
    if command.end is CommandEnd.NOT_STARTED:
        return f"it could not be started: {command.said}"
    if command.end is CommandEnd.TIME_OVER:
        return f"it did not end in time: {command.said}" if command.said else "it did not end in time"
    how = f"ended by signal {-command.exit_status}" if command.exit_status < 0 else f"exit code {command.exit_status}"
    return f"{command.said} ({how})" if command.said else how
