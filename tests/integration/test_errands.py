"""What screens ask the agent for, answered side by side."""

import asyncio
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from cockpit.agent.errands import DIFFS_AT_ONCE, Errands
from cockpit.agent.log import AgentLog
from cockpit.cache.feed import open_feed
from cockpit.cache.store import open_cache
from cockpit.domain.change import Diff
from cockpit.domain.terms import Terms
from cockpit.requests import Asked, Request, put_request
from cockpit.sources.source import Observation, Schedule, Sink

HUGE = [f"{n:040x}" for n in range(10)]
SMALL = "f" * 40


class SlowDiffs:
    """Tells small changes at once, and huge ones when it is allowed to."""

    name = "git"
    where = "here"
    schedule = Schedule(60.0, 60.0, 60.0)

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.at_once = 0
        self.most_at_once = 0

    async def observe(self, sink: Sink, cursor: Mapping[str, str]) -> Observation:
        del sink
        return Observation(cursor)

    async def close(self) -> None:
        self.go_on.set()

    def read_diff(self, commit_id: str) -> Diff:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        if commit_id != SMALL:
            self.go_on.wait(30.0)
        self.at_once -= 1
        return Diff(commit_id, (), "", "")


@pytest.mark.parametrize("huge_first", [1, DIFFS_AT_ONCE - 1])
async def test_a_small_change_does_not_wait_for_huge_ones_asked_before(tmp_path: Path, huge_first: int) -> None:
    source = SlowDiffs()
    at_once = await _ask(tmp_path, source, HUGE[:huge_first])
    assert at_once == [SMALL]


async def test_only_some_changes_are_read_at_once(tmp_path: Path) -> None:
    source = SlowDiffs()
    source.go_on.set()
    assert len(await _ask(tmp_path, source, HUGE)) == len(HUGE) + 1
    assert 1 <= source.most_at_once <= DIFFS_AT_ONCE


async def _ask(folder: Path, source: SlowDiffs, before: list[str]) -> list[str]:
    """Ask for these and then for the small one; return which had arrived when that one had."""
    cache = open_cache(folder / "cache.db")
    feed = open_feed(folder / "cache.db", lambda: Terms("payments"))
    for commit_id in [*before, SMALL]:
        assert put_request(folder / "requests", Request(Asked.DIFF, commit_id))
    errands = Errands(folder / "requests", [source], lambda _: None, cache, AgentLog(folder / "log"))
    running = asyncio.create_task(errands.run())
    try:
        for _ in range(1000):
            if feed.diff(SMALL) is not None:
                break
            await asyncio.sleep(0.02)
        return [commit_id for commit_id in [*before, SMALL] if feed.diff(commit_id) is not None]
    finally:
        await source.close()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        feed.close()
        cache.close()
