"""How the trains stand, as programs read it."""

from datetime import datetime

from cockpit.domain.decisions.records import By, TrainRecord
from cockpit.domain.train_calendar import Loop
from cockpit.domain.train_needs import Need
from cockpit.domain.train_outlook import TrainOutlook
from cockpit.domain.train_window import next_change

SCHEMA = "cockpit.train/1"

Row = dict[str, object]


def train_row(outlook: TrainOutlook | None, now: datetime) -> Row:
    """Return the answer to `cockpit train --json`; moments are ISO 8601 in UTC."""
    if outlook is None:
        return {"schema": SCHEMA, "cadence": None}
    window = outlook.window
    return {
        "schema": SCHEMA,
        "cadence": outlook.calendar.cadence.value,
        "time_zone": outlook.calendar.time_zone,
        "trouble": outlook.trouble,
        "train": outlook.train,
        "phase": outlook.phase.value,
        "next_change": _at(next_change(outlook.calendar, now)),
        "window": {
            "open": window.is_open,
            "reason": window.reason,
            "until": _at(window.until),
            "opens_at": _at(window.opens_at),
        },
        "loops": [_loop_row(loop) for loop in outlook.loops],
        "trains": [_record_row(train) for train in outlook.opened],
        "needs": [_need_row(need) for need in outlook.needs],
        "on_duty": outlook.on_duty,
        "next_on_duty": outlook.next_on_duty,
        "environment": outlook.environment,
        "call_owner": outlook.call_owner,
    }


def _loop_row(loop: Loop) -> Row:
    names = ("began", "showcase", "cutoff", "harden", "opens", "closes")
    return {"train": loop.train, **{name: _at(getattr(loop, name)) for name in names}}


def _record_row(train: TrainRecord) -> Row:
    return {
        "train": train.train,
        "opened": _by(train.opened),
        "cut_off": _by(train.cut_off),
        "candidate": train.candidate,
        "release": train.release,
        "closed": _by(train.closed),
        "reason": train.reason,
    }


def _need_row(need: Need) -> Row:
    return {
        "phase": need.phase.value,
        "what": need.what,
        "who": list(need.who),
        "next_step": need.next_step,
        "due_at": _at(need.due_at),
    }


def _by(by: By | None) -> Row | None:
    return {"actor": by.actor, "position": by.position, "at": _at(by.at)} if by else None


def _at(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
