"""A latency histogram as Prometheus wants it."""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Histogram:
    """Counts durations in seconds by upper bound."""

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS_S) + 1)
        self._sum_s = 0.0

    def observe(self, seconds: float) -> None:
        """Count one duration."""
        self._counts[bisect_left(BOUNDS_S, seconds)] += 1
        self._sum_s += seconds

    def lines(self, name: str) -> Iterator[str]:
        """Return the lines of the exposition format; buckets are cumulative."""
        yield f"# TYPE {name} histogram"
        for bound, count in zip((*BOUNDS_S, "+Inf"), accumulate(self._counts), strict=True):
            yield f'{name}_bucket{{le="{bound}"}} {count}'
        yield f"{name}_sum {self._sum_s:.6f}"
        yield f"{name}_count {sum(self._counts)}"
