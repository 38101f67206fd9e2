"""The ledger's remote goes away at random moments of a rollout: halt works here, nothing else, and nothing is lost."""

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

from cockpit.domain.decisions.intent import Fate
from cockpit.domain.decisions.rollout_bodies import RolloutHalted, RolloutResumed
from cockpit.domain.decisions.rollout_record import RolloutPhase
from cockpit.domain.rollout.plan import Wave
from tests.campaign.campaign import Step, hold, recovered
from tests.campaign.surroundings import surroundings
from tests.integration.rollout_world import RolloutWorld, begun_on, no_server_had_two_at_once, rollout_world

SERVERS = 8
PARALLEL = 2
WITHIN_S = 90.0
WATCHED_S = 2.0


def rollout_remote(folder: Path, chance: random.Random, count: int) -> Iterator[Step]:
    """Take the remote away `count` times, each time in the middle of another rollout, and bring it back."""
    os.environ.update(surroundings(folder / "home"))
    for number in range(count):
        place = folder / f"world{number}"
        place.mkdir()
        with rollout_world(place, SERVERS) as world:
            world.station()
            yield _one(world, chance, is_halted=number % 2 == 0)


def _one(world: RolloutWorld, chance: random.Random, *, is_halted: bool) -> Step:
    names = world.fleet.names
    waves = Wave(1, "first", names[:2]), Wave(2, "rest", names[2:], parallel=PARALLEL)
    rollout = world.start(world.plan(*waves))
    begins = chance.randint(1, SERVERS - 2)
    recovered(lambda: "" if len(begun_on(world.fleet)) >= begins else "nothing is deployed", WITHIN_S)
    time.sleep(chance.uniform(0.0, 1.0))
    away = world.remote.with_name("away.git")
    world.remote.rename(away)
    if is_halted:
        world.say_here("rollout.halt", rollout, RolloutHalted("it burns"))
    at_loss = begun_on(world.fleet)
    if not is_halted:
        recovered(lambda: _is_seen(world, rollout), WITHIN_S)
    time.sleep(WATCHED_S)
    late = begun_on(world.fleet)[len(at_loss) :]
    # What had been let begin a moment before, by the remote itself, is one step of each server in work.
    hold(len(late) <= PARALLEL, f"without the remote {late} began")
    seen = begun_on(world.fleet)
    time.sleep(WATCHED_S)
    hold(begun_on(world.fleet) == seen, "it went on without the remote")
    began = time.monotonic()
    away.rename(world.remote)
    if is_halted:
        recovered(lambda: _is_recorded(world, rollout), WITHIN_S)
        kinds = [kind for kind in world.kinds() if kind in ("rollout.halt", "rollout.halted")]
        hold(kinds == ["rollout.halt", "rollout.halted"], f"the record is {kinds}")
        resumed = world.say("rollout.resume", rollout, RolloutResumed())
        hold(resumed.fate is Fate.SHARED, f"it cannot be resumed: {resumed.reason}")
    recovered(lambda: _is_done(world, rollout), WITHIN_S)
    no_server_had_two_at_once(world.fleet)
    waves_told = world.kinds().count("rollout.wave")
    hold(waves_told == len(waves), f"{waves_told} waves are on the record")
    hold(world.kinds().count("rollout.finished") == 1, "its end is not on the record once")
    return Step("halted without a remote" if is_halted else "without a remote", time.monotonic() - began)


def _is_seen(world: RolloutWorld, rollout: str) -> str:
    waits = world.waits_for(rollout)
    return "" if "the ledger is" in waits else f"it is not said that the remote is away: {waits}"


def _is_recorded(world: RolloutWorld, rollout: str) -> str:
    record = world.record(rollout)
    is_there = record.phase is RolloutPhase.HALTED and record.is_confirmed
    return "" if is_there else f"{record.phase.value}, confirmed: {record.is_confirmed}"


def _is_done(world: RolloutWorld, rollout: str) -> str:
    phase = world.record(rollout).phase
    return "" if phase is RolloutPhase.DONE else f"{phase.value}: {world.waits_for(rollout)}\n{world.log()}"
