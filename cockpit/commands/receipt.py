"""How a command says what has become of a decision."""

import sys

from cockpit.domain.decisions.intent import Fate, Receipt
from cockpit.text import clean

NOT_KNOWN = 3

LOOK_FIRST = "Before you decide again look whether it counts: cockpit ledger"


def tell(receipt: Receipt, done: str) -> int:
    """Say what has become of a decision and return the exit code.

    It is 0 when it counts or is sure to be shared, 3 when nobody knows yet whether it counts, and 1 when it does not.
    `done` says what was decided, as a sentence.
    """
    if receipt.fate is Fate.SHARED:
        sys.stdout.write(f"{clean(done)}\n")
        return 0
    if receipt.fate is Fate.REFUSED:
        return _say("Refused", receipt, 1)
    if receipt.may_be_refused:
        return _say("Not known yet", receipt, NOT_KNOWN, LOOK_FIRST)
    return _say("Kept, and shared when the ledger can be reached", receipt, 0)


def _say(fate: str, receipt: Receipt, code: int, next_step: str = "") -> int:
    out = sys.stderr if code else sys.stdout
    out.write(f"{fate}{f': {clean(receipt.reason)}' if receipt.reason else ''}.\n")
    step = receipt.next_step or next_step
    if step:
        out.write(f"  {clean(step)}\n")
    return code
