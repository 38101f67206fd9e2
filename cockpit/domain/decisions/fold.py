"""Makes one truth of the chain: each event judged by what was decided before it, in every clone alike."""

from typing import NoReturn

from cockpit.domain.decisions import (
    call_rules,
    candidate_rules,
    controls_rules,
    feature_rules,
    ledger_rules,
    lock_rules,
    note_rules,
    rollout_rules,
    train_rules,
)
from cockpit.domain.decisions.bodies import KINDS
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import (
    FORMAT,
    JUNK,
    UNSIGNED,
    Event,
    EventClass,
    Outcome,
    Placed,
    ProofKind,
    Refused,
)
from cockpit.domain.decisions.expecting import check_expect
from cockpit.domain.decisions.not_understood import not_understood
from cockpit.domain.decisions.record_key import key_of
from cockpit.domain.decisions.records import By, UnknownRecord
from cockpit.domain.decisions.rights import check_rights, prove
from cockpit.domain.decisions.rule import Rule

RULES: dict[str, Rule] = {
    **ledger_rules.RULES,
    **train_rules.RULES,
    **feature_rules.RULES,
    **candidate_rules.RULES,
    **lock_rules.RULES,
    **controls_rules.RULES,
    **call_rules.RULES,
    **note_rules.RULES,
    **rollout_rules.RULES,
}
"""Kind to what it does."""

_KNOWN = {kind: (known.body, known.event_class, RULES[kind]) for kind, known in KINDS.items()}
"""Kind to what an event of it says, its class, and what it does."""

_CLAIMED, _CONDITIONAL = ProofKind.CLAIMED, EventClass.CONDITIONAL
"""Asked for with every event: to find a member of an enum takes Python five times as long as a name."""

_COUNTS = Outcome(is_effective=True)
"""What comes of almost every event of those whom nobody proves."""


def fold(decided: Decided, placed: Placed) -> Outcome:
    """Take one more event into `decided` and return what came of it; a void one changes nothing but the place."""
    proof, event = _CLAIMED, placed.event
    try:
        _check_identity(decided, event)
        if placed.signature is not UNSIGNED:
            proof = prove(decided, event, placed.signature)
        if event.version != FORMAT or event.kind not in _KNOWN:
            _keep_unknown(decided, placed, proof)
        _apply(decided, placed, proof)
        outcome = _COUNTS if proof is _CLAIMED else Outcome(is_effective=True, proof=proof)
    except Refused as refused:
        outcome = Outcome(is_effective=False, reason=refused.reason, is_alarm=refused.is_alarm, proof=proof)
    decided.move_on(placed)
    return outcome


def fold_if_good(decided: Decided, placed: Placed) -> Outcome:
    """Take the event in if it counts; raises Refused otherwise, and then nothing has changed."""
    event = placed.event
    if event.version != FORMAT or event.kind not in KINDS:
        raise Refused(f"this version does not understand {event.kind}")
    is_conditional = KINDS[event.kind].event_class is EventClass.CONDITIONAL
    unknown = next(not_understood(decided), None) if is_conditional else None
    if unknown is not None:
        raise Refused(
            f"{unknown.by.actor} decided {unknown.kind} at {unknown.by.position}, and only a newer cockpit knows what",
            next_step=f"Install a newer one; or, if it is nothing: cockpit ledger acknowledge {unknown.by.position}",
        )
    _check_identity(decided, event)
    proof = prove(decided, event, placed.signature)
    _apply(decided, placed, proof)
    decided.move_on(placed)
    return Outcome(is_effective=True, proof=proof)


def _apply(decided: Decided, placed: Placed, proof: ProofKind) -> None:
    event = placed.event
    body, event_class, rule = _KNOWN[event.kind]
    if not isinstance(event.body, body):
        raise Refused("it does not say what an event of its kind says", is_alarm=True)
    if event.kind != ledger_rules.GENESIS:
        check_rights(decided, event, event_class, proof)
    if event_class is _CONDITIONAL:
        check_expect(decided, event)
    rule(decided, event, By(event.actor, placed.position, event.at, proof))


def _check_identity(decided: Decided, event: Event) -> None:
    if event.kind == JUNK:
        raise Refused(f"no event: {event.body['why']}", is_alarm=True)
    ledger = decided.ledger
    if ledger is None and event.kind != ledger_rules.GENESIS:
        raise Refused("the ledger does not begin with its genesis", is_alarm=True)
    if ledger is not None and event.ledger != ledger.ledger:
        raise Refused("it belongs to another ledger", is_alarm=True)
    former = decided.place_of(event.event_id)
    if former:
        raise Refused(f"the same event stands at {former}")
    if event.since not in decided.checkpoints:
        raise Refused("it was made before the last two checkpoints: decide it again")


def _keep_unknown(decided: Decided, placed: Placed, proof: ProofKind) -> NoReturn:
    event = placed.event
    check_rights(decided, event, EventClass.CONDITIONAL, proof)
    by = By(event.actor, placed.position, event.at, proof)
    record = UnknownRecord(event.kind, event.version, by, placed.commit_id)
    decided.put(key_of(event.kind, str(event.version)), record)
    raise Refused(
        f"this version does not understand {event.kind} of format {event.version}: install a newer cockpit",
        is_alarm=True,
    )
