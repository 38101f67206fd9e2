"""How long a rollout has still to go, as far as that can be known."""

import math
from collections.abc import Collection, Iterable

from cockpit.domain.record import record
from cockpit.domain.rollout.plan import RolloutPlan

LONGEST_S = 31_536_000.0
"""A year: what lasts longer is garbage."""


@record(frozen=True, slots=True)
class Expected:
    """What is left of a rollout."""

    seconds: float | None
    """Deployments and soaks to come, None while no deployment has shown how long one takes; without waiting."""
    servers: int
    """To be deployed."""
    waits: int = 0
    """Times that a person has to promote before it goes on."""


def expected(
    plan: RolloutPlan,
    deployed: Collection[str],
    deploy_times_s: Iterable[float],
    *,
    wave_done: int = 0,
    soak_left_s: float | None = None,
    permitted: int = 1,
) -> Expected:
    """Reckon what is left after the waves up to `wave_done`.

    `soak_left_s` is that of the wave in hand, None while it does not soak yet. Waves up to `permitted` may begin.
    """
    waves = [wave for wave in plan.waves if wave.number > wave_done]
    left = [sum(server not in deployed for server in wave.servers) for wave in waves]
    rounds = sum(math.ceil(servers / max(1, wave.parallel)) for servers, wave in zip(left, waves, strict=True))
    soaks = [_seconds(wave.soak_s) for wave in waves]
    if soaks and soak_left_s is not None:
        soaks[0] = _seconds(soak_left_s)
    each_s = _mean(deploy_times_s)
    known = each_s is not None or not rounds
    return Expected(
        seconds=sum(soaks) + rounds * (each_s or 0.0) if known else None,
        servers=sum(left),
        waits=_waits(plan, wave_done, permitted),
    )


def _waits(plan: RolloutPlan, wave_done: int, permitted: int) -> int:
    """A wave that waits holds the one after it, unless that is permitted already; the last one holds nothing."""
    following = [wave for wave in plan.waves[:-1] if wave.waits]
    return sum(wave.number >= max(wave_done, permitted) for wave in following)


def _mean(times_s: Iterable[float]) -> float | None:
    known = [time_s for time_s in times_s if 0.0 <= time_s <= LONGEST_S]
    return sum(known) / len(known) if known else None


def _seconds(soak_s: float) -> float:
    return soak_s if 0.0 < soak_s <= LONGEST_S else 0.0
