"""Keeps the ledger followed and people's decisions on their way, while the agent lives."""

import asyncio
import time
from collections.abc import Callable
from functools import partial

from cockpit.agent.backoff import after_failure
from cockpit.agent.log import AgentLog
from cockpit.domain.decisions.standing import LedgerHealth
from cockpit.errors import CacheError, CockpitError, LedgerError
from cockpit.ledger.keeper import LedgerKeeper
from cockpit.ledger.spool import Spool

LOOK_EVERY_S = 0.1
"""How often the spool is looked into; a person who decided waits for it."""

SLOWEST_S = 15.0
"""Longest wait before a remote that does not answer is asked again."""


class LedgerDesk:
    """One round after another: at once when somebody decided, else as often as the settings say."""

    def __init__(self, keeper_of: Callable[[], LedgerKeeper], spool: Spool, every_s: float, log: AgentLog) -> None:
        self._keeper_of = keeper_of
        self._keeper: LedgerKeeper | None = None
        self._spool = spool
        self._every_s = every_s
        self._log = log
        self._failures = 0
        self._due_at = 0.0
        self._seen: frozenset[str] = frozenset()
        self._begun = 0
        """Looks at the remote that have begun."""
        self._ended = 0
        self._wanted = 0
        self._looked = asyncio.Condition()
        self._fault = ""
        """Why the last round could not even tell how the ledger stands; empty when it could."""
        self._has_more = False
        """Whether some of the history may not be stored yet."""

    async def run(self) -> None:
        """Work until cancelled; no git of it is at work any more when this returns."""
        try:
            await self._work_on()
        finally:
            self._stop()

    async def _work_on(self) -> None:
        while True:
            waiting = self._spool.names()
            is_due = self._is_due
            if is_due or waiting - self._seen:
                self._begun += is_due
                await self._aside(partial(self._work, look=is_due))
                self._seen = self._spool.names()
                await self._tell_looked()
            elif self._has_more:
                await self._aside(self._store_history)
            await asyncio.sleep(LOOK_EVERY_S)

    async def look_now(self) -> None:
        """Return once a look at the remote that begins after this call has come to its end.

        Whether the remote answered, the state of the ledger tells; raises LedgerError where not even that can be told.
        """
        async with self._looked:
            number = self._wanted = self._begun + 1
            await self._looked.wait_for(lambda: self._ended >= number)
            if self._fault:
                raise LedgerError(f"nobody knows what else was decided: {self._fault}")

    async def _tell_looked(self) -> None:
        async with self._looked:
            self._ended = self._begun
            self._looked.notify_all()

    async def _aside(self, work: Callable[[], None]) -> None:
        round_ = asyncio.ensure_future(asyncio.to_thread(work))
        try:
            await asyncio.shield(round_)
        except asyncio.CancelledError:
            self._stop()
            await asyncio.wait([round_], timeout=2.0)
            raise

    @property
    def _is_due(self) -> bool:
        has_arrived = self._keeper is not None and self._keeper.has_arrived
        return has_arrived or time.monotonic() >= self._due_at or self._wanted > self._begun

    def _stop(self) -> None:
        if self._keeper is not None:
            self._keeper.stop()

    def _store_history(self) -> None:
        """What people decided meanwhile does not wait for all of it."""
        try:
            self._has_more = self._keeper is not None and self._keeper.store_history()
        except CacheError as error:
            self._log.say_once("ledger", error.what)
            self._has_more, self._due_at = False, 0.0

    def _work(self, *, look: bool) -> None:
        fault = ""
        try:
            if self._keeper is None:
                self._keeper = self._keeper_of()
            state = self._keeper.round(look=look)
            self._has_more = True
            trouble = state.reason if state.health in (LedgerHealth.UNREACHABLE, LedgerHealth.FROZEN) else ""
            self._failures = self._failures + 1 if state.health is LedgerHealth.UNREACHABLE else 0
        except CacheError as error:
            trouble = fault = error.what
            self._failures += 1
        except CockpitError as error:
            trouble = fault = str(error)
            if self._keeper is not None:
                self._keeper.end_fetch()
            self._keeper, self._failures = None, self._failures + 1
        self._fault = fault
        self._log.say_once("ledger", trouble)
        wait_s = min(SLOWEST_S, after_failure(self._failures)) if self._failures else self._every_s
        self._due_at = time.monotonic() + wait_s
