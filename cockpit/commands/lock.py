"""`cockpit lock`: nothing ships in a scope until somebody says so."""

from argparse import Namespace
from datetime import UTC, datetime

from cockpit.bootstrap import decide, decided
from cockpit.commands.receipt import tell
from cockpit.commands.review_time import review_time
from cockpit.commands.wrong_use import WrongUseError
from cockpit.domain.decisions.bodies import Locked
from cockpit.domain.decisions.policy import EVERYWHERE, Policy, Role
from cockpit.domain.lock_words import scope_words
from cockpit.domain.typed import unlock_command
from cockpit.text import clean


def run(given: Namespace) -> int:
    """Lock one scope."""
    review_at = review_time(given.review, datetime.now(UTC))
    known = decided(given.start)
    may_ship = tuple(_who(known.policy, name) for name in given.allow)
    body = Locked(given.reason, is_blocking=not given.warn, may_ship=may_ship, link=given.link, review_at=review_at)
    receipt = decide(given.start, "lock", given.scope, body)
    deed = "under a warning" if given.warn else "locked"
    scope = scope_words(given.scope)
    return tell(
        receipt, f"{scope[0].upper()}{scope[1:]} is {deed}: {given.reason}. Free it with: {unlocking(given.scope)}"
    )


def unlocking(scope: str) -> str:
    """Return the command that frees a scope, for a shell."""
    return "cockpit unlock" if scope == EVERYWHERE else unlock_command(scope)


def _who(policy: Policy, name: str) -> str:
    """Return a person's id or the name of a role, which may be typed with a hyphen."""
    role = name.replace("-", " ")
    if role in [one.value for one in Role]:
        return role
    if policy.open_door or policy.person(name) is not None:
        return name
    people = ", ".join(person.person_id for person in policy.people)
    raise WrongUseError(f"{clean(name, 80)} is nobody the policy names", next_step=f"A role, or one of: {people}")
