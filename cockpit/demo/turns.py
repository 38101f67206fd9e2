"""Weighted round robin: whose turn it is, so that each gets its share of every stretch of turns."""

import heapq
from collections.abc import Collection, Mapping


class Turns:
    """Earliest deadline first: a server of weight w is due every 1/w, so a turn costs the logarithm of their number."""

    def __init__(self, weights: Mapping[str, int]) -> None:
        self._every = {name: 1.0 / weight for name, weight in weights.items() if weight > 0}
        self._due = [(every, place, name) for place, (name, every) in enumerate(self._every.items())]
        heapq.heapify(self._due)

    def next(self, but_not: Collection[str] = ()) -> str | None:
        """Return who is next and is none of `but_not`, whose turns stay due; None when there is nobody."""
        passed_over = []
        while self._due and self._due[0][2] in but_not:
            passed_over.append(heapq.heappop(self._due))
        name = self._take() if self._due else None
        for one in passed_over:
            heapq.heappush(self._due, one)
        return name

    def _take(self) -> str:
        due, place, name = self._due[0]
        heapq.heapreplace(self._due, (due + self._every[name], place, name))
        return name
