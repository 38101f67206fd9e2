"""What the executor puts onto the ledger: each thing once, however often it is found to be due."""

import time
from collections.abc import Callable

from cockpit.deploy.steps import MEND_DISK
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.expecting import expect_now
from cockpit.domain.decisions.intent import Fate, Intent
from cockpit.errors import LedgerError, MachineError
from cockpit.ledger.message import JunkError, event_of
from cockpit.ledger.spool import Spool

AGAIN_S = 3.0
"""Between two sayings of one kind about one thing."""

Keep = Callable[[Intent], str]
"""Puts a decision of the station into the spool; returns its event id."""


class Sayings:
    """Remembers what is on its way; after a restart the spool tells."""

    def __init__(self, spool: Spool, keep: Keep, actor: str) -> None:
        self._spool = spool
        self._keep = keep
        self._actor = actor
        self._on_the_way: dict[tuple[str, str], str] = {}
        self._again_at: dict[tuple[str, str], float] = {}

    def say(self, decided: Decided, kind: str, target: str, body: object) -> bool:
        """Put it on its way unless the same is; tell whether it was put. Raises CockpitError when it is not kept."""
        if self.is_on_the_way(decided, kind, target) or time.monotonic() < self._again_at.get((kind, target), 0.0):
            return False
        # What is refused is refused again a moment later.
        self._again_at[kind, target] = time.monotonic() + AGAIN_S
        try:
            event_id = self._keep(Intent(kind, target, body, expect_now(decided, kind, target)))
        except LedgerError as error:
            if not isinstance(error.__cause__, OSError):
                raise
            why = error.__cause__.strerror or str(error.__cause__)
            raise MachineError(f"{kind} cannot be kept: {why}", where=error.where, next_step=MEND_DISK) from error
        self._on_the_way[kind, target] = event_id
        return True

    def is_on_the_way(self, decided: Decided, kind: str, target: str) -> bool:
        """Tell whether such a saying has been put and is not known to everybody yet."""
        event_id = self._on_the_way.get((kind, target)) or self._waiting(kind, target)
        if not event_id or decided.place_of(event_id):
            return False
        is_waiting = self._spool.holds(event_id)
        receipt = self._spool.receipt(event_id)
        if receipt is None:
            # Neither waiting nor settled: its file was damaged or taken away, and it has to be said again.
            return is_waiting
        return receipt.fate is Fate.SHARED and decided.position < receipt.position

    def why_refused(self, kind: str, target: str) -> str:
        """Return why the ledger did not take what was said last, '' where it did or still may."""
        receipt = self._spool.receipt(self._on_the_way.get((kind, target), ""))
        return receipt.reason if receipt is not None and receipt.fate is Fate.REFUSED else ""

    def _waiting(self, kind: str, target: str) -> str:
        for spooled in self._spool.waiting() if self._spool.names() else ():
            try:
                event = event_of(spooled.payload)
            except JunkError:
                continue
            if (event.kind, event.target, event.actor) == (kind, target, self._actor):
                return event.event_id
        return ""
