"""Which weights at the load balancer give the new version its share of the traffic, and which share weights give."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction

HIGHEST = 256
"""What HAProxy takes at most (management guide, 'set server ... weight'); 0 is no new traffic."""


def weights_for(new: Sequence[str], old: Sequence[str], percent: float) -> dict[str, int]:
    """Return the weight, 0 to 256, of every server, so that the new ones get `percent` of the traffic.

    No other whole weights come closer; it is at most 0.2 points off. Servers of one side differ by 1 at most, the
    first ones getting more, and are as high as they can be. With one side empty the other gets everything. A share
    too small for one server's lowest weight becomes none. Raises ValueError for a percentage outside 0 to 100, and
    for a server on both sides.
    """
    if not 0 <= percent <= 100:
        raise ValueError(f"{percent} is no percentage")
    if both := set(new) & set(old):
        raise ValueError(f"{min(both)} runs both versions")
    for_new, for_old = _sums(Fraction(str(percent)) / 100, HIGHEST * len(new), HIGHEST * len(old))
    return _spread(new, for_new) | _spread(old, for_old)


def share_of(weights: Mapping[str, int], new: Collection[str]) -> float | None:
    """Return the percentage of the traffic that `new` get with these weights; None when nobody gets any."""
    everything = sum(weights.values())
    return 100 * sum(weights.get(server, 0) for server in set(new)) / everything if everything else None


def _sums(share: Fraction, most_new: int, most_old: int) -> tuple[int, int]:
    """Return the sums of weights of both sides: the closest there are, as large as they can be."""
    if not most_new or not most_old:
        return most_new, most_old
    for_new, for_old = min(_candidates(share, most_new, most_old), key=lambda sums: abs(_share(*sums) - share))
    times = min(most // part for part, most in ((for_new, most_new), (for_old, most_old)) if part)
    return for_new * times, for_old * times


def _candidates(share: Fraction, most_new: int, most_old: int) -> Iterator[tuple[int, int]]:
    """Up to `within` both sides have room for the exact share; beyond it, one is at its limit and the other rises."""
    rooms = [most / part for most, part in ((most_new, share), (most_old, 1 - share)) if part]
    within = int(min(rooms))
    best = share.limit_denominator(within)
    yield best.numerator, best.denominator - best.numerator
    beyond = within + 1
    for for_new in (most_new, beyond - most_old):
        if 0 <= for_new <= most_new and 0 <= beyond - for_new <= most_old:
            yield for_new, beyond - for_new


def _share(for_new: int, for_old: int) -> Fraction:
    return Fraction(for_new, for_new + for_old)


def _spread(servers: Sequence[str], total: int) -> dict[str, int]:
    if not servers:
        return {}
    each, more = divmod(total, len(servers))
    return {server: each + (place < more) for place, server in enumerate(servers)}
