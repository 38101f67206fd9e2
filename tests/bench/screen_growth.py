"""Rows 3, 6 and 15 at a tenth, at one and at ten times the load: how the cost of the screen grows with it."""

import os
import statistics
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from cockpit.domain.facts import AlertsSeen
from tests.bench.load import Load, alert
from tests.bench.row import Row
from tests.bench.screen_rows import Stage, busy, key_times, server_list, stage
from tests.bench.side_by_side import exponent

FACTORS = (0.1, 1.0, 10.0)

ROUNDS, KEY_PAIRS = 4, 15
"""The loads take turns, so that a noisy machine disturbs all of them alike."""


def rows(on: Stage, work: Path) -> Iterator[Row]:
    """Measure beside a stage with the load of the budgets, which keeps its load."""
    others = {factor: stage(work / f"times{factor:g}", Load().times(factor)) for factor in FACTORS if factor != 1.0}
    os.environ.update(on.env)
    stages = [others.get(factor, on) for factor in FACTORS]
    yield from _keys(stages)
    yield _growth("6", "10 rows changing 10 times a second", [_cpu_of_changes(one) for one in stages], "%")
    yield from _alerts(on)


def _keys(stages: Sequence[Stage]) -> Iterator[Row]:
    rounds = [[key_times(one, KEY_PAIRS) for one in stages] for _ in range(ROUNDS)]
    for kind, what in enumerate(("key in the window", "page")):
        taken = [[time for times in of_one for time in times[kind]] for of_one in zip(*rounds, strict=True)]
        yield _ratio("3", what, list(map(statistics.median, taken)))


def _cpu_of_changes(on: Stage) -> float:
    with server_list(on) as terminal:
        return busy(on, terminal, 10)[0]


def _alerts(on: Stage) -> Iterator[Row]:
    """Every alert there is arrives at once on an open screen."""
    seconds = [_alerts_painted_s(on, int(10_000 * factor)) for factor in FACTORS]
    yield Row("15", "10 000 alerts stored and painted", "", seconds[1], 1.0, "s")
    yield _growth("15", "alerts stored and painted", [second * 1000 for second in seconds], "ms", budget=1.1)


def _alerts_painted_s(on: Stage, count: int) -> float:
    sink = on.cache.sink("agent", 86_400.0)
    sink.put(AlertsSeen("agent", []))
    with on.cockpit() as terminal:
        terminal.read(3)
        now = datetime.now(UTC)
        alerts = [alert(n, now) for n in range(count)]
        chunks, put_at = len(terminal.chunks), time.perf_counter()
        sink.put(AlertsSeen("agent", alerts))
        terminal.read(10, until_quiet=1.0)
        at = terminal.shows(rf"▲ {(count + 2) // 3} page[\s\S]*HighErrorRate", since=chunks)
        assert at is not None, f"{count} alerts were never painted:\n{terminal.text()}"
        return at - put_at


def _ratio(number: str, what: str, seconds: Sequence[float]) -> Row:
    """Compare the largest load with the smallest."""
    figure = _figure([second * 1000 for second in seconds], "ms")
    return Row(number, f"{what}: 100 k rows against 1 k", figure, seconds[-1] / seconds[0], 1.1)


def _growth(number: str, what: str, values: Sequence[float], unit: str, budget: float = 0.1) -> Row:
    return Row(number, f"{what}: exponent of the growth", _figure(values, unit), _slope(values), budget, "")


def _figure(values: Sequence[float], unit: str) -> str:
    loads = ", ".join(f"{value:.1f} {unit} at {factor:g} ×" for value, factor in zip(values, FACTORS, strict=True))
    return f"{loads}; grows with load^{_slope(values):.2f}"


def _slope(values: Sequence[float]) -> float:
    return exponent(list(FACTORS), list(values))
