"""`cockpit ledger checkpoint`: everything decided so far as one event, so that new clones need not read the rest."""

from argparse import Namespace

from cockpit.bootstrap import decide, decided
from cockpit.commands.receipt import tell
from cockpit.commands.wrong_use import WrongUseError
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.intent import Fate, Receipt
from cockpit.ledger.checkpoint import make_checkpoint

TRIES = 5
"""How often it is made anew where somebody decides meanwhile."""

WAIT_S = 30.0
"""A checkpoint of a long ledger is megabytes, to be written and to be pushed."""


def run(given: Namespace) -> int:
    """Make a checkpoint of what is decided now."""
    known = decided(given.start)
    if known.ledger is None:
        raise WrongUseError("there is no ledger yet", next_step="Begin one: cockpit policy apply")
    for _ in range(TRIES):
        receipt = _made(given.start, known)
        known, before = decided(given.start), known.position
        if receipt.fate is not Fate.REFUSED or known.position == before:
            break
    return tell(receipt, f"Checkpoint {receipt.position} covers everything before it: new clones begin there.")


def _made(start: str, known: Decided) -> Receipt:
    return decide(start, "checkpoint", "", make_checkpoint(known), wait_s=WAIT_S)
