"""Trains begin, are cut off and end by events that name them; the calendar only says when it is time."""

from collections.abc import Mapping
from dataclasses import replace

from cockpit.domain.decisions.bodies import CallHanded, DutyHanded, TrainClosed, TrainCutOff
from cockpit.domain.decisions.candidate_rules import is_commit, name_candidate
from cockpit.domain.decisions.decided import ONE, Decided
from cockpit.domain.decisions.event import Event, Refused
from cockpit.domain.decisions.records import By, CallOwnerRecord, DutyRecord, TrainRecord
from cockpit.domain.decisions.rule import Rule

AT_ONCE = 2
"""Trains that may be open at a time: this one, and the next that leads already vote for."""


def _open(decided: Decided, event: Event, by: By) -> None:
    if not event.target:
        raise Refused("a train needs an id")
    if decided.get(TrainRecord, event.target) is not None:
        raise Refused(f"train {event.target} was opened before")
    if len(decided.open_trains) >= AT_ONCE:
        names = ", ".join(sorted(train.train for train in decided.open_trains))
        raise Refused(f"close one of {names} first")
    decided.put(event.target, TrainRecord(event.target, by))


def _cut_off(decided: Decided, event: Event, by: By) -> None:
    body: TrainCutOff = event.body
    train = _running(decided, event.target)
    if not is_commit(body.commit):
        raise Refused("a cut-off names a commit by its full id")
    name_candidate(decided, body.commit, by, base=body.base, train=event.target, is_hotfix=False, reason="")
    decided.put(event.target, replace(train, candidate=body.commit, cut_off=by))


def _close(decided: Decided, event: Event, by: By) -> None:
    body: TrainClosed = event.body
    decided.put(event.target, replace(_running(decided, event.target), closed=by, reason=body.reason))


def _running(decided: Decided, train: str) -> TrainRecord:
    found = decided.get(TrainRecord, train)
    if found is None:
        raise Refused(f"train {train} is not known")
    if found.closed is not None:
        raise Refused(f"train {train} was closed by {found.closed.actor} at {found.closed.position}")
    return found


def _hand_duty(decided: Decided, event: Event, by: By) -> None:
    body: DutyHanded = event.body
    _check_person(decided, body.to)
    decided.put(ONE, DutyRecord(body.to, by, body.note, body.turn))


def _hand_call(decided: Decided, event: Event, by: By) -> None:
    body: CallHanded = event.body
    _check_person(decided, body.to)
    decided.put(event.target, CallOwnerRecord(event.target, body.to, by, body.note))


def _check_person(decided: Decided, person: str) -> None:
    if not person or not (decided.policy.open_door or decided.policy.person(person)):
        raise Refused(f"{person or 'nobody'} is nobody the policy names")


RULES: Mapping[str, Rule] = {
    "train.open": _open,
    "train.cutoff": _cut_off,
    "train.close": _close,
    "duty": _hand_duty,
    "call": _hand_call,
}
