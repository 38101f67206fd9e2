"""Rollouts in small worlds where servers, deployers, tests and people go wrong at random: each has to end well."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

from cockpit.domain.decisions.rollout_record import RolloutPhase
from tests.campaign.campaign import BrokenInvariantError, Step, hold
from tests.unit.rollout_model import World, play

ENDS = (RolloutPhase.DONE, RolloutPhase.ROLLED_BACK)


def rollout_worlds(_folder: Path, chance: random.Random, count: int) -> Iterator[Step]:
    """Play `count` worlds; whatever must never happen is looked for at every step of each."""
    for _ in range(count):
        seed, began = chance.randrange(1 << 32), time.monotonic()
        for world in _played(seed):
            hold(world.record.phase in ENDS, f"world {seed} is {world.record.phase.value} for ever")
            hold(not world.out and not world.steps, f"world {seed} leaves {sorted(world.out)} out of service")
            strategy = world.record.plan.strategy.value
            yield Step(strategy, time.monotonic() - began, world.record.phase.value)


def _played(seed: int) -> Iterator[World]:
    try:
        yield from play(seed)
    except AssertionError as error:
        raise BrokenInvariantError(f"world {seed}: {error}") from error
