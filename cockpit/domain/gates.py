"""May we ship now: every condition judged, one answer for header, `:why`, exit codes and rollouts."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from cockpit.domain.decisions.policy import LEDGER_GATE
from cockpit.domain.evidence import Evidence as Evidence
from cockpit.domain.gate import Gate
from cockpit.domain.gates_of_builds import (
    NO_COVERAGE_LIMIT,
    NO_FLAKY_LIMIT,
    build_gate,
    contract_gates,
    figure_gates,
)
from cockpit.domain.gates_of_custody import custody_gates
from cockpit.domain.gates_of_sources import agent_gate, alerts_gates, fresh_evidence_gate
from cockpit.domain.limits import FigureLimits
from cockpit.domain.verdict import Verdict

STANDS = "approvals"
"""Id of the gate that nobody can set aside: the ledger takes no release in which a change is not approved."""

_NO_GATES = (
    ("servers that are down or failing", "an alert tells of them, and a page stops shipping"),
    ("servers out-of-band", "they warn: the next release may be what mends them"),
    ("servers that report no digest", "nothing says that they run something else; it is shown as not proved"),
    ("alerts below page", "warnings are there to be read; only a page stops shipping"),
    ("failed builds before the newest", "the newest one that came to an end decides"),
    ("features that are not ready", "whether they may wait is for people to say"),
)
"""What never stops a release, and why."""


def judge_gates(evidence: Evidence, now: datetime) -> tuple[Gate, ...]:
    """Return every gate with its verdict at `now`, the most telling first; what nobody configured has no gate.

    Health of servers has no gate of its own: what is wrong with them is an alert, and a page stops shipping. One that
    runs a version nobody released warns, for the next release may be what mends it; one that runs something else under
    a release's name stops shipping. A gate that was set aside is go, and
    says so; the one on approvals stands.
    """
    gates = (
        agent_gate(evidence, now),
        build_gate(evidence),
        *contract_gates(evidence),
        *alerts_gates(evidence, now),
        *custody_gates(evidence, now),
        *_of_people(evidence, now),
        *figure_gates(evidence),
        *_of_commands(evidence, now),
        fresh_evidence_gate(evidence, now),
    )
    return tuple(_set_aside(gate, evidence) for gate in gates)


def not_gates(limits: FigureLimits) -> tuple[tuple[str, str], ...]:
    """Return what deliberately stops no release, each with why."""
    return (*_NO_GATES, *unlimited(limits))


def unlimited(limits: FigureLimits) -> tuple[tuple[str, str], ...]:
    """Return the figures that stop no release because nobody measures or limits them, each with how to change that."""
    figures = [
        ("coverage", limits.coverage_min <= NO_COVERAGE_LIMIT, "coverage_min"),
        ("flaky tests", limits.flaky_max >= NO_FLAKY_LIMIT, "flaky_max"),
    ]
    why = "no report of it is configured under [ci], or no limit is wanted: limits."
    return tuple((what, why + key) for what, is_unlimited, key in figures if is_unlimited)


def overall(gates: Iterable[Gate]) -> Verdict:
    """Return NO_GO if one gate says so, else UNKNOWN if one does not know, else GO; no gates are no answer."""
    verdicts = {gate.verdict for gate in gates}
    if Verdict.NO_GO in verdicts:
        return Verdict.NO_GO
    if Verdict.UNKNOWN in verdicts or not verdicts:
        return Verdict.UNKNOWN
    return Verdict.GO


def _of_people(evidence: Evidence, now: datetime) -> tuple[Gate, ...]:
    if evidence.is_without_ledger:
        return ()
    from cockpit.domain.gates_of_decisions import decided_gates  # a screen without a ledger starts without it

    return decided_gates(evidence, now)


def _of_commands(evidence: Evidence, now: datetime) -> tuple[Gate, ...]:
    if not evidence.commands:
        return ()
    from cockpit.domain.gates_of_commands import command_gates

    return command_gates(evidence, now)


def _set_aside(gate: Gate, evidence: Evidence) -> Gate:
    """The newest word counts; what is go already needs nobody's.

    Nobody sets aside that decisions are not known: the word itself is one of them.
    """
    if gate.verdict is Verdict.GO or gate.gate_id == LEDGER_GATE:
        return gate
    words = [one for one in evidence.gating.overrides if one.gate == gate.gate_id]
    here = [one for one in words if one.environment in ("", evidence.where)]
    if not here:
        return gate
    if gate.gate_id == STANDS:
        said = f"{gate.reason}; set aside by {here[-1].by}, which does not count: no release is cut without them"
        return replace(gate, reason=said)
    return replace(gate, verdict=Verdict.GO, overridden_by=f"{here[-1].by}: {here[-1].reason}")
