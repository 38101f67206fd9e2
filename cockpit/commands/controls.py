"""`cockpit controls`: who acts on the rollouts of an environment, and how that changes hands."""

import json
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from cockpit.bootstrap import decide
from cockpit.commands.ledger_seen import LedgerSeen, ledger_seen
from cockpit.commands.lines import say
from cockpit.commands.receipt import tell
from cockpit.commands.show_rows import moment
from cockpit.commands.table import age
from cockpit.commands.wrong_use import WrongUseError
from cockpit.domain.decisions.bodies import (
    ControlsAccepted,
    ControlsLeft,
    ControlsOffered,
    ControlsRequested,
    ControlsTaken,
    ControlsTakenOver,
)
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.records import ControlsRecord
from cockpit.text import clean

NOBODY = 3

SCHEMA = "cockpit.controls/1"

_DEEDS: Mapping[str, tuple[Callable[[Namespace], object], str]] = {
    "take": (lambda given: ControlsTaken(given.note), "You have the controls of {}."),
    "offer": (
        lambda given: ControlsOffered(given.person, given.note),
        "The controls of {} are offered to {person}, who takes them with: cockpit controls accept",
    ),
    "accept": (lambda _: ControlsAccepted(), "You have the controls of {}."),
    "request": (lambda given: ControlsRequested(given.reason), "The holder sees that you ask for the controls of {}."),
    "takeover": (lambda given: ControlsTakenOver(given.reason), "You have taken over the controls of {}."),
    "leave": (lambda given: ControlsLeft(given.note), "Nobody has the controls of {}."),
}
"""What is asked to the body of its event, and what to say when it counts."""


def run(given: Namespace) -> int:
    """Show who has the controls, or do what was asked."""
    seen = ledger_seen(given.start)
    if given.asked is None and not seen.is_known:
        row = {"schema": SCHEMA, "rows": None} if given.json else None
        return seen.tell_unknown("who has the controls", row)
    known = seen.decided
    environment = _environment(known, given.environment)
    if given.asked is None:
        return _show(given, seen, [environment] if given.environment else list(known.policy.environments))
    body, said = _DEEDS[given.asked]
    receipt = decide(given.start, f"controls.{given.asked}", environment, body(given))
    return tell(receipt, said.format(environment, person=getattr(given, "person", "")))


def _environment(known: Decided, wanted: str) -> str:
    environments = known.policy.environments
    if wanted and wanted not in environments:
        what = f"the policy names no environment {clean(wanted, 80)}"
        raise WrongUseError(what, next_step=f"Environments: {', '.join(environments)}")
    return wanted or environments[-1]


def _show(given: Namespace, seen: LedgerSeen, environments: list[str]) -> int:
    seen.warn()
    held = {environment: seen.decided.get(ControlsRecord, environment) for environment in environments}
    if given.json:
        answer = {"schema": SCHEMA, **seen.row, "rows": [_row(*one) for one in held.items()]}
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    else:
        for environment, controls in held.items():
            say(f"{environment}: {_words(controls, datetime.now(UTC))}")
    last = held[environments[-1]]
    return 0 if last is not None and last.holder else NOBODY


def _row(environment: str, controls: ControlsRecord | None) -> dict[str, object]:
    return {
        "environment": environment,
        "holder": controls.holder if controls else "",
        "token": controls.token if controls else None,
        "at": moment(controls.by.at) if controls else None,
        "offered_to": controls.offered_to if controls else "",
        "requested_by": controls.requested_by if controls else "",
        "request_reason": controls.request_reason if controls else "",
    }


def _words(controls: ControlsRecord | None, now: datetime) -> str:
    if controls is None or not controls.holder:
        return "nobody has the controls"
    words = [f"{controls.holder} has the controls, last change {age(controls.by.at, now)} ago"]
    if controls.offered_to:
        words.append(f"offered to {controls.offered_to}")
    if controls.requested_by:
        reason = f": {controls.request_reason}" if controls.request_reason else ""
        words.append(f"asked for by {controls.requested_by}{reason}")
    return "; ".join(words)
