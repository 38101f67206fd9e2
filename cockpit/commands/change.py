"""`cockpit change`: what is to be known of a change before it ships."""

import shlex
from argparse import Namespace

from cockpit.bootstrap import decide
from cockpit.commands.at_hand import AtHand, at_hand
from cockpit.commands.chosen import change_named
from cockpit.commands.receipt import tell
from cockpit.commands.wrong_use import WrongUseError
from cockpit.domain.commit import SHORT
from cockpit.domain.decisions.bodies import ChangeRequested


def run(given: Namespace) -> int:
    """Keep what is said of the change; what is not mentioned stays as it was."""
    body = ChangeRequested(
        back_out=given.back_out,
        success=given.success,
        success_command=None if given.success_command is None else _words(given.success_command),
        is_irreversible=None if given.irreversible is None else given.irreversible == "yes",
    )
    if body == ChangeRequested():
        raise WrongUseError("it says nothing of the change", next_step="cockpit change --help")
    commit = _commit(at_hand(given.start), given.change)
    receipt = decide(given.start, "change.request", commit, body)
    return tell(receipt, f"Kept what is said of change {commit[:SHORT]}.")


def _commit(hand: AtHand, name: str) -> str:
    """A change need not be in the candidate yet."""
    if hand.decided.candidate is not None:
        try:
            return change_named(hand.facts(hand.decided.candidate).changes, name).commit
        except WrongUseError:
            if name[:1] in ("#", "!"):
                raise
    return hand.commit_of(name)


def _words(command: str) -> tuple[str, ...]:
    """No shell will read it."""
    try:
        return tuple(shlex.split(command))
    except ValueError as error:
        raise WrongUseError(f"the command cannot be read: {error}", next_step="Close every quote") from error
