"""Two ways out of a frozen ledger, both somebody's own word: take the chain for what it is now, or put it back."""

from pathlib import Path

from cockpit.errors import LedgerError
from cockpit.ledger.chain import Chain, PushAnswer
from cockpit.ledger.pin import Pin, read_pin, write_pin
from cockpit.ledger.verifying import ask_head

LEAST_DIGITS = 7


def accept_head(chain: Chain, pin_path: Path, place: str, named: str) -> str:
    """Take the remote's head, `named` by the beginning of its id, for good, and return it whole.

    What this machine saw before counts no more: everything is folded anew. Raises LedgerError when the remote has
    another head, and GitError.
    """
    head = ask_head(chain)
    if len(named) < LEAST_DIGITS or not head.startswith(named):
        found = f"it is at {head}" if head else "it has no ledger"
        raise LedgerError(
            f"this is not the remote's head: {found}",
            where=place,
            next_step="Look what it holds, and name it whole: cockpit ledger verify",
        )
    pin = read_pin(pin_path, place)
    write_pin(pin_path, Pin(place, pin.ledger if pin else "", head, 0))
    return head


def put_back(chain: Chain, pin_path: Path, place: str) -> str:
    """Put the head that this machine saw last back where the remote lost its branch, and return it.

    Raises LedgerError when the remote has a ledger or this machine has none, and GitError.
    """
    pin = read_pin(pin_path, place)
    head = ask_head(chain)
    if head:
        raise LedgerError(
            f"the remote has a ledger, at {head}", where=place, next_step="See what is wrong: cockpit ledger verify"
        )
    if pin is None or not chain.holds(pin.head):
        raise LedgerError(
            "this machine has no chain to put back", where=place, next_step="Ask a colleague whose machine has it"
        )
    if chain.push("", pin.head) is not PushAnswer.ACCEPTED:
        raise LedgerError(
            "the remote did not take it", where=place, next_step="See how it stands: cockpit ledger verify"
        )
    return pin.head
