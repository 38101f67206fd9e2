"""Locks: a scope in which nothing ships until somebody says so."""

from collections.abc import Mapping

from cockpit.domain.decisions.bodies import Locked
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import Event, Refused
from cockpit.domain.decisions.policy import EVERYWHERE
from cockpit.domain.decisions.records import By, LockRecord
from cockpit.domain.decisions.rule import Rule


def _lock(decided: Decided, event: Event, by: By) -> None:
    body: Locked = event.body
    if not body.reason.strip():
        raise Refused("a lock needs a reason")
    environment = event.target.partition("/")[0]
    if event.target != EVERYWHERE and environment not in decided.policy.environments:
        known = ", ".join(decided.policy.environments)
        raise Refused(f"there is no environment {environment}: * or one of {known}")
    former = decided.get(LockRecord, event.target)
    if former is not None and former.by.actor != event.actor:
        raise Refused(f"{former.by.actor} has locked it at {former.by.position}, {former.reason}: unlock it first")
    decided.put(
        event.target,
        LockRecord(
            scope=event.target,
            reason=body.reason,
            is_blocking=body.is_blocking,
            may_ship=body.may_ship,
            link=body.link,
            review_at=body.review_at,
            by=by,
        ),
    )


def _unlock(decided: Decided, event: Event, _by: By) -> None:
    if decided.get(LockRecord, event.target) is None:
        raise Refused(f"{event.target} is not locked")
    decided.remove(LockRecord, event.target)


RULES: Mapping[str, Rule] = {"lock": _lock, "unlock": _unlock}
