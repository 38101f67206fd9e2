"""`cockpit locks`: every lock in force, with who set it and why."""

import json
import sys
from argparse import Namespace
from collections.abc import Sequence
from datetime import UTC, datetime

from cockpit.commands.ledger_seen import ledger_seen
from cockpit.commands.lines import say
from cockpit.commands.show_rows import moment
from cockpit.commands.table import age, aligned
from cockpit.domain.decisions.records import LockRecord
from cockpit.domain.lock_words import scope_words

SCHEMA = "cockpit.locks/1"


def run(given: Namespace) -> int:
    """Print the locks, those set first before others."""
    seen = ledger_seen(given.start)
    if not seen.is_known:
        return seen.tell_unknown("what is locked", {"schema": SCHEMA, "rows": None} if given.json else None)
    seen.warn()
    locks = sorted(seen.decided.all(LockRecord), key=lambda lock: lock.by.position)
    if given.json:
        answer = {"schema": SCHEMA, **seen.row, "rows": [_row(lock) for lock in locks]}
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    elif locks:
        for line in _lines(locks, datetime.now(UTC)):
            say(line)
    else:
        say("Nothing is locked.")
    return 0


def _row(lock: LockRecord) -> dict[str, object]:
    return {
        "scope": lock.scope,
        "blocking": lock.is_blocking,
        "reason": lock.reason,
        "by": lock.by.actor,
        "position": lock.by.position,
        "at": moment(lock.by.at),
        "may_ship": list(lock.may_ship),
        "link": lock.link,
        "review_at": moment(lock.review_at),
    }


def _lines(locks: Sequence[LockRecord], now: datetime) -> list[str]:
    head = ("SCOPE", "", "BY", "SINCE", "REASON")
    heads, *rows = aligned([head, *(_cells(lock, now) for lock in locks)])
    lines = [heads]
    for lock, row in zip(locks, rows, strict=True):
        lines += [row, *(f"    {said}" for said in _more(lock, now))]
    return lines


def _cells(lock: LockRecord, now: datetime) -> tuple[str, ...]:
    deed = "locked" if lock.is_blocking else "warning"
    return (scope_words(lock.scope), deed, lock.by.actor, f"{age(lock.by.at, now)} ago", lock.reason)


def _more(lock: LockRecord, now: datetime) -> list[str]:
    due = lock.review_at is not None and lock.review_at <= now
    review = f"{lock.review_at.astimezone():%Y-%m-%d %H:%M}" if lock.review_at else ""
    said = (
        f"a hotfix of {', '.join(lock.may_ship)} may pass" if lock.may_ship else "",
        f"{'time to look at it again, since' if due else 'to be looked at again'} {review}" if review else "",
        lock.link,
    )
    return [words for words in said if words]
