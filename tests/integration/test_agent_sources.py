"""The agent asks each source for itself: what one of them does never touches the others."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cockpit.agent.alert_desk import AlertDesk
from cockpit.agent.inquiry import Inquiry
from cockpit.agent.log import AgentLog
from cockpit.agent.session import Session
from cockpit.cache.store import Cache, open_cache
from cockpit.domain.alert_rules import AlertWatch
from cockpit.domain.facts import FeaturesSeen
from cockpit.domain.feature import Feature, FeatureState
from cockpit.domain.source_state import SourceState, SourceStatus
from cockpit.errors import SourceGarbageError, SourceRefusedError, SourceUnreachableError
from cockpit.sources.source import Observation, Schedule, Sink

Step = Callable[[], Observation] | float
"""What happens at one round: an answer, an exception raised, or a silence of so many seconds."""


class ScriptedSource:
    """Does at each round what the script says, and the last of it for ever."""

    def __init__(self, name: str, *script: Step, every_s: float = 0.1, deadline_s: float = 5.0) -> None:
        self.name = name
        self.where = f"script://{name}"
        self.schedule = Schedule(every_s, deadline_s, lifetime_s=60.0)
        self.script = list(script)
        self.rounds = 0
        self.at_once = 0
        self.most_at_once = 0
        self.cursors: list[dict[str, str]] = []
        self.closed = False

    async def observe(self, sink: Sink, cursor: Mapping[str, str]) -> Observation:
        self.cursors.append(dict(cursor))
        step = self.script[min(self.rounds, len(self.script) - 1)]
        self.rounds += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if isinstance(step, float):
                await asyncio.sleep(step)
                return Observation()
            return step()
        finally:
            self.at_once -= 1

    async def close(self) -> None:
        self.closed = True


class StubbornSource(ScriptedSource):
    """Does not stop when it is told to, for a while."""

    async def observe(self, sink: Sink, cursor: Mapping[str, str]) -> Observation:
        self.rounds += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        for _ in range(20):
            try:
                await asyncio.sleep(0.1)
            except asyncio.CancelledError:
                continue
        self.at_once -= 1
        return Observation()


class WrongClock:
    """A wall clock that can be moved, beside the real time for waiting."""

    def __init__(self) -> None:
        self.off = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.off

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


def answers(**cursor: str) -> Step:
    return lambda: Observation(cursor)


def raises(error: BaseException) -> Step:
    def step() -> Observation:
        raise error

    return step


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    opened = open_cache(tmp_path / "cache.db")
    yield opened
    opened.close()


@asynccontextmanager
async def agent_over(
    cache: Cache, tmp_path: Path, *sources: ScriptedSource, clock: WrongClock | None = None
) -> AsyncIterator[Session]:
    clock = clock or WrongClock()
    log = AgentLog(tmp_path / "agent.log")
    desk = AlertDesk(AlertWatch([]), cache, log, clock)
    session = Session([Inquiry(source, cache, log, clock) for source in sources], desk, log)
    running = asyncio.create_task(session.run())
    try:
        yield session
    finally:
        running.cancel()
        await asyncio.wait({running})
    assert running.cancelled()


async def until(condition: Callable[[], bool], within_s: float = 10.0) -> None:
    give_up_at = asyncio.get_running_loop().time() + within_s
    while not condition():
        assert asyncio.get_running_loop().time() < give_up_at, "did not happen in time"
        await asyncio.sleep(0.01)


def remove_cache(folder: Path) -> None:
    for path in folder.glob("cache.db*"):
        path.unlink()


def log_of(folder: Path) -> str:
    path = folder / "agent.log"
    return path.read_text() if path.exists() else ""


def state_of(cache: Cache, name: str) -> SourceState:
    return next(state for state in cache.sources() if state.name == name)


def has(cache: Cache, name: str, status: SourceStatus) -> Callable[[], bool]:
    return lambda: any(state.name == name and state.status is status for state in cache.sources())


async def test_a_good_answer_is_told_with_its_freshness_and_its_cursor_comes_back(cache: Cache, tmp_path: Path) -> None:
    source = ScriptedSource("git", answers(etag="one"), answers(etag="two"))
    async with agent_over(cache, tmp_path, source):
        await until(lambda: source.rounds >= 3)
    assert source.cursors[:3] == [{}, {"etag": "one"}, {"etag": "two"}]
    state = state_of(cache, "git")
    assert state.status is SourceStatus.OK
    assert state.freshness.is_fresh(datetime.now(UTC))


async def test_a_source_that_hangs_does_not_keep_the_others_waiting(cache: Cache, tmp_path: Path) -> None:
    hangs, works = ScriptedSource("hangs", 3600.0), ScriptedSource("works", answers())
    async with agent_over(cache, tmp_path, hangs, works):
        await until(lambda: works.rounds >= 5)
    assert hangs.rounds == 1
    assert hangs.closed


async def test_an_answer_later_than_the_deadline_counts_as_none(cache: Cache, tmp_path: Path) -> None:
    source = ScriptedSource("slow", 3600.0, deadline_s=0.2)
    async with agent_over(cache, tmp_path, source):
        await until(has(cache, "slow", SourceStatus.FAILING))
    assert "no answer within 0.2 s" in state_of(cache, "slow").reason


async def test_a_source_that_does_not_stop_is_never_asked_twice_at_once(cache: Cache, tmp_path: Path) -> None:
    stubborn, works = StubbornSource("stubborn", deadline_s=0.1), ScriptedSource("works", answers())
    async with agent_over(cache, tmp_path, stubborn, works):
        await until(lambda: stubborn.rounds >= 2)
    assert stubborn.most_at_once == 1
    assert works.rounds > 5


@pytest.mark.parametrize(
    "error",
    [
        ValueError("odd\x1b[31m token=s3cr3t-value"),
        SystemExit(3),
        RecursionError("deep"),
        asyncio.CancelledError(),
        MemoryError(),
    ],
)
async def test_whatever_a_third_party_source_raises_the_agent_lives(
    cache: Cache, tmp_path: Path, error: BaseException
) -> None:
    bad, works = ScriptedSource("bad", raises(error)), ScriptedSource("works", answers())
    async with agent_over(cache, tmp_path, bad, works):
        await until(has(cache, "bad", SourceStatus.FAILING))
        before = works.rounds
        await until(lambda: works.rounds > before + 2)
    reason = state_of(cache, "bad").reason
    assert reason
    assert "\x1b" not in reason
    assert "s3cr3t" not in reason


@pytest.mark.parametrize("nonsense", [None, "text", Observation(cursor=None), Observation(again_in_s="soon")])  # type: ignore[arg-type]
async def test_a_third_party_source_that_returns_nonsense_is_a_failing_one(
    cache: Cache, tmp_path: Path, nonsense: Observation
) -> None:
    bad, works = ScriptedSource("bad", lambda: nonsense), ScriptedSource("works", answers())
    async with agent_over(cache, tmp_path, bad, works):
        await until(has(cache, "bad", SourceStatus.FAILING))
        before = works.rounds
        await until(lambda: works.rounds > before + 2)


async def test_failures_are_counted_from_the_first_one_and_keep_what_was_known(cache: Cache, tmp_path: Path) -> None:
    source = ScriptedSource("git", answers(etag="one"), raises(SourceUnreachableError("connection refused")))
    async with agent_over(cache, tmp_path, source):
        await until(lambda: has(cache, "git", SourceStatus.FAILING)() and state_of(cache, "git").failures >= 2)
    state = state_of(cache, "git")
    assert state.failing_since is not None
    assert state.next_try_at is not None
    assert state.next_try_at > state.failing_since
    assert state.freshness.is_fresh(datetime.now(UTC))
    assert cache.cursor("git") == {"etag": "one"}


async def test_a_next_agent_goes_on_from_what_the_last_one_knew(cache: Cache, tmp_path: Path) -> None:
    first = ScriptedSource("git", answers(etag="one"), raises(SourceGarbageError("not JSON")))
    async with agent_over(cache, tmp_path, first):
        await until(has(cache, "git", SourceStatus.FAILING))
    before = state_of(cache, "git")
    second = ScriptedSource("git", raises(SourceGarbageError("not JSON")))
    async with agent_over(cache, tmp_path, second):
        await until(lambda: state_of(cache, "git").failures > before.failures)
    assert second.cursors[0] == {"etag": "one"}
    assert state_of(cache, "git").failing_since == before.failing_since


async def test_a_refusal_waits_for_a_person_and_a_refresh_asks_at_once(cache: Cache, tmp_path: Path) -> None:
    source = ScriptedSource("ci", raises(SourceRefusedError("not trusted", next_step="cockpit trust")), answers())
    async with agent_over(cache, tmp_path, source) as session:
        await until(has(cache, "ci", SourceStatus.REFUSED))
        assert state_of(cache, "ci").next_step == "cockpit trust"
        await asyncio.sleep(0.5)
        assert source.rounds == 1
        session.refresh("ci")
        await until(has(cache, "ci", SourceStatus.OK))


async def test_a_wait_that_the_other_side_asks_for_is_not_cut_short_by_a_refresh(cache: Cache, tmp_path: Path) -> None:
    source = ScriptedSource("api", raises(SourceUnreachableError("429", retry_after_s=300.0)), answers())
    async with agent_over(cache, tmp_path, source) as session:
        await until(has(cache, "api", SourceStatus.FAILING))
        session.refresh()
        await asyncio.sleep(1.5)
    assert source.rounds == 1
    state = state_of(cache, "api")
    assert state.next_try_at is not None
    assert timedelta(seconds=290) < state.next_try_at - datetime.now(UTC) < timedelta(seconds=301)


async def test_a_refresh_asked_for_again_and_again_does_not_storm_a_source(cache: Cache, tmp_path: Path) -> None:
    source = ScriptedSource("git", answers(), every_s=3600.0)
    async with agent_over(cache, tmp_path, source) as session:
        for _ in range(100):
            session.refresh()
            await asyncio.sleep(0.01)
    assert source.rounds <= 3


@pytest.mark.parametrize("years", [-1, 1])
async def test_a_wall_clock_that_jumps_a_year_neither_stops_nor_storms_anything(
    cache: Cache, tmp_path: Path, years: int
) -> None:
    clock, source = WrongClock(), ScriptedSource("git", answers(), every_s=0.2)
    async with agent_over(cache, tmp_path, source, clock=clock):
        await until(lambda: source.rounds >= 2)
        clock.off = timedelta(days=365 * years)
        before = source.rounds
        await asyncio.sleep(1.1)
        assert 3 <= source.rounds - before <= 7
        await until(lambda: state_of(cache, "git").freshness.is_fresh(clock.now()))


async def test_a_source_with_more_to_read_is_asked_again_before_its_time(cache: Cache, tmp_path: Path) -> None:
    more = Observation({"at": "1"}, again_in_s=0.05)
    source = ScriptedSource("git", lambda: more, answers(at="2"), every_s=3600.0)
    async with agent_over(cache, tmp_path, source):
        await until(lambda: source.rounds >= 2)
        await until(lambda: cache.cursor("git") == {"at": "2"})


async def test_the_cache_taken_away_under_the_agent_fills_again(cache: Cache, tmp_path: Path) -> None:
    feature = Feature("csv", "Export", "Maria", "high", 1, FeatureState.IN_PROGRESS)

    class Telling(ScriptedSource):
        async def observe(self, sink: Sink, cursor: Mapping[str, str]) -> Observation:
            if not cursor:
                await asyncio.to_thread(sink.put, FeaturesSeen([feature]))
            await super().observe(sink, cursor)
            return Observation({"digest": "x"})

    source = Telling("features", answers())
    async with agent_over(cache, tmp_path, source):
        await until(lambda: cache.cursor("features") == {"digest": "x"})
        remove_cache(tmp_path)
        before = source.rounds
        await until(lambda: source.rounds > before + 3)
        assert cache.cursor("features") == {"digest": "x"}
    assert {} in source.cursors[before:]


async def test_ending_the_agent_gives_every_source_back(cache: Cache, tmp_path: Path) -> None:
    sources = [ScriptedSource("a", answers()), ScriptedSource("b", 3600.0), ScriptedSource("c", raises(ValueError()))]
    async with agent_over(cache, tmp_path, *sources):
        await until(lambda: all(source.rounds for source in sources))
    assert [source.closed for source in sources] == [True, True, True]
    assert [source.at_once for source in sources] == [0, 0, 0]


async def test_a_cache_held_by_another_process_is_named_in_the_log_and_written_when_it_is_free(tmp_path: Path) -> None:
    cache = open_cache(tmp_path / "cache.db", patience_s=0.1)
    holder = sqlite3.connect(tmp_path / "cache.db", isolation_level=None)
    source = ScriptedSource("git", answers())
    async with agent_over(cache, tmp_path, source):
        await until(has(cache, "git", SourceStatus.OK))
        holder.execute("BEGIN IMMEDIATE")
        await until(lambda: "cache:" in log_of(tmp_path))
        held_at = datetime.now(UTC)
        holder.execute("ROLLBACK")
        await until(lambda: (state_of(cache, "git").freshness.observed_at or held_at) > held_at)
    holder.close()
    cache.close()
    assert "cache: works again" in log_of(tmp_path)
