"""How a ledger begins, is governed and is shortened."""

from collections.abc import Mapping
from dataclasses import replace

from cockpit.domain.decisions.bodies import CheckpointMade, Genesis, PolicySet
from cockpit.domain.decisions.decided import ONE, Decided
from cockpit.domain.decisions.event import Event, ProofKind, Refused
from cockpit.domain.decisions.policy_sense import are_of, why_unfit
from cockpit.domain.decisions.records import By, LedgerRecord, PolicyRecord
from cockpit.domain.decisions.rule import Rule

GENESIS = "genesis"


def _begin(decided: Decided, event: Event, by: By) -> None:
    body: Genesis = event.body
    if by.position != 1 or decided.ledger is not None:
        raise Refused("a ledger begins once", is_alarm=True)
    if not body.administrator:
        raise Refused("a genesis names an administrator", is_alarm=True)
    if not are_of(body.fingerprints, body.keys):
        raise Refused("the fingerprints of a genesis are those of its keys", is_alarm=True)
    if body.fingerprints and by.proof is not ProofKind.KEY:
        raise Refused("a genesis that names keys is signed with one of them", is_alarm=True)
    decided.put(ONE, LedgerRecord(event.event_id, body.project, body.administrator, body.fingerprints, by))


def _govern(decided: Decided, event: Event, by: By) -> None:
    body: PolicySet = event.body
    why = why_unfit(body.policy, decided.ledger)
    if why:
        raise Refused(why)
    decided.put(ONE, PolicyRecord(body.policy, by))
    ledger = decided.ledger
    first = body.policy.person(ledger.administrator) if ledger else None
    if ledger is not None and ledger.vouches and first is not None and first.fingerprints:
        decided.put(ONE, replace(ledger, is_replaced=True))


def _shorten(decided: Decided, event: Event, _by: By) -> None:
    body: CheckpointMade = event.body
    if event.since != decided.checkpoints[-1]:
        raise Refused("another checkpoint was made meanwhile: make it again")
    if body.position != decided.position or body.head != decided.head:
        raise Refused("somebody decided meanwhile: make it again")
    decided.add_checkpoint(event.event_id)


RULES: Mapping[str, Rule] = {GENESIS: _begin, "policy": _govern, "checkpoint": _shorten}
