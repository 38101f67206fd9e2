"""The gates on what people decided of the candidate: approvals, sign-offs, artefacts."""

from collections.abc import Mapping

from cockpit.domain.commit import SHORT
from cockpit.domain.counts import counted
from cockpit.domain.decisions.gating_now import SignOffNow
from cockpit.domain.decisions.policy import Role
from cockpit.domain.evidence import Evidence
from cockpit.domain.gate import Gate
from cockpit.domain.shipping_facts import ShippingFacts
from cockpit.domain.typed import sign_off_command
from cockpit.domain.verdict import Verdict
from cockpit.domain.who_can import who_can

SIGN_OFF = "sign-off:"
"""How the ids of gates on sign-offs begin."""

_SIGNERS: Mapping[str, tuple[Role, ...]] = {"security": (Role.SECURITY, Role.ADMINISTRATOR)}


def approvals_gates(evidence: Evidence) -> tuple[Gate, ...]:
    """Judge whether every change of the candidate may ship; no gate without a candidate."""
    gating, shipping = evidence.gating, evidence.shipping
    if not gating.commit:
        return ()
    step = "See each: cockpit release plan"
    if gating.release:
        verdict, reason, step = Verdict.GO, f"settled when {gating.release} was cut", ""
    elif shipping is None or shipping.commit != gating.commit:
        verdict, reason = Verdict.UNKNOWN, f"the changes of candidate {gating.commit[:SHORT]} are not known yet"
    elif shipping.incomplete:
        verdict, reason = Verdict.UNKNOWN, f"not all of its changes are known: {shipping.incomplete}"
    elif shipping.in_the_way:
        verdict, reason = Verdict.NO_GO, f"{shipping.in_the_way[0]}{_more_of(shipping)}"
    else:
        counts = f"{shipping.approved} approved, {shipping.fast_lane} fast lane, {shipping.inactive} inactive"
        verdict, reason, step = Verdict.GO, f"{counted(shipping.ships, 'change')} to ship: {counts}", ""
    who = who_can(gating, Role.STAKEHOLDER, Role.RELEASE_OWNER)
    return (_of_ledger("approvals", "approvals complete", verdict, reason, who, step, evidence),)


def _more_of(shipping: ShippingFacts) -> str:
    """The one that is named is declined, where any is."""
    if shipping.obstacles < 2:
        return ""
    declined = f", {shipping.declined - 1} of them declined" if shipping.declined > 1 else ""
    return f"; and {shipping.obstacles - 1} more{declined}"


def sign_off_gates(evidence: Evidence) -> tuple[Gate, ...]:
    """Judge every sign-off the policy asks for, and those that nobody asked for and that are not good."""
    gating = evidence.gating
    if not gating.commit:
        return ()
    given = {one.what: one for one in gating.sign_offs}
    unasked = [what for what, one in given.items() if not one.is_good and what not in gating.sign_offs_wanted]
    return tuple(_sign_off(what, given.get(what), evidence) for what in (*gating.sign_offs_wanted, *unasked))


def artefact_gates(evidence: Evidence) -> tuple[Gate, ...]:
    """Judge whether a release has recorded what it consists of; no gate before it is cut, or where none is asked."""
    gating = evidence.gating
    if not gating.release or not gating.artefacts_wanted:
        return ()
    missing = [name for name in gating.artefacts_wanted if name not in gating.artefacts]
    if missing:
        verdict, reason = Verdict.NO_GO, f"no digest recorded of {', '.join(missing)}"
        step = "Cut a release that names it: cockpit release cut VERSION --digest NAME=sha256:…"
    else:
        verdict, reason, step = Verdict.GO, f"{counted(len(gating.artefacts_wanted), 'digest')} recorded", ""
    who = who_can(gating, Role.RELEASE_OWNER, Role.ADMINISTRATOR)
    return (_of_ledger("artefact", "artefacts recorded", verdict, reason, who, step, evidence),)


def _sign_off(what: str, given: SignOffNow | None, evidence: Evidence) -> Gate:
    step = f"Look at it, then: {sign_off_command(what, has_points=what in evidence.gating.checklists)}"
    if given is None:
        verdict, reason = Verdict.NO_GO, f"nobody has signed off {what}"
    elif given.is_good:
        verdict, reason, step = Verdict.GO, f"signed off by {given.by}", ""
    else:
        verdict, reason = Verdict.NO_GO, f"{given.by} says it is not well" + (f": {given.note}" if given.note else "")
    who = who_can(evidence.gating, *_SIGNERS.get(what, (Role.ENGINEER, Role.ON_DUTY, Role.RELEASE_OWNER)))
    return _of_ledger(f"{SIGN_OFF}{what}", f"{what} signed off", verdict, reason, who, step, evidence)


def _of_ledger(gate_id: str, title: str, verdict: Verdict, reason: str, who: str, step: str, of: Evidence) -> Gate:
    return Gate(gate_id, title, verdict, reason, "ledger", of.standing.ledger.synced_at, who, step)
