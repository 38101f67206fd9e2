"""Servers and alerts as the cache has them, read again only once they have moved on."""

import time
from collections.abc import Sequence

from cockpit.cache.store import Cache
from cockpit.domain.alert import Alert
from cockpit.domain.fleet import Server

EVERY_S = 1.0
"""How often it is looked whether they have."""


class Facts:
    """The same lists for as long as nothing is new in them: whoever has seen a list need not look at it again."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._looked_at = -EVERY_S
        self._of_servers: object = None
        self._of_alerts: object = None
        self.servers: Sequence[Server] = ()
        self.alerts: Sequence[Alert] = ()

    def look(self) -> None:
        """Read what has moved on, where the last look is old; raises CacheError."""
        if time.monotonic() - self._looked_at < EVERY_S:
            return
        # The marks come first: what is written meanwhile is read once too often, and not once too seldom.
        of_servers, of_alerts = self._cache.mark_of("servers", "readings", "stamps"), self._cache.mark_of("alerts")
        if of_servers != self._of_servers:
            self.servers, self._of_servers = self._cache.servers(), of_servers
        if of_alerts != self._of_alerts:
            self.alerts, self._of_alerts = self._cache.alerts(), of_alerts
        self._looked_at = time.monotonic()
