"""How a command says what has become of a decision."""

import sys

from cockpit.domain.decisions.intent import Fate, Receipt
from cockpit.text import clean


def tell(receipt: Receipt, done: str) -> int:
    """Say what has become of a decision and return the exit code: 0 when it counts or waits to be shared, else 1.

    `done` says what was decided, as a sentence.
    """
    if receipt.fate is Fate.SHARED:
        sys.stdout.write(f"{clean(done)}\n")
        return 0
    out = sys.stdout if receipt.fate is Fate.QUEUED else sys.stderr
    kept = "Kept, and shared when the ledger can be reached" if receipt.fate is Fate.QUEUED else "Refused"
    out.write(f"{kept}{f': {clean(receipt.reason)}' if receipt.reason else ''}.\n")
    if receipt.next_step:
        out.write(f"  {clean(receipt.next_step)}\n")
    return 0 if receipt.fate is Fate.QUEUED else 1
