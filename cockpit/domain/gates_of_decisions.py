"""The gates on what people decided: the ledger itself, then when, what and who."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from cockpit.domain.counts import counted
from cockpit.domain.decisions.policy import LEDGER_GATE, Role
from cockpit.domain.decisions.standing import LedgerHealth, LedgerState
from cockpit.domain.evidence import Evidence
from cockpit.domain.gate import Gate
from cockpit.domain.gates_of_candidate import approvals_gates, artefact_gates, sign_off_gates
from cockpit.domain.gates_of_train import freeze_gates, lock_gate, people_gates, window_gates
from cockpit.domain.verdict import Verdict
from cockpit.domain.who_can import who_can

_LEDGER: Mapping[LedgerHealth, tuple[Verdict, str]] = {
    LedgerHealth.NONE: (Verdict.UNKNOWN, "it is not known yet"),
    LedgerHealth.SHARED: (Verdict.GO, "shared, {} decided"),
    LedgerHealth.LOCAL: (Verdict.GO, "kept on this machine alone, {} decided"),
    LedgerHealth.UNREACHABLE: (
        Verdict.UNKNOWN,
        "no answer in time from the remote, newer decisions may be missing here",
    ),
    LedgerHealth.FROZEN: (Verdict.NO_GO, "frozen"),
}


def decided_gates(evidence: Evidence, now: datetime) -> tuple[Gate, ...]:
    """Judge everything that people decide; where none of it could be read, that it is not known."""
    if evidence.standing.gating is None:
        return (_absent(evidence) if evidence.has_no_ledger else _ledger(evidence),)
    return (
        _ledger(evidence),
        lock_gate(evidence, now),
        *freeze_gates(evidence, now),
        *window_gates(evidence, now),
        *approvals_gates(evidence),
        *sign_off_gates(evidence),
        *people_gates(evidence),
        *artefact_gates(evidence),
    )


def _ledger(evidence: Evidence) -> Gate:
    ledger = evidence.standing.ledger
    verdict, said = _LEDGER[ledger.health]
    if verdict is Verdict.GO and ledger.not_understood:
        return _not_understood(evidence)
    reason = said.format(counted(ledger.position, "event")) if verdict is Verdict.GO else _why(said, ledger)
    step = "" if verdict is Verdict.GO else ledger.next_step or "See how it stands: cockpit ledger verify"
    who = who_can(evidence.gating, Role.ADMINISTRATOR)
    return Gate(LEDGER_GATE, "decisions known", verdict, reason, "ledger", ledger.synced_at, who, step)


def _not_understood(evidence: Evidence) -> Gate:
    ledger = evidence.standing.ledger
    reason = f"{counted(ledger.not_understood, 'kind')} of decision only a newer cockpit understands"
    step = "Install a newer one; if it is nothing: cockpit ledger verify, then cockpit ledger acknowledge EVENT"
    who = who_can(evidence.gating, Role.SECURITY, Role.ON_DUTY, Role.RELEASE_OWNER, Role.ADMINISTRATOR)
    return Gate(LEDGER_GATE, "decisions known", Verdict.UNKNOWN, reason, "ledger", ledger.synced_at, who, step)


def _absent(evidence: Evidence) -> Gate:
    """A branch that somebody deleted looks to a machine that never saw it like one that nobody has begun."""
    reason = f"cockpit.toml names {evidence.ledger_wanted_for}, and no ledger is there: was it deleted?"
    return replace(_ledger(evidence), reason=reason, next_step="If there was none, begin one: cockpit policy apply")


def _why(said: str, ledger: LedgerState) -> str:
    return f"{said}: {ledger.reason}" if ledger.reason else said
