"""Keep or roll back: a named owner decides on each deployment, by a deadline and on evidence."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from cockpit.domain.decisions.bodies import CallMade, CallOpened, CallOwnerChanged, CallVerdict
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import Event, Refused
from cockpit.domain.decisions.locking import lock_after_roll_back
from cockpit.domain.decisions.records import By, DeploymentCallRecord
from cockpit.domain.decisions.rights import why_not
from cockpit.domain.decisions.rollout_record import EVERY_SERVER, RolloutRecord
from cockpit.domain.decisions.rollout_rules import order_roll_back
from cockpit.domain.decisions.rule import Rule

_MAKE = "call.make"


def _open(decided: Decided, event: Event, by: By) -> None:
    body: CallOpened = event.body
    if not event.target or not body.owner:
        raise Refused("a call needs a deployment and an owner")
    if decided.get(DeploymentCallRecord, event.target) is not None:
        raise Refused(f"the call on {event.target} was opened before")
    if body.environment not in decided.policy.environments:
        known = ", ".join(decided.policy.environments)
        raise Refused(f"there is no environment {body.environment}: one of {known}")
    _check_there(decided, event, body.environment)
    _check_owner(decided, body.owner, body.environment)
    decided.put(
        event.target,
        DeploymentCallRecord(
            deployment=event.target,
            environment=body.environment,
            release=body.release,
            owner=body.owner,
            deadline=body.deadline,
            opened=by,
            by=by,
            evidence=body.evidence,
        ),
    )


def _make(decided: Decided, event: Event, by: By) -> None:
    body: CallMade = event.body
    call = _waiting(decided, event.target)
    if event.actor != call.owner:
        raise Refused(f"{call.owner} owns this call, not {event.actor}: have it handed over")
    if not body.reason.strip():
        raise Refused("the call needs a reason")
    evidence = body.evidence or call.evidence
    if body.verdict is CallVerdict.EXTEND:
        if body.deadline is None:
            raise Refused("extending needs a new deadline")
        decided.put(
            event.target,
            replace(call, deadline=body.deadline, extended=call.extended + 1, reason=body.reason,
                    evidence=evidence, by=by),
        )  # fmt: skip
        return
    decided.put(
        event.target, replace(call, verdict=body.verdict, reason=body.reason, made=by, evidence=evidence, by=by)
    )
    if body.verdict is CallVerdict.ROLL_BACK:
        _roll_back(decided, call, body.reason, by)


def _roll_back(decided: Decided, call: DeploymentCallRecord, reason: str, by: By) -> None:
    """The call on a rollout has it rolled back; one that cannot be any more is left to people."""
    rollout = decided.get(RolloutRecord, call.deployment)
    if rollout is not None:
        with suppress(Refused):
            order_roll_back(decided, rollout, EVERY_SERVER, reason, by)
    lock_after_roll_back(decided, call.environment, call.deployment, reason, by)


def _hand(decided: Decided, event: Event, by: By) -> None:
    body: CallOwnerChanged = event.body
    call = _waiting(decided, event.target)
    if not body.to or body.to == call.owner:
        raise Refused(f"{call.owner} owns it already")
    _check_there(decided, event, call.environment)
    _check_owner(decided, body.to, call.environment)
    decided.put(event.target, replace(call, owner=body.to, owners=(*call.owners, call.owner), by=by))


def _check_there(decided: Decided, event: Event, environment: str) -> None:
    """The deployment, and not the event's target alone, says in which environment the actor needs a role."""
    reason = why_not(decided, event.actor, event.kind, environment)
    if reason:
        raise Refused(reason)


def _check_owner(decided: Decided, owner: str, environment: str) -> None:
    """Whoever could not make the call would leave the deployment without anybody to decide."""
    reason = why_not(decided, owner, _MAKE, environment)
    if reason:
        raise Refused(f"{owner} could not make the call: {reason}")


def _waiting(decided: Decided, deployment: str) -> DeploymentCallRecord:
    call = decided.get(DeploymentCallRecord, deployment)
    if call is None:
        raise Refused(f"there is no call on {deployment}")
    if call.verdict is not None and call.made is not None:
        raise Refused(f"{call.made.actor} decided it at {call.made.position}: {call.verdict.value}")
    return call


RULES: Mapping[str, Rule] = {"call.open": _open, _MAKE: _make, "call.owner": _hand}
