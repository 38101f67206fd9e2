"""`cockpit unlock`: a scope is free again."""

from argparse import Namespace

from cockpit.bootstrap import decide, decided
from cockpit.commands.receipt import tell
from cockpit.commands.wrong_use import WrongUseError
from cockpit.domain.decisions.bodies import Unlocked
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.records import LockRecord
from cockpit.domain.lock_words import scope_words
from cockpit.text import clean


def run(given: Namespace) -> int:
    """Free one scope."""
    scope = _scope(decided(given.start), given.scope)
    receipt = decide(given.start, "unlock", scope, Unlocked(given.reason))
    words = scope_words(scope)
    return tell(receipt, f"{words[0].upper()}{words[1:]} is free again.")


def _scope(known: Decided, wanted: str) -> str:
    """Return the scope that is meant; without a name there has to be one lock alone."""
    there = [lock.scope for lock in known.all(LockRecord)]
    if wanted in there:
        return wanted
    if not wanted and len(there) == 1:
        return there[0]
    what = f"{clean(wanted, 80)} is not locked" if wanted else "it does not say which lock"
    if not there:
        raise WrongUseError("nothing is locked", next_step="See the locks: cockpit locks")
    raise WrongUseError(what, next_step=f"Locked: {', '.join(there)}")
