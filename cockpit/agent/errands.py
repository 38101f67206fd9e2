"""What screens ask for: a source again now, or the text of a change."""

import asyncio
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from cockpit.agent.log import AgentLog
from cockpit.agent.redaction import redact
from cockpit.cache.store import Cache
from cockpit.domain.change import Diff
from cockpit.domain.facts import DiffSeen
from cockpit.errors import CacheError, CockpitError
from cockpit.requests import Asked, take_requests
from cockpit.sources.source import Source

LOOK_EVERY_S = 0.2
"""How often the folder of requests is looked into; reading an empty folder takes some microseconds."""

DIFF_LIFETIME_S = 3600.0

DIFFS_AT_ONCE = 3
"""A huge diff takes seconds; whoever asks for a small one meanwhile does not wait for it."""

_COMMIT_ID = re.compile(r"[0-9a-f]{7,64}")


@runtime_checkable
class ReadsDiffs(Protocol):
    """A source that can tell the text of a change."""

    def read_diff(self, commit_id: str) -> Diff:
        """Return the diff of this commit; blocks, and raises CockpitError."""


class Errands:
    """Runs what screens ask for while the sources are asked."""

    def __init__(
        self, folder: Path, sources: Sequence[Source], refresh: Callable[[str], None], cache: Cache, log: AgentLog
    ) -> None:
        self._folder = folder
        self._diffs = next((source for source in sources if isinstance(source, ReadsDiffs)), None)
        self._diffs_name = next((source.name for source in sources if isinstance(source, ReadsDiffs)), "")
        self._refresh = refresh
        self._cache = cache
        self._log = log
        self._room = asyncio.Semaphore(DIFFS_AT_ONCE)

    async def run(self) -> None:
        """Look for requests until cancelled; a request that cannot be met is answered with the reason."""
        async with asyncio.TaskGroup() as diffs:
            while True:
                for request in take_requests(self._folder):
                    if request.asked is Asked.REFRESH:
                        self._refresh(request.argument)
                    elif _COMMIT_ID.fullmatch(request.argument):
                        diffs.create_task(self._bring_diff(request.argument))
                await asyncio.sleep(LOOK_EVERY_S)

    async def _bring_diff(self, commit_id: str) -> None:
        async with self._room:
            await asyncio.to_thread(self._fetch_diff, commit_id)

    def _fetch_diff(self, commit_id: str) -> None:
        try:
            self._cache.sink(self._diffs_name, DIFF_LIFETIME_S).put(DiffSeen(self._read(commit_id)))
        except CacheError as error:
            self._log.say_once("cache", error.what)

    def _read(self, commit_id: str) -> Diff:
        if self._diffs is None:
            return _no_diff(commit_id, "no source here can read diffs")
        try:
            return self._diffs.read_diff(commit_id)
        except CockpitError as error:
            return _no_diff(commit_id, redact(str(error)))
        except Exception as error:  # noqa: BLE001 - told to whoever asked; one odd commit must not end the agent
            self._log.say(f"diff of {commit_id}: {type(error).__name__}: {error}")
            return _no_diff(commit_id, redact(f"{type(error).__name__}: {error}"))


def _no_diff(commit_id: str, reason: str) -> Diff:
    return Diff(commit_id, files=(), patch="", message="", truncated=reason or "cannot be read")
