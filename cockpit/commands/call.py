"""`cockpit call owner`: who owns the call to keep a deployment or roll it back."""

import json
import sys
from argparse import Namespace

from cockpit.bootstrap import decide, decided
from cockpit.commands.receipt import tell
from cockpit.commands.table import aligned
from cockpit.commands.wrong_use import WrongUseError
from cockpit.domain.decisions.bodies import CallHanded
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.duties import call_owner_of
from cockpit.text import clean

NOBODY = 3


def run(given: Namespace) -> int:
    """Show who owns the call, or hand it over."""
    known = decided(given.start)
    environments = known.policy.environments
    if given.environment and given.environment not in environments:
        what = f"the policy names no environment {clean(given.environment, 80)}"
        raise WrongUseError(what, next_step=f"Environments: {', '.join(environments)}")
    if given.person:
        environment = given.environment or environments[-1]
        receipt = decide(given.start, "call", environment, CallHanded(given.person, given.note))
        return tell(receipt, f"{given.person} owns the call in {environment}.")
    return _show(given, known, [given.environment] if given.environment else list(environments))


def _show(given: Namespace, known: Decided, environments: list[str]) -> int:
    owners = {environment: call_owner_of(known, environment) for environment in environments}
    if given.json:
        row = {"schema": "cockpit.call-owners/1", "owners": owners}
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    else:
        rows = aligned((environment, owner or "nobody") for environment, owner in owners.items())
        sys.stdout.write("".join(f"{row}\n" for row in rows))
    return 0 if owners[environments[-1]] else NOBODY
