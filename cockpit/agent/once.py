"""Asks every source once, without an agent or through the one at work."""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence

from cockpit.agent.alert_desk import AlertDesk
from cockpit.agent.inquiry import Clock, Inquiry, RealClock
from cockpit.agent.lock import is_held, take_lock
from cockpit.agent.log import AgentLog
from cockpit.agent.rules import alert_watch
from cockpit.agent.settings_watch import NAME as SETTINGS
from cockpit.cache.store import Cache, open_cache
from cockpit.config.places import Places
from cockpit.config.settings import Settings
from cockpit.domain.source_state import SourceState, SourceStatus
from cockpit.errors import AgentError
from cockpit.requests import Asked, Request, put_request
from cockpit.sources.source import ReadsAfter, Source

MODE = "sync"

LOOK_EVERY_S = 0.1


def sync_once(
    places: Places,
    settings: Settings,
    sources_of: Callable[[Settings], Sequence[Source]],
    deadline_s: float,
    afterwards: Callable[[Cache, AgentLog], None],
) -> tuple[list[SourceState], bool]:
    """Have every source asked once within `deadline_s` seconds, and do here `afterwards` what an agent does besides.

    Returns how each of them stands, and whether all of them were asked in time. Raises CacheError and AgentError.
    """
    give_up_at = time.monotonic() + deadline_s
    sources = sources_of(settings)
    while (lock := take_lock(places.agent_lock, MODE, patience_s=0.1)) is None:
        outcome = _through_the_agent(places, _readers(sources), give_up_at)
        if outcome is not None:
            return outcome
    try:
        cache = open_cache(places.database)
        try:
            log = AgentLog(places.agent_log)
            outcome = asyncio.run(_ask_all(cache, log, settings, sources, give_up_at - time.monotonic()))
            afterwards(cache, log)
            return outcome
        finally:
            cache.close()
    finally:
        lock.release()


async def _ask_all(
    cache: Cache, log: AgentLog, settings: Settings, sources: Sequence[Source], deadline_s: float
) -> tuple[list[SourceState], bool]:
    clock = RealClock()
    names = {source.name for source in sources}
    await asyncio.to_thread(cache.forget_sources, names)
    inquiries = [Inquiry(source, cache, log, clock) for source in sources]
    rounds: dict[str, asyncio.Task[None]] = {}
    for inquiry in inquiries:
        rounds[inquiry.source.name] = asyncio.create_task(_ask_to_the_end(inquiry, rounds))
    in_time = True
    if rounds:
        _, late = await asyncio.wait(rounds.values(), timeout=deadline_s)
        in_time = not late
        for task in late:
            task.cancel()
    await asyncio.gather(*(inquiry.close() for inquiry in inquiries))
    await asyncio.to_thread(_judge, settings, cache, log, clock)
    return [state for state in cache.sources() if state.name in names], in_time


async def _ask_to_the_end(inquiry: Inquiry, rounds: Mapping[str, "asyncio.Task[None]"]) -> None:
    """A long history comes in several rounds; whoever reads what another source brings is asked after it."""
    await inquiry.remember()
    if isinstance(inquiry.source, ReadsAfter) and inquiry.source.reads_after in rounds:
        await asyncio.wait({rounds[inquiry.source.reads_after]})
    came_of_it = await inquiry.ask()
    while not came_of_it.complete:
        await asyncio.sleep(came_of_it.wait_s)
        came_of_it = await inquiry.ask()


def _judge(settings: Settings, cache: Cache, log: AgentLog, clock: Clock) -> None:
    AlertDesk(alert_watch(settings), cache, log, clock).judge_once()


def _through_the_agent(
    places: Places, readers: Mapping[str, str], give_up_at: float
) -> tuple[list[SourceState], bool] | None:
    """Ask the agent for a refresh, and wait until every source has been asked since; None when the agent has gone.

    `readers` names those that read what another source brings, and that other source. A round that ends may have
    begun before it was asked for; only the next one is sure to see what is there now, and readers come after it.
    """
    cache = open_cache(places.database)
    leaders = set(readers.values())
    try:
        for wanted in (None, leaders, set(readers), set(readers)):
            outcome = _asked_anew(cache, places, wanted, give_up_at)
            if not outcome:
                return None if outcome is None else (cache.sources(), False)
        return cache.sources(), True
    finally:
        cache.close()


def _asked_anew(cache: Cache, places: Places, wanted: Collection[str] | None, give_up_at: float) -> bool | None:
    """Have the sources of these names, or all, asked again: True when they were, False too late, None: no agent."""
    before = {state.name: _mark(state) for state in cache.sources()}
    for name in [""] if wanted is None else sorted(before.keys() & set(wanted)):
        if not put_request(places.requests, Request(Asked.REFRESH, name)):
            step = f"Make {places.cache} writable"
            raise AgentError("the agent cannot be asked", where=str(places.requests), next_step=step)
    while not _all_asked(before, cache.sources(), wanted):
        if time.monotonic() >= give_up_at:
            return False
        if not is_held(places.agent_lock):
            return None
        time.sleep(LOOK_EVERY_S)
    return True


def _all_asked(before: Mapping[str, object], states: Sequence[SourceState], wanted: Collection[str] | None) -> bool:
    """Settings that cannot be used stand among the sources, and are not asked."""
    asked = [state for state in states if state.name != SETTINGS and (wanted is None or state.name in wanted)]
    return bool(asked or wanted is not None) and all(
        state.status is not SourceStatus.NEVER and _mark(state) != before.get(state.name) for state in asked
    )


def _readers(sources: Sequence[Source]) -> dict[str, str]:
    return {source.name: source.reads_after for source in sources if isinstance(source, ReadsAfter)}


def _mark(state: SourceState) -> object:
    """What every round changes."""
    return state.next_try_at, state.freshness.observed_at, state.failures
