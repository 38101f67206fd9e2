"""`cockpit call owner`: who owns the call to keep a deployment or roll it back."""

import json
import sys
from argparse import Namespace

from cockpit.bootstrap import decide
from cockpit.commands.ledger_seen import LedgerSeen, ledger_seen
from cockpit.commands.receipt import tell
from cockpit.commands.table import aligned
from cockpit.commands.wrong_use import WrongUseError
from cockpit.domain.decisions.bodies import CallHanded
from cockpit.domain.duties import call_owner_of
from cockpit.text import clean

NOBODY = 3

SCHEMA = "cockpit.call-owners/1"


def run(given: Namespace) -> int:
    """Show who owns the call, or hand it over."""
    seen = ledger_seen(given.start)
    if not given.person and not seen.is_known:
        row = {"schema": SCHEMA, "owners": None} if given.json else None
        return seen.tell_unknown("who owns the call", row)
    known = seen.decided
    environments = known.policy.environments
    if given.environment and given.environment not in environments:
        what = f"the policy names no environment {clean(given.environment, 80)}"
        raise WrongUseError(what, next_step=f"Environments: {', '.join(environments)}")
    if given.person:
        environment = given.environment or environments[-1]
        receipt = decide(given.start, "call", environment, CallHanded(given.person, given.note))
        return tell(receipt, f"{given.person} owns the call in {environment}.")
    return _show(given, seen, [given.environment] if given.environment else list(environments))


def _show(given: Namespace, seen: LedgerSeen, environments: list[str]) -> int:
    seen.warn()
    owners = {environment: call_owner_of(seen.decided, environment) for environment in environments}
    if given.json:
        row = {"schema": SCHEMA, **seen.row, "owners": owners}
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    else:
        rows = aligned((environment, owner or "nobody") for environment, owner in owners.items())
        sys.stdout.write("".join(f"{row}\n" for row in rows))
    return 0 if owners[environments[-1]] else NOBODY
