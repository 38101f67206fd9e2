"""Rows 14, 15 and 18: what the cache costs its writer and its readers."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from cockpit.cache.feed import open_feed
from cockpit.domain.change import Change
from cockpit.domain.facts import AlertsSeen, ProbesSeen
from cockpit.domain.terms import Terms
from cockpit.ui.feed import Query, RowReader
from tests.bench.load import Load, alert, fill, probe
from tests.bench.row import Row
from tests.bench.side_by_side import exponent, quantile

TICK_S = 0.0005


def rows(work: Path) -> Iterator[Row]:
    """Measure on caches of their own below `work`."""
    path = work / "rows.db"
    cache = fill(path, Load())
    now = datetime.now(UTC)
    sink = cache.sink("servers", 60.0)
    probes = [probe(n, now) for n in range(5_000)]
    started = time.perf_counter()
    sink.put(ProbesSeen(probes, complete=True))
    unchanged_ms = (time.perf_counter() - started) * 1000
    yield Row("14", "5 000 servers polled again, nothing new", f"{unchanged_ms:.0f} ms", unchanged_ms, 50, "ms")
    feed = open_feed(path, lambda: Terms("bench"))
    feed.overview()
    alerts = [alert(n, now) for n in range(10_000)]
    started = time.perf_counter()
    cache.sink("agent", 60.0).put(AlertsSeen("agent", alerts))
    feed.overview()
    feed.alerts.fetch(feed.alerts.order(Query())[:50])
    stored_s = time.perf_counter() - started
    yield Row("15", "10 000 alerts stored and readable", f"{stored_s * 1000:.0f} ms", stored_s, 1.0, "s")
    cache.close()
    yield _poll_growth(work)
    yield from _pane_queries(work)


def _poll_growth(work: Path) -> Row:
    """The same poll at a tenth and at ten times the load: linear, and a little for the processor's caches."""
    loads, taken_ms = [500, 5_000, 50_000], []
    for servers in loads:
        cache = fill(work / f"servers{servers}.db", Load(changes=10, servers=servers, alerts=10, features=10))
        sink, now = cache.sink("servers", 60.0), datetime.now(UTC)
        probes = [probe(n, now) for n in range(servers)]
        taken_ms.append(min(_ms(partial(sink.put, ProbesSeen(probes, complete=True))) for _ in range(3)))
        cache.close()
    shown = ", ".join(f"{taken:.0f} ms at {load}" for taken, load in zip(taken_ms, loads, strict=True))
    slope = exponent([float(load) for load in loads], taken_ms)
    return Row("14", "growth of the unchanged poll: exponent", shown, slope, 1.2, "")


def _pane_queries(work: Path) -> Iterator[Row]:
    loads, slowest = [1_000, 10_000, 100_000], []
    by_kind: dict[str, float] = {}
    for load in loads:
        path = work / f"panes{load}.db"
        cache = fill(path, Load(changes=load, servers=100, alerts=100, features=10))
        by_kind = _query_times(path)
        slowest.append(by_kind["window"])
        cache.close()
    shown = f"p99, grows with load^{exponent([float(n) for n in loads], slowest):.2f}"
    yield Row("18", "window of the change list at 100 k rows", shown, by_kind["window"], 1.0, "ms")
    yield Row("18", "filter of the change list at 100 k rows", "p99 of first answers", by_kind["filter"], 1.0, "ms")
    yield Row("18", "change list sorted by author at 100 k rows", "p99 of first answers", by_kind["sort"], 1.0, "ms")
    yield Row("3", "screen held up by a new filter or order at 100 k rows", "p99", by_kind["held up"], 20.0, "ms")


def _query_times(path: Path) -> dict[str, float]:
    feed = open_feed(path, lambda: Terms("bench"))
    order = feed.changes.order(Query())
    kinds: dict[str, list[float]] = {"window": [], "filter": [], "sort": [], "held up": []}
    for n in range(1_000):
        start = n * 7919 % max(1, len(order) - 50)
        kinds["window"].append(
            _ms(lambda start=start: feed.changes.fetch(feed.changes.order(Query())[start : start + 50]))
        )
    for n in range(10):
        kinds["filter"].append(_ms(lambda n=n: feed.changes.order(Query(text=f"number {n}"))))
        kinds["sort"].append(_ms(lambda n=n: feed.changes.order(Query(sort="author", descending=n % 2 == 1))))
    for n in range(10):
        for query in (Query(text=f"held {n}"), Query(sort="kind", descending=n % 2 == 1)):
            kinds["held up"].append(asyncio.run(_held_up_ms(feed.changes, query)))
    feed.close()
    return {kind: quantile(values, 0.99) for kind, values in kinds.items()}


async def _held_up_ms(reader: RowReader[Change], query: Query) -> float:
    """The longest time in which nothing else is done, for a grid that asks as grids do."""
    longest_ms = _ms(lambda: reader.is_quick(query))
    looking = asyncio.create_task(asyncio.to_thread(reader.order, query))
    while not looking.done():
        started = time.perf_counter()
        await asyncio.sleep(TICK_S)
        longest_ms = max(longest_ms, (time.perf_counter() - started - TICK_S) * 1000)
    return longest_ms


def _ms(work: object) -> float:
    started = time.perf_counter()
    assert callable(work)
    work()
    return (time.perf_counter() - started) * 1000
