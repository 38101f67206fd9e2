"""Asking one source, round by round: deadline, what came of it, and how long to wait before the next round."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from cockpit.agent.backoff import REFUSED_S, after_failure, after_success, asked_for
from cockpit.agent.log import AgentLog
from cockpit.agent.redaction import redact
from cockpit.cache.store import Cache
from cockpit.domain.freshness import Freshness
from cockpit.domain.source_state import SourceState, SourceStatus
from cockpit.errors import CacheError, CockpitError, SourceRefusedError, SourceUnreachableError, TrustError
from cockpit.sources.source import Observation, Sink, Source

STOP_GRACE_S = 1.0
"""How long a source may take to end after it was told to."""

CACHE_RETRY_S = 5.0
"""Longest wait before a good answer that could not be stored is asked for again."""

LOOK_IN_LOG = "See the agent's log, and run: cockpit check"


@dataclass(frozen=True, slots=True)
class Round:
    """What came of asking once."""

    state: SourceState
    wait_s: float
    """Until the next round."""
    may_hurry: bool = True
    """False while the other side has asked for a wait: no refresh cuts it short."""
    complete: bool = True
    """False when the source says there is more to read."""


class Clock(Protocol):
    """Time of day for facts, and time that never jumps for waiting."""

    def now(self) -> datetime:
        """Return the present moment, aware UTC."""

    def monotonic(self) -> float:
        """Return seconds that only grow."""


class RealClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        """Return the present moment, aware UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        return asyncio.get_running_loop().time()


class Inquiry:
    """One source, and what is known about how it answers."""

    def __init__(self, source: Source, cache: Cache, log: AgentLog, clock: Clock) -> None:
        self.source = source
        self._cache = cache
        self._log = log
        self._clock = clock
        self._state = SourceState(name=source.name, status=SourceStatus.NEVER, where=redact(source.where))
        self._task: asyncio.Task[Observation] | None = None

    async def remember(self) -> None:
        """Go on from what the cache knows of this source: age of the last good answer, failures in a row."""
        try:
            known = {state.name: state for state in await asyncio.to_thread(self._cache.sources)}
        except CacheError as error:
            self._log.say_once("cache", error.what)
            return
        before = known.get(self.source.name)
        if before is None:
            await self._keep(self._state, None)
        else:
            self._state = replace(before, where=self._state.where)

    async def ask(self) -> Round:
        """Ask once, store how it went, and return it; no failure of the source or the cache leaves this method."""
        began = self._clock.monotonic()
        next_cursor: dict[str, str] | None = None
        try:
            cursor = await asyncio.to_thread(self._cache.cursor, self.source.name)
            observation = await self._observe(cursor)
            came_of_it = self._answered(observation, self._clock.monotonic() - began)
            next_cursor = {str(name): str(value) for name, value in observation.cursor.items()}
        except CockpitError as error:
            came_of_it = self._failed(error)
        except Exception as error:  # noqa: BLE001 - third-party code: recorded as a failing source
            came_of_it = self._failed(_unexpected(error))
        if await self._keep(came_of_it.state, next_cursor) or next_cursor is None:
            return came_of_it
        return replace(came_of_it, wait_s=min(came_of_it.wait_s, CACHE_RETRY_S))

    async def close(self) -> None:
        """End what is running and give back what the source holds, within a bounded time."""
        try:
            await self._end(self._task)
            async with asyncio.timeout(STOP_GRACE_S):
                await self.source.close()
        except Exception as error:  # noqa: BLE001 - a source that cannot close must not keep us from it
            self._log.say(f"{self.source.name}: did not close: {type(error).__name__}: {error}")

    async def _observe(self, cursor: dict[str, str]) -> Observation:
        schedule = self.source.schedule
        sink = self._cache.sink(self.source.name, schedule.lifetime_s)
        self._task = task = asyncio.create_task(_guarded(self.source, sink, cursor))
        task.add_done_callback(_look_at)
        await asyncio.wait({task}, timeout=schedule.deadline_s)
        if task.done():
            return _result(task)
        await self._end(task)
        # A source is never asked twice at once, so one that does not stop holds up itself and nobody else.
        await asyncio.wait({task})
        raise SourceUnreachableError(f"no answer within {schedule.deadline_s:g} s", where=self.source.where)

    async def _end(self, task: "asyncio.Task[Observation] | None") -> None:
        if task is None or task.done():
            return
        task.cancel()
        await asyncio.wait({task}, timeout=STOP_GRACE_S)
        if not task.done():
            self._log.say(f"{self.source.name}: does not stop when told to")

    def _answered(self, observation: Observation, took_s: float) -> Round:
        schedule = self.source.schedule
        now = self._clock.now()
        wait_s = after_success(schedule.every_s, took_s, observation.again_in_s)
        state = SourceState(
            name=self.source.name,
            status=SourceStatus.OK,
            reason=redact(observation.remark),
            where=redact(self.source.where),
            freshness=Freshness(now, now + timedelta(seconds=schedule.lifetime_s)),
            next_try_at=now + timedelta(seconds=wait_s),
        )
        return Round(state, wait_s, complete=observation.again_in_s is None)

    def _failed(self, error: CockpitError) -> Round:
        now = self._clock.now()
        refused = isinstance(error, SourceRefusedError | TrustError)
        failures = self._state.failures + 1
        wait_s, may_hurry = REFUSED_S if refused else after_failure(failures), True
        if isinstance(error, SourceUnreachableError) and error.retry_after_s is not None:
            wait_s, may_hurry = asked_for(error.retry_after_s), False
        state = SourceState(
            name=self.source.name,
            status=SourceStatus.REFUSED if refused else SourceStatus.FAILING,
            reason=redact(error.what),
            next_step=redact(error.next_step),
            where=redact(error.where or self.source.where),
            freshness=self._state.freshness,
            failures=failures,
            failing_since=self._state.failing_since or now,
            next_try_at=now + timedelta(seconds=wait_s),
        )
        return Round(state, wait_s, may_hurry)

    async def _keep(self, state: SourceState, cursor: Mapping[str, str] | None) -> bool:
        self._state = state
        self._log.say_once(state.name, "" if state.status is SourceStatus.OK else state.reason)
        try:
            await asyncio.to_thread(self._cache.put_source, state, cursor)
        except CacheError as error:
            self._log.say_once("cache", error.what)
            return False
        self._log.say_once("cache", "")
        return True


async def _guarded(source: Source, sink: Sink, cursor: dict[str, str]) -> Observation:
    """An exit raised inside a task would end the agent's event loop."""
    try:
        return await source.observe(sink, cursor)
    except SystemExit as error:
        raise RuntimeError(f"SystemExit {error}") from error


def _look_at(task: "asyncio.Task[Observation]") -> None:
    """An abandoned task whose exception nobody looks at is complained about when it is collected."""
    if not task.cancelled():
        task.exception()


def _result(task: "asyncio.Task[Observation]") -> Observation:
    if task.cancelled():
        raise SourceUnreachableError("the source gave up by itself")
    return task.result()


def _unexpected(error: Exception) -> CockpitError:
    return CockpitError(f"{type(error).__name__}: {error}", next_step=LOOK_IN_LOG)
