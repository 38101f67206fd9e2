"""One round of the ledger without an agent, or through the one at work."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cockpit.agent.lock import take_lock
from cockpit.agent.taking_back import waited_for
from cockpit.cache.store import Cache, open_cache
from cockpit.config.places import Places
from cockpit.domain.decisions.intent import Receipt
from cockpit.domain.decisions.standing import LedgerState
from cockpit.ledger.deciding import await_receipt, is_final
from cockpit.ledger.keeper import LedgerKeeper
from cockpit.ledger.spool import Spool

MODE = "decide"

LOOK_EVERY_S = 0.2

KeeperOf = Callable[[Cache], LedgerKeeper]


@contextmanager
def stopped_after(keeper: LedgerKeeper, within_s: float | None = None) -> Iterator[None]:
    """End whatever git runs for the ledger when the block ends, and after `within_s` seconds in any case."""
    timer = threading.Timer(within_s, keeper.stop) if within_s is not None else None
    if timer is not None:
        timer.daemon = True
        timer.start()
    try:
        yield
    finally:
        if timer is not None:
            timer.cancel()
        keeper.stop()


def bring_home(places: Places, keeper_of: KeeperOf, event_id: str, wait_s: float) -> Receipt:
    """Return what has become of a spooled decision within `wait_s` seconds, appending it where no agent is at work.

    What cannot wait is taken back after that. Raises CockpitError.
    """
    spool, give_up_at = Spool(places.spool), time.monotonic() + wait_s
    while True:
        receipt = await_receipt(spool, event_id, min(LOOK_EVERY_S, wait_s))
        if is_final(receipt):
            return receipt
        if time.monotonic() >= give_up_at:
            return waited_for(places, event_id, 0.0, wait_s)
        round_alone(places, keeper_of, look=False)


def round_alone(
    places: Places, keeper_of: KeeperOf, *, look: bool, within_s: float | None = None
) -> LedgerState | None:
    """Do one round in this process, of `within_s` seconds at most; None when an agent is at work, whose business it is.

    Raises CockpitError.
    """
    lock = take_lock(places.agent_lock, MODE, patience_s=0.05)
    if lock is None:
        return None
    try:
        cache = open_cache(places.database)
        try:
            keeper = keeper_of(cache)
            with stopped_after(keeper, within_s):
                return keeper.sure_round(look=look)
        finally:
            cache.close()
    finally:
        lock.release()
