"""The agent's sign of life: a fact that expires, so that a dead agent is known by its silence."""

import asyncio
import os
import socket
from datetime import timedelta

from cockpit import __version__
from cockpit.agent.inquiry import Clock
from cockpit.agent.log import AgentLog
from cockpit.cache.store import Cache
from cockpit.domain.freshness import Freshness
from cockpit.domain.source_state import Heartbeat
from cockpit.errors import CacheError

EVERY_S = 5.0
LIFETIME_S = 20.0
"""After this long without a beat the agent counts as dead."""


class Pulse:
    """Beats until it is cancelled."""

    def __init__(self, mode: str, cache: Cache, log: AgentLog, clock: Clock) -> None:
        self._mode = mode
        self._cache = cache
        self._log = log
        self._clock = clock
        self._started_at = clock.now()

    async def run(self) -> None:
        """Beat on time; a cache that cannot be written is tried again at the next beat."""
        while True:
            await asyncio.to_thread(self._beat, LIFETIME_S)
            await asyncio.sleep(EVERY_S)

    def stop(self) -> None:
        """Let the last beat expire at once, so that screens need not wait to know."""
        self._beat(0.0)

    def _beat(self, lifetime_s: float) -> None:
        now = self._clock.now()
        expires_at = now + timedelta(seconds=lifetime_s)
        beat = Heartbeat(
            pid=os.getpid(),
            host=socket.gethostname(),
            version=__version__,
            mode=self._mode,
            started_at=self._started_at,
            freshness=Freshness(now, expires_at),
        )
        try:
            self._cache.beat(beat)
        except CacheError as error:
            self._log.say_once("cache", error.what)
