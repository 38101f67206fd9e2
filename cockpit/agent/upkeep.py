"""The share of an open screen in there being an agent: it stays counted, and starts another when the agent has gone."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cockpit.agent.launch import ensure_agent
from cockpit.agent.lock import holder, is_held
from cockpit.agent.presence import ScreenPlace, announce_screen
from cockpit.config.places import Places

LOOK_EVERY_S = 2.0

GRACE_S = 20.0
"""An agent that has gone may be replaced by who looks after it, a service manager; by then its last sign of life has
expired, and people have been told."""


@contextmanager
def upkeep(places: Places, root: Path) -> Iterator[None]:
    """Be counted as an open screen, and look after the agent of the repository at `root`, from a thread."""
    ended = threading.Event()
    with announce_screen(places) as place:
        watch = AgentWatch(places, root, place)
        thread = threading.Thread(target=_look_until, args=(watch, ended), name="cockpit-upkeep", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


class AgentWatch:
    """Knows for how long no agent has been at work."""

    def __init__(self, places: Places, root: Path, place: ScreenPlace, grace_s: float = GRACE_S) -> None:
        self._grace_s = grace_s
        self._places = places
        self._root = root
        self._place = place
        self._alone_since: float | None = None
        self._started_at = float("-inf")

    def look(self) -> None:
        """Start an agent when none has been at work for too long, or at once when the cache was removed."""
        self._place.keep()
        now = time.monotonic()
        if is_held(self._places.agent_lock):
            self._alone_since, self._started_at = None, float("-inf")
            return
        self._alone_since = self._alone_since or now
        waited = now - self._alone_since >= self._grace_s or not self._places.agent_lock.exists()
        if waited and now - self._started_at >= self._grace_s and self._root.exists():
            ensure_agent(self._places, self._root)
            self._started_at = now


def wake_agent(places: Places, root: Path) -> str:
    """Start an agent if none is there; returns what came of it, for people."""
    if is_held(places.agent_lock):
        pid = holder(places.agent_lock).get("pid", "?")
        return f"The agent, process {pid}, is there and gives no sign of life; end it with: kill -9 {pid}"
    if ensure_agent(places, root):
        return "No agent was at work: one is starting, and asks every source"
    return f"No agent is at work, and none can be started: {places.cache} cannot be written"


def _look_until(watch: AgentWatch, ended: threading.Event) -> None:
    while not ended.wait(LOOK_EVERY_S):
        watch.look()
