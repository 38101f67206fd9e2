"""Keep or roll back: a named owner decides on each deployment, by a deadline and on evidence."""

from collections.abc import Mapping
from dataclasses import replace

from cockpit.domain.decisions.bodies import CallMade, CallOpened, CallOwnerChanged, CallVerdict
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import Event, Refused
from cockpit.domain.decisions.records import By, DeploymentCallRecord
from cockpit.domain.decisions.rule import Rule


def _open(decided: Decided, event: Event, by: By) -> None:
    body: CallOpened = event.body
    if not event.target or not body.owner:
        raise Refused("a call needs a deployment and an owner")
    if decided.get(DeploymentCallRecord, event.target) is not None:
        raise Refused(f"the call on {event.target} was opened before")
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
    if not body.reason:
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


def _hand(decided: Decided, event: Event, by: By) -> None:
    body: CallOwnerChanged = event.body
    call = _waiting(decided, event.target)
    if not body.to or body.to == call.owner:
        raise Refused(f"{call.owner} owns it already")
    decided.put(event.target, replace(call, owner=body.to, owners=(*call.owners, call.owner), by=by))


def _waiting(decided: Decided, deployment: str) -> DeploymentCallRecord:
    call = decided.get(DeploymentCallRecord, deployment)
    if call is None:
        raise Refused(f"there is no call on {deployment}")
    if call.verdict is not None and call.made is not None:
        raise Refused(f"{call.made.actor} decided it at {call.made.position}: {call.verdict.value}")
    return call


RULES: Mapping[str, Rule] = {"call.open": _open, "call.make": _make, "call.owner": _hand}
