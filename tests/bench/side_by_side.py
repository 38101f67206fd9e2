"""Measures two or more things in turn, so that a noisy machine disturbs all of them alike."""

import statistics
import time
from collections.abc import Callable, Mapping


def medians(parts: Mapping[str, Callable[[], object]], runs: int) -> dict[str, float]:
    """Return the median seconds of each part over `runs` interleaved runs."""
    seconds: dict[str, list[float]] = {name: [] for name in parts}
    for _ in range(runs):
        for name, part in parts.items():
            started = time.perf_counter()
            part()
            seconds[name].append(time.perf_counter() - started)
    return {name: statistics.median(values) for name, values in seconds.items()}


def seconds(part: Callable[[], object]) -> float:
    """Return how long `part` took once."""
    started = time.perf_counter()
    part()
    return time.perf_counter() - started


def quantile(values: list[float], share: float) -> float:
    """Return the value below which `share` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def exponent(loads: list[float], values: list[float]) -> float:
    """Return how a cost grows with the load: the slope of a straight line through the logarithms.

    0 is constant, 1 linear.
    """
    import math

    xs = [math.log(load) for load in loads]
    ys = [math.log(max(value, 1e-9)) for value in values]
    mean_x, mean_y = statistics.fmean(xs), statistics.fmean(ys)
    return sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / sum((x - mean_x) ** 2 for x in xs)
