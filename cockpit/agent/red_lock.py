"""Locks everything when the release branch turns red, where the policy says so; people unlock.

Every agent of the team may try: the lock is conditional, so that one of them wins. A red spell locks once: whoever
unlocks while it lasts has decided so.
"""

import asyncio
import time
from collections.abc import Callable

from cockpit.agent.log import AgentLog
from cockpit.cache.feed import CacheFeed
from cockpit.domain.decisions.bodies import Locked
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.expecting import expect_now
from cockpit.domain.decisions.intent import Intent
from cockpit.domain.decisions.policy import EVERYWHERE
from cockpit.domain.decisions.records import LockRecord
from cockpit.domain.overview import RedSpell
from cockpit.domain.verdict import Verdict
from cockpit.errors import CockpitError

LOOK_EVERY_S = 2.0

AGAIN_S = 60.0
"""How long after a lock that did not come about, as the remote was away, another is tried."""

LOOKED_AT = 500
"""Newest events that bear the mark of a red spell; a void one locks nothing."""

Keep = Callable[[Intent], object]
"""Puts a decision on its way."""


class RedLock:
    """Looks level-triggered: at the branch as it is now and at what was decided."""

    def __init__(self, feed: CacheFeed, keep: Keep, log: AgentLog) -> None:
        self._feed = feed
        self._keep = keep
        self._log = log
        self._locked_for = ""
        self._tried = ""
        self._again_at = 0.0

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.to_thread(self.look)
            await asyncio.sleep(LOOK_EVERY_S)

    def look(self) -> None:
        """Lock if the branch is red and nobody has decided about this red spell yet."""
        decided = self._feed.decided()
        if not decided.policy.gating.lock_on_red or decided.get(LockRecord, EVERYWHERE) is not None:
            return
        branch = self._feed.overview().branch
        red = branch.red
        if branch.verdict is not Verdict.NO_GO or red is None or self._is_known(red):
            return
        if self._tried != red.commit_id or time.monotonic() >= self._again_at:
            self._try(_lock(decided, red), red)

    def _try(self, lock: Intent, red: RedSpell) -> None:
        self._tried, self._again_at = red.commit_id, time.monotonic() + AGAIN_S
        try:
            self._keep(lock)
            self._log.say_once("red lock", f"the release branch is red since {red.commit_id}: locking")
        except CockpitError as error:
            self._log.say_once("red lock", str(error))

    def _is_known(self, red: RedSpell) -> bool:
        if self._locked_for != red.commit_id and any(
            placed.event.kind == "lock" and outcome.is_effective
            for placed, outcome in self._feed.events(limit=LOOKED_AT, words=f"lock {_mark(red)}")
        ):
            self._locked_for = red.commit_id
        return self._locked_for == red.commit_id


def _lock(decided: Decided, red: RedSpell) -> Intent:
    body = Locked(f"by itself, since the release branch is red: {red.reason} ({_mark(red)})")
    return Intent("lock", EVERYWHERE, body, expect_now(decided, "lock", EVERYWHERE))


def _mark(red: RedSpell) -> str:
    """By which the lock of a red spell is found again."""
    return f"red-since-{red.commit_id[:12]}"
