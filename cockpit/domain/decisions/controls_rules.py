"""The controls: one person at a time acts on the rollouts of an environment, and everybody can see who.

The token changes with the holder alone, so that an offer or a request does not void what the holder does meanwhile.
"""

from collections.abc import Mapping
from dataclasses import replace

from cockpit.domain.decisions.bodies import ControlsOffered, ControlsRequested, ControlsTakenOver
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import Event, Refused
from cockpit.domain.decisions.records import By, ControlsRecord
from cockpit.domain.decisions.rule import Rule


def _take(decided: Decided, event: Event, by: By) -> None:
    _check_environment(decided, event)
    holder = _holder(decided, event)
    if holder:
        raise Refused(f"{holder} has them: ask for them, or take them over with a reason")
    _give(decided, event, by)


def _offer(decided: Decided, event: Event, by: By) -> None:
    body: ControlsOffered = event.body
    controls = _held_by_actor(decided, event)
    if not (decided.policy.open_door or decided.policy.person(body.to)):
        raise Refused(f"{body.to or 'nobody'} is nobody the policy names")
    decided.put(event.target, replace(controls, offered_to=body.to, by=by))


def _accept(decided: Decided, event: Event, by: By) -> None:
    controls = decided.get(ControlsRecord, event.target)
    if controls is None or controls.offered_to != event.actor:
        raise Refused(f"nobody offered them to {event.actor}")
    _give(decided, event, by)


def _request(decided: Decided, event: Event, by: By) -> None:
    body: ControlsRequested = event.body
    controls = decided.get(ControlsRecord, event.target)
    if controls is None or not controls.holder:
        raise Refused("nobody has them: take them")
    if controls.holder == event.actor:
        raise Refused(f"{event.actor} has them")
    decided.put(event.target, replace(controls, requested_by=event.actor, request_reason=body.reason, by=by))


def _take_over(decided: Decided, event: Event, by: By) -> None:
    body: ControlsTakenOver = event.body
    if not body.reason.strip():
        raise Refused("taking over needs a reason")
    _check_environment(decided, event)
    if _holder(decided, event) == event.actor:
        raise Refused(f"{event.actor} has them already")
    _give(decided, event, by)


def _leave(decided: Decided, event: Event, by: By) -> None:
    _held_by_actor(decided, event)
    decided.put(event.target, ControlsRecord(event.target, "", by.position, by))


def _give(decided: Decided, event: Event, by: By) -> None:
    decided.put(event.target, ControlsRecord(event.target, event.actor, by.position, by))


def _holder(decided: Decided, event: Event) -> str:
    controls = decided.get(ControlsRecord, event.target)
    return controls.holder if controls else ""


def _held_by_actor(decided: Decided, event: Event) -> ControlsRecord:
    controls = decided.get(ControlsRecord, event.target)
    if controls is None or controls.holder != event.actor:
        raise Refused(f"{event.actor} does not have them: {_holder(decided, event) or 'nobody'} does")
    return controls


def _check_environment(decided: Decided, event: Event) -> None:
    if event.target not in decided.policy.environments:
        known = ", ".join(decided.policy.environments)
        raise Refused(f"there is no environment {event.target}: one of {known}")


RULES: Mapping[str, Rule] = {
    "controls.take": _take,
    "controls.offer": _offer,
    "controls.accept": _accept,
    "controls.request": _request,
    "controls.takeover": _take_over,
    "controls.leave": _leave,
}
