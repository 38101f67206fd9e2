"""`cockpit call list|open|keep|rollback|extend|hand`: keep a deployment or roll it back, as a record."""

import json
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from cockpit.bootstrap import decide, decided
from cockpit.commands.ledger_seen import LedgerSeen, ledger_seen
from cockpit.commands.receipt import tell
from cockpit.commands.review_time import review_time
from cockpit.commands.table import aligned
from cockpit.commands.wrong_use import WrongUseError
from cockpit.domain.decisions.bodies import CallMade, CallOpened, CallOwnerChanged, CallVerdict
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.records import DeploymentCallRecord
from cockpit.domain.duties import call_owner_of
from cockpit.domain.open_calls import is_overdue, made_calls, open_calls
from cockpit.text import clean

SCHEMA = "cockpit.calls/1"


def run(given: Namespace) -> int:
    """Do what was asked, by what is decided now; returns the exit code."""
    if given.asked == "list":
        return _list(given, ledger_seen(given.start))
    return _ASKED[given.asked](given, decided(given.start))


def _list(given: Namespace, seen: LedgerSeen) -> int:
    if not seen.is_known:
        nothing = {"schema": SCHEMA, "rows": None}
        return seen.tell_unknown("which deployments have a call", nothing if given.json else None)
    seen.warn()
    known = seen.decided
    now = datetime.now(UTC)
    calls = [*open_calls(known), *made_calls(known)]
    if given.json:
        row = {"schema": SCHEMA, **seen.row, "rows": [_row(call, now) for call in calls]}
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    else:
        lines = aligned(_columns(call, now) for call in calls) if calls else ["No deployment has a call."]
        sys.stdout.write("".join(f"{line}\n" for line in lines))
    return int(any(is_overdue(call, now) for call in calls))


def _open(given: Namespace, known: Decided) -> int:
    environment = given.environment or known.policy.environments[-1]
    owner = given.owner or call_owner_of(known, environment)
    if not owner:
        step = "Name one: --owner PERSON, or for every deployment: cockpit call owner PERSON"
        raise WrongUseError(f"nobody owns the call in {environment}", next_step=step)
    release = given.release or (known.release.version if known.release else "")
    body = CallOpened(environment, release, owner, _deadline(given.deadline), _evidence(given.evidence))
    receipt = decide(given.start, "call.open", given.deployment, body)
    return tell(receipt, f"{owner} is to keep {given.deployment} or roll it back.")


def _keep(given: Namespace, _known: Decided) -> int:
    return _make(given, CallVerdict.KEEP, "is kept")


def _roll_back(given: Namespace, _known: Decided) -> int:
    return _make(given, CallVerdict.ROLL_BACK, "is to be rolled back")


def _extend(given: Namespace, _known: Decided) -> int:
    deadline = _deadline(given.deadline)
    body = CallMade(CallVerdict.EXTEND, given.reason, _evidence(given.evidence), deadline)
    receipt = decide(given.start, "call.make", given.deployment, body)
    return tell(receipt, f"The call on {given.deployment} waits until {_local(deadline)}.")


def _hand(given: Namespace, _known: Decided) -> int:
    body = CallOwnerChanged(given.person, given.reason)
    receipt = decide(given.start, "call.owner", given.deployment, body)
    return tell(receipt, f"{given.person} owns the call on {given.deployment}.")


def _make(given: Namespace, verdict: CallVerdict, done: str) -> int:
    body = CallMade(verdict, given.reason, _evidence(given.evidence))
    return tell(decide(given.start, "call.make", given.deployment, body), f"{given.deployment} {done}: {given.reason}")


def _deadline(typed: str) -> datetime:
    found = review_time(typed.removeprefix("+"), datetime.now(UTC))
    if found is None:
        raise WrongUseError("a call needs a deadline", next_step="Write 30m, 4h, 16:30 or 2026-11-20 16:30")
    return found


def _evidence(given: Sequence[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in given]
    if any(not name or not sign for name, sign, _ in pairs):
        raise WrongUseError("evidence is NAME=VALUE", next_step="For example: --evidence errors=0.2%")
    return {clean(name, 100): clean(value, 500) for name, _, value in pairs}


def _columns(call: DeploymentCallRecord, now: datetime) -> tuple[str, ...]:
    standing = "overdue since" if is_overdue(call, now) else "until"
    when = f"{standing} {_local(call.deadline)}" if call.verdict is None else f"{call.verdict.value} by {call.owner}"
    told = ", ".join(f"{name} {value}" for name, value in call.evidence.items())
    return call.deployment, call.environment, call.release, call.owner, when, call.reason, told


def _row(call: DeploymentCallRecord, now: datetime) -> dict[str, object]:
    return {
        "deployment": call.deployment,
        "environment": call.environment,
        "release": call.release,
        "owner": call.owner,
        "former_owners": list(call.owners),
        "deadline": call.deadline.isoformat(),
        "overdue": is_overdue(call, now),
        "extended": call.extended,
        "verdict": call.verdict.value if call.verdict else None,
        "reason": call.reason,
        "evidence": dict(call.evidence),
    }


def _local(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


_ASKED: dict[str, Callable[[Namespace, Decided], int]] = {
    "open": _open,
    "keep": _keep,
    "rollback": _roll_back,
    "extend": _extend,
    "hand": _hand,
}
