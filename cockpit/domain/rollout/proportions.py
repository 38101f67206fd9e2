"""Shares and rates with what chance leaves open about them, by closed formulas.

Sources: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927) 209–212:
the score interval of a share. R. G. Newcombe, "Interval estimation for the difference between independent proportions:
comparison of eleven methods", Statistics in Medicine 17 (1998) 873–890, method 10: the interval of a difference out of
two score intervals. G. Zou and A. Donner, "Construction of confidence limits about effect measures: a general
approach", Statistics in Medicine 27 (2008) 1693–1702: the same for a difference to a multiple.
"""

import math
from functools import lru_cache

from cockpit.domain.record import record


@record(frozen=True, slots=True)
class Estimate:
    """A figure and the interval that holds the true one with the confidence asked for."""

    value: float
    low: float
    high: float


@lru_cache(maxsize=64)
def z_of(confidence: float) -> float:
    """Return how many standard deviations either side hold this share of a normal distribution; 0.95 gives 1.96."""
    # Takes a tenth of the time in which a screen starts, and is needed only where something is judged.
    from statistics import NormalDist

    return NormalDist().inv_cdf(0.5 + confidence / 2)


def is_share(successes: float, trials: float) -> bool:
    """Tell whether so many successes in so many trials can be a share at all."""
    return math.isfinite(trials) and trials >= 1 and 0 <= successes <= trials


def share_of(successes: float, trials: float, z: float) -> Estimate:
    """Return the share of successes with Wilson's score interval; raises ValueError where it can be none."""
    if not is_share(successes, trials):
        raise ValueError(f"{successes} successes in {trials} trials")
    value = successes / trials
    square = z * z / trials
    middle = (value + square / 2) / (1 + square)
    half = z * math.sqrt(value * (1 - value) / trials + square / (4 * trials)) / (1 + square)
    # At the ends the interval touches 0 or 1 exactly, whatever rounding says.
    low = 0.0 if successes == 0 else max(0.0, min(value, middle - half))
    high = 1.0 if successes == trials else min(1.0, max(value, middle + half))
    return Estimate(value, low, high)


def rate_of(events: float, seconds: float, z: float) -> Estimate:
    """Return events a second with the score interval of a Poisson count, which Wilson's becomes for rare events.

    Raises ValueError for a negative count or no time.
    """
    if not (math.isfinite(events) and events >= 0 and math.isfinite(seconds) and seconds > 0):
        raise ValueError(f"{events} events in {seconds} s")
    middle, half = events + z * z / 2, z * math.sqrt(events + z * z / 4)
    low = 0.0 if events == 0 else max(0.0, middle - half)
    return Estimate(events / seconds, low / seconds, (middle + half) / seconds)


def difference(one: Estimate, other: Estimate, times: float = 1.0) -> Estimate:
    """Return `one` less `times` the other, with Newcombe's hybrid score interval, or Zou and Donner's."""
    value = one.value - times * other.value
    low = value - math.hypot(one.value - one.low, times * (other.high - other.value))
    high = value + math.hypot(one.high - one.value, times * (other.value - other.low))
    return Estimate(value, low, high)
