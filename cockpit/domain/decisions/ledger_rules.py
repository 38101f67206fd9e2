"""How a ledger begins, is governed and is shortened."""

from collections.abc import Mapping

from cockpit.domain.decisions.bodies import CheckpointMade, Genesis, PolicySet
from cockpit.domain.decisions.decided import ONE, Decided
from cockpit.domain.decisions.event import Event, Refused
from cockpit.domain.decisions.policy import Role
from cockpit.domain.decisions.records import By, LedgerRecord, PolicyRecord
from cockpit.domain.decisions.rule import Rule

GENESIS = "genesis"


def _begin(decided: Decided, event: Event, by: By) -> None:
    body: Genesis = event.body
    if by.position != 1 or decided.ledger is not None:
        raise Refused("a ledger begins once", is_alarm=True)
    if not body.administrator:
        raise Refused("a genesis names an administrator", is_alarm=True)
    decided.put(ONE, LedgerRecord(event.event_id, body.project, body.administrator, body.fingerprints, by))


def _govern(decided: Decided, event: Event, by: By) -> None:
    body: PolicySet = event.body
    ids = [person.person_id for person in body.policy.people]
    if len(set(ids)) != len(ids):
        raise Refused("a policy names each person once")
    keys = [fingerprint for person in body.policy.people for fingerprint in person.fingerprints]
    keys += [fingerprint for station in body.policy.stations for fingerprint in station.fingerprints]
    if len(set(keys)) != len(keys):
        raise Refused("a policy gives each key to one person or station")
    if body.policy.people and not body.policy.with_role(Role.ADMINISTRATOR):
        raise Refused("a policy names an administrator, or nobody could change it")
    if not body.policy.environments:
        raise Refused("a policy names an environment")
    decided.put(ONE, PolicyRecord(body.policy, by))


def _shorten(decided: Decided, event: Event, _by: By) -> None:
    body: CheckpointMade = event.body
    if body.position != decided.position or body.head != decided.head:
        raise Refused("somebody decided meanwhile: make it again")
    decided.add_checkpoint(event.event_id)


RULES: Mapping[str, Rule] = {GENESIS: _begin, "policy": _govern, "checkpoint": _shorten}
