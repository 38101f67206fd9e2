"""`cockpit override`: a gate set aside for the candidate, with a reason."""

from argparse import Namespace
from collections.abc import Sequence

from cockpit.bootstrap import decide
from cockpit.commands.at_hand import at_hand
from cockpit.commands.judged import judge
from cockpit.commands.receipt import tell
from cockpit.commands.wrong_use import WrongUseError
from cockpit.config.zones import environments_before
from cockpit.domain.commit import SHORT
from cockpit.domain.decisions.bodies import GateOverridden
from cockpit.domain.decisions.records import ReleaseRecord
from cockpit.domain.gate import Gate
from cockpit.domain.gates import STANDS
from cockpit.domain.rollout.starting import order_gates
from cockpit.text import clean


def run(given: Namespace) -> int:
    """Set one gate aside."""
    hand = at_hand(given.start)
    judged = judge(hand, release=given.release, environment=given.environment, asked_at=None)
    gating = judged.gating
    if not gating.commit:
        raise WrongUseError("there is no candidate", next_step="Name one: cockpit candidate COMMIT")
    release = hand.decided.get(ReleaseRecord, gating.release)
    served = environments_before(hand.settings, hand.decided.policy.environments, judged.environment)
    order = order_gates(hand.decided, release, judged.environment, served) if release else ()
    gate = _named((*judged.gates, *order), given.gate)
    if gate.gate_id == STANDS:
        raise WrongUseError(
            "approvals cannot be set aside: the ledger takes no release in which a change is not approved",
            next_step="See what stands in the way, and every way out: cockpit release plan",
        )
    body = GateOverridden(gate.gate_id, given.reason, given.environment)
    receipt = decide(given.start, "override", gating.commit, body)
    what = f"release {gating.release}" if gating.release else f"candidate {gating.commit[:SHORT]}"
    where = f" in {given.environment}" if given.environment else ""
    return tell(receipt, f"Gate {gate.gate_id} is set aside for {what}{where}: {given.reason}.")


def _named(gates: Sequence[Gate], name: str) -> Gate:
    fitting = [gate for gate in gates if name in (gate.gate_id, gate.gate_id.rpartition(":")[2])]
    exact = [gate for gate in fitting if gate.gate_id == name]
    if len(exact or fitting) == 1:
        return (exact or fitting)[0]
    there = ", ".join(gate.gate_id for gate in fitting or gates)
    what = "may be several" if fitting else "is no gate here"
    raise WrongUseError(f"{clean(name, 80)} {what}", next_step=f"One of: {there}")
