"""The load balancer during one rollout: what it is told, and what it says that it does."""

import asyncio
import time
from collections.abc import Collection, Sequence

from cockpit.deploy.traffic import Router
from cockpit.domain.rollout.plan import RolloutPlan, Strategy
from cockpit.domain.rollout.traffic import Admin, TrafficState
from cockpit.domain.rollout.weights import weights_for
from cockpit.errors import DeployError

READ_EVERY_S = 2.0
AGAIN_S = 1.0
"""Wait before a load balancer that did not obey is told again."""


class TrafficDesk:
    """Reads again and again: a load balancer that was restarted has forgotten what it was told."""

    def __init__(self, router: Router | None, plan: RolloutPlan) -> None:
        self.router = router
        self._plan = plan
        self._read_at = -READ_EVERY_S
        self._failed_at = -AGAIN_S
        self._lock = asyncio.Lock()
        self.state: TrafficState | None = None
        """As read last; None when it is not known."""
        self.trouble = ""
        """Why it is not known, or what it would not do."""
        self.asked: float | None = None
        """Percent that the new version is to get."""

    @property
    def weighs(self) -> bool:
        """Whether this rollout sets shares of the traffic."""
        is_weighted = any(wave.weight is not None for wave in self._plan.waves)
        return self.router is not None and self._plan.strategy is not Strategy.ROLLING and is_weighted

    def share(self, new: Collection[str]) -> float | None:
        """Return the percentage that these servers get, by what was read last."""
        return self.state.share(new) if self.state else None

    async def look(self, *, now: bool = False) -> None:
        """Read its state where the last one is old."""
        if self.router is None or not (now or time.monotonic() - self._read_at >= READ_EVERY_S):
            return
        async with self._lock:
            self._read_at = time.monotonic()
            try:
                self.state, self.trouble = await asyncio.to_thread(self.router.read), ""
            except DeployError as error:
                self.state, self.trouble = None, f"{error.what}. {error.next_step}".rstrip(". ")

    async def share_out(self, new: Sequence[str], old: Sequence[str], percent: float) -> None:
        """Give the new version its share; raises DeployError, and then nothing is known."""
        router = self.router
        if router is None:
            return
        async with self._lock:
            self.asked = percent
            try:
                self.state = await asyncio.to_thread(_share_out, router, new, old, percent)
                self.trouble = ""
            except DeployError as error:
                self.state, self.trouble, self._failed_at = None, error.what, time.monotonic()
                raise

    @property
    def may_try(self) -> bool:
        """Whether it is time to tell it again."""
        return time.monotonic() - self._failed_at >= AGAIN_S

    async def drain(self, server: str) -> None:
        """Let a server finish what it has, and nothing more; raises DeployError."""
        if self.router is not None and await self._knows(server):
            self.state = await asyncio.to_thread(self.router.drain, (server,))
            self.state = await asyncio.to_thread(self.router.wait_drained, (server,))

    async def make_ready(self, server: str) -> None:
        """Let a server work again; raises DeployError."""
        if self.router is not None and await self._knows(server):
            self.state = await asyncio.to_thread(self.router.make_ready, (server,))

    async def _knows(self, server: str) -> bool:
        if self.router is None:
            return False
        self.state = await asyncio.to_thread(self.router.read)
        return self.state.of(server) is not None


def _share_out(router: Router, new: Sequence[str], old: Sequence[str], percent: float) -> TrafficState:
    """Servers that are drained keep out of it: whoever drained them gives them back."""
    state = router.read()
    ready = {one.server for one in state.servers if one.admin is Admin.READY}
    weights = weights_for([one for one in new if one in ready], [one for one in old if one in ready], percent)
    return router.set_weights(weights) if weights else state
