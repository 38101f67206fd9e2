"""Tells when somebody has set the wall clock, by the clock that nobody sets."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

LEAST = timedelta(seconds=2)
"""Less than that is the slow work of time synchronisation, or a pause between two looks."""


def uptime_s() -> float:
    """Return the seconds since the machine started, those of its sleep among them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class ClockJumps:
    """Compares both clocks from one look to the next."""

    def __init__(self, ticks_s: Callable[[], float] = uptime_s) -> None:
        self._ticks_s = ticks_s
        self._last: tuple[datetime, float] | None = None

    def since_last(self, now: datetime) -> timedelta:
        """Return by how much the wall clock was set since the last look, nothing at the first."""
        ticks_s, last = self._ticks_s(), self._last
        self._last = now, ticks_s
        if last is None:
            return timedelta()
        set_by = now - last[0] - timedelta(seconds=ticks_s - last[1])
        return set_by if abs(set_by) >= LEAST else timedelta()
