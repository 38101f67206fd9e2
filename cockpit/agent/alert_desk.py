"""When the alert rules are judged: after each look at the servers, when a source changes, and when a rule falls due."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from cockpit.agent.clock_jumps import ClockJumps
from cockpit.agent.inquiry import Clock
from cockpit.agent.log import AgentLog
from cockpit.cache.store import Cache
from cockpit.domain.alert_rules import ORIGIN, AlertWatch
from cockpit.domain.facts import AlertsSeen
from cockpit.errors import CacheError

LIFETIME_S = 60.0
"""A judgement older than this is no longer believed."""

REPEAT_S = 20.0
"""Longest time between two judgements, so that a quiet fleet does not look like a dead judge."""

RETRY_S = 2.0
"""Wait after a cache that could not be read or written."""


class AlertDesk:
    """Judges level-triggered: from what the cache says now, never from what happened in between."""

    def __init__(self, watch: AlertWatch, cache: Cache, log: AgentLog, clock: Clock) -> None:
        self._watch = watch
        self._cache = cache
        self._log = log
        self._clock = clock
        self._news = asyncio.Event()
        self._jumps = ClockJumps()
        self._was_set = False
        """Whether the clock was, and nobody was told."""
        self.on_clock_set: Callable[[], None] = lambda: None
        """Called once the clock was set: what was observed before looks older or newer than it is."""

    def heard(self, source: str, *, changed: bool) -> None:
        """Take note that a source was asked; `changed` when it answers otherwise than before."""
        if changed or source == "servers":
            self._news.set()

    async def run(self) -> None:
        """Judge until cancelled."""
        while True:
            self._news.clear()
            try:
                wait_s = await asyncio.to_thread(self._judge)
            except CacheError as error:
                self._log.say_once("cache", error.what)
                wait_s = RETRY_S
            if self._was_set:
                self._was_set = False
                self.on_clock_set()
            try:
                async with asyncio.timeout(wait_s):
                    await self._news.wait()
            except TimeoutError:
                continue

    def judge_once(self) -> None:
        """Judge now and store the outcome; raises CacheError."""
        self._judge()

    def _judge(self) -> float:
        """Return the seconds until the next judgement is due."""
        now = self._clock.now()
        self._follow_clock(now)
        alerts = self._watch.judge(self._cache.servers(), self._cache.sources(), self._cache.alerts(), now)
        self._cache.sink(ORIGIN, LIFETIME_S).put(AlertsSeen(ORIGIN, alerts))
        due = self._watch.next_due(now)
        if due is None:
            return REPEAT_S
        return max(0.2, min(REPEAT_S, (due - now).total_seconds()))

    def _follow_clock(self, now: datetime) -> None:
        set_by = self._jumps.since_last(now)
        if set_by:
            self._was_set = True
            self._watch.clock_was_set(set_by)
            self._log.say(f"the clock of this machine was set by {set_by.total_seconds():+.0f} s")
