"""Gates of the team's own: what the exit code of a command means, and for how long."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cockpit.domain.command_gate import CommandEnd, CommandGate
from cockpit.domain.decisions.gating_now import GatingNow
from cockpit.domain.decisions.standing import Standing
from cockpit.domain.evidence import Evidence
from cockpit.domain.freshness import NEVER, Freshness
from cockpit.domain.gate import Gate
from cockpit.domain.gates import judge_gates
from cockpit.domain.gates_of_commands import command_gates
from cockpit.domain.limits import FigureLimits
from cockpit.domain.overview import EMPTY_BRANCH, AlertsSummary, FleetSummary
from cockpit.domain.verdict import Verdict

NOW = datetime(2026, 11, 18, 14, 32, tzinfo=UTC)
FRESH = Freshness(NOW - timedelta(minutes=1), NOW + timedelta(minutes=5))
HEAD = "9f2c1e4" + "0" * 33
LOAD = CommandGate("load", HEAD, CommandEnd.BY_ITSELF, 0, "p99 212 ms", "/log", FRESH)
NOTHING = AlertsSummary(0, 0, 0, 0, 0, "", ())


def judged(command: CommandGate, candidate: str = "") -> Gate:
    standing = Standing(gating=GatingNow(commit=candidate) if candidate else None)
    fleet = FleetSummary(0, (), (), (), 0, NEVER)
    of = Evidence(EMPTY_BRANCH, fleet, NOTHING, None, (), FigureLimits(), standing, commands=(command,))
    gates = command_gates(of, NOW)
    assert set(gates) <= set(judge_gates(of, NOW))
    return gates[0]


@pytest.mark.parametrize(
    ("status", "verdict", "reason"),
    [
        (0, Verdict.GO, "p99 212 ms (exit code 0)"),
        (1, Verdict.NO_GO, "p99 212 ms (exit code 1)"),
        (3, Verdict.UNKNOWN, "p99 212 ms (exit code 3)"),
        (-9, Verdict.UNKNOWN, "p99 212 ms (ended by signal 9)"),
    ],
)
def test_the_exit_code_is_the_verdict(status: int, verdict: Verdict, reason: str) -> None:
    gate = judged(replace(LOAD, exit_status=status))
    assert (gate.gate_id, gate.verdict, gate.reason) == ("command:load", verdict, reason)
    assert (gate.next_step == "") == (verdict is Verdict.GO)


def test_a_command_that_takes_too_long_or_was_not_run_tells_nothing() -> None:
    late = judged(replace(LOAD, end=CommandEnd.TIME_OVER, exit_status=-9))
    assert (late.verdict, late.reason) == (Verdict.UNKNOWN, "it did not end in time: p99 212 ms")
    waiting = judged(CommandGate("load"))
    assert (waiting.verdict, waiting.reason) == (Verdict.UNKNOWN, "it has not run yet")
    assert "cockpit trust" in waiting.next_step


def test_an_old_word_counts_no_more() -> None:
    gate = judged(replace(LOAD, freshness=Freshness(NOW - timedelta(hours=2), NOW - timedelta(hours=1))))
    assert gate.verdict is Verdict.UNKNOWN
    assert gate.reason.startswith("too old: ")


def test_what_a_command_said_of_another_commit_does_not_count_for_the_candidate() -> None:
    assert judged(LOAD, candidate=HEAD).verdict is Verdict.GO
    gate = judged(LOAD, candidate="4c1d9e0" + "0" * 33)
    assert (gate.verdict, gate.reason) == (Verdict.UNKNOWN, "it judged 9f2c1e4, not candidate 4c1d9e0")
