"""How long to wait before a source is asked again."""

import random
from collections.abc import Callable

FIRST_S = 1.0
CAP_S = 120.0
"""Longest wait between two tries of a source that does not answer."""
REFUSED_S = 300.0
"""Wait after a refusal: only a person can change it, and that person asks for a refresh."""
RETRY_AFTER_MAX_S = 600.0
"""Longest wait that the other side may ask for."""
LEAST_S = 0.05
"""Shortest wait between two rounds, whatever a source says."""

Uniform = Callable[[float, float], float]


def after_failure(failures: int, uniform: Uniform = random.uniform) -> float:
    """Return the wait in seconds after `failures` in a row: exponential, bounded, full jitter.

    After "Exponential Backoff and Jitter" (AWS Architecture Blog, 2015).
    """
    whole = min(CAP_S, FIRST_S * 2.0 ** min(max(failures, 1) - 1, 16))
    return max(FIRST_S / 2, uniform(0.0, whole))


def asked_for(retry_after_s: float) -> float:
    """Return the wait after an answer that names one: what it asks for, within 1 and 600 s."""
    return max(FIRST_S, min(retry_after_s, RETRY_AFTER_MAX_S))


def after_success(every_s: float, took_s: float, again_in_s: float | None) -> float:
    """Return the wait from the end of a round that took `took_s`, so that rounds begin `every_s` apart."""
    due = max(every_s - took_s, min(every_s, 1.0) / 2)
    return max(LEAST_S, due if again_in_s is None else min(due, again_in_s))
