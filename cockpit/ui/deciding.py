"""Puts decisions on their way without holding the screen up, and says what has become of them."""

import asyncio
import threading
from contextlib import suppress

from cockpit.domain.decisions.intent import Fate, Intent, Receipt
from cockpit.errors import CockpitError
from cockpit.ui.context import ScreenContext

LEAVING_WAITS_S = 1.0
"""How long a screen that is left waits for decisions made a moment ago to be on the disk."""

_at_work: set[threading.Thread] = set()


async def decide(context: ScreenContext, intent: Intent) -> Receipt:
    """Return what has become of `intent` some seconds later; whatever went wrong is a refusal that says so."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Receipt] = loop.create_future()

    def work() -> None:
        receipt = _decided(context, intent)
        _at_work.discard(threading.current_thread())
        with suppress(RuntimeError):  # the screen was left meanwhile: its loop is closed
            loop.call_soon_threadsafe(_tell, answer, receipt)

    # A thread of its own, because a pool's thread that still waits would keep a screen from ending.
    thread = threading.Thread(target=work, name="decide", daemon=True)
    _at_work.add(thread)
    thread.start()
    return await answer


def wait_for_the_last() -> None:
    """Give decisions that are being put on the disk the time for it; for a screen that is left."""
    for thread in tuple(_at_work):
        thread.join(LEAVING_WAITS_S)


def words_of(receipt: Receipt, done: str) -> str:
    """Return for people what has become of a decision; `done` says what was decided, without a full stop."""
    if receipt.fate is Fate.SHARED:
        return f"{done}: shared"
    waits = "Not known yet" if receipt.may_be_refused else f"{done}: queued"
    fate = waits if receipt.fate is Fate.QUEUED else "Refused"
    return ". ".join(
        part for part in (f"{fate}: {receipt.reason}" if receipt.reason else fate, receipt.next_step) if part
    )


def _decided(context: ScreenContext, intent: Intent) -> Receipt:
    if context.read_only or context.decide is None:
        return Receipt("", Fate.REFUSED, reason="this screen is read-only")
    try:
        return context.decide(intent)
    except CockpitError as error:
        return Receipt("", Fate.REFUSED, reason=error.what, next_step=error.next_step)
    except Exception as fault:  # noqa: BLE001 - it is told by name, and the screen lives on
        return Receipt("", Fate.REFUSED, reason=f"a fault in cockpit: {type(fault).__name__}: {fault}")


def _tell(answer: "asyncio.Future[Receipt]", receipt: Receipt) -> None:
    if not answer.done():
        answer.set_result(receipt)
