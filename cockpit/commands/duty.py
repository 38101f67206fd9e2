"""`cockpit duty`: who keeps the release branch buildable, and handing that over."""

import json
import sys
from argparse import Namespace
from datetime import UTC, datetime

from cockpit.bootstrap import decide
from cockpit.commands.ledger_seen import LedgerSeen, ledger_seen
from cockpit.commands.receipt import tell
from cockpit.domain.decisions.bodies import DutyHanded
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.records import DutyRecord
from cockpit.domain.duties import duty_of
from cockpit.domain.on_duty import by_rota, turn_at
from cockpit.domain.train_calendar import loops_from
from cockpit.text import clean

NOBODY = 3

SCHEMA = "cockpit.duty/1"


def run(given: Namespace) -> int:
    """Show who is on duty, or hand it over."""
    seen = ledger_seen(given.start)
    return _hand_over(given, seen.decided) if given.asked == "handover" else _show(given, seen)


def _hand_over(given: Namespace, known: Decided) -> int:
    turn = "" if given.for_good else turn_at(known.policy.calendar, datetime.now(UTC))
    receipt = decide(given.start, "duty", "", DutyHanded(given.person, given.note, turn))
    until = f" for {turn}; then the rota goes on" if turn else ""
    return tell(receipt, f"{given.person} is on duty{until}.")


def _show(given: Namespace, seen: LedgerSeen) -> int:
    if not seen.is_known:
        row = {"schema": SCHEMA, "on_duty": None} if given.json else None
        return seen.tell_unknown("who is on duty", row)
    seen.warn()
    known, now = seen.decided, datetime.now(UTC)
    person = duty_of(known, now)
    if given.json:
        sys.stdout.write(json.dumps({**_row(known, person, now), **seen.row}, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("".join(f"{clean(line)}\n" for line in _lines(known, person, now)))
    return 0 if person else NOBODY


def _row(known: Decided, person: str, now: datetime) -> dict[str, object]:
    calendar = known.policy.calendar
    handed = _in_force(known, person, now)
    return {
        "schema": SCHEMA,
        "on_duty": person,
        "turn": turn_at(calendar, now),
        "handed_over_by": handed.by.actor if handed else None,
        "handed_over_at": handed.by.position if handed else None,
        "note": handed.note if handed else "",
        "coming": [{"turn": turn, "person": name} for turn, name in _coming(known, now)],
    }


def _lines(known: Decided, person: str, now: datetime) -> list[str]:
    if not person:
        return ["Nobody is on duty. Hand it to somebody: cockpit duty handover PERSON"]
    handed = _in_force(known, person, now)
    how = f"handed over by {handed.by.actor}" if handed else "by the rota"
    note = f": {handed.note}" if handed and handed.note else ""
    return [f"{person} is on duty, {how}{note}", *(f"{turn}: {name}" for turn, name in _coming(known, now))]


def _in_force(known: Decided, person: str, now: datetime) -> DutyRecord | None:
    """The hand-over by which this person is on duty; None when it is the rota."""
    handed = known.get(DutyRecord)
    in_force = handed and handed.person == person and handed.turn in ("", turn_at(known.policy.calendar, now))
    return handed if in_force else None


def _coming(known: Decided, now: datetime) -> list[tuple[str, str]]:
    """The next turns of the rota, unless the duty was handed over for good."""
    calendar, handed = known.policy.calendar, known.get(DutyRecord)
    if not calendar.rota or (handed and not handed.turn):
        return []
    return [(loop.train, by_rota(calendar, loop.train)) for loop in loops_from(calendar, now, 4)[1:]]
