"""The station's agent killed with -9 at random moments of a rollout over twelve servers, and started anew each time."""

import math
import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from cockpit.domain.decisions.rollout_bodies import RolledBack
from cockpit.domain.decisions.rollout_record import RolloutPhase, RolloutRecord
from cockpit.domain.rollout.plan import OnFailure, RolloutPlan, Wave
from tests.campaign.asking_client import AskingClient
from tests.campaign.campaign import Step, hold, recovered
from tests.campaign.surroundings import surroundings
from tests.integration.rollout_world import (
    NEW,
    NEW_DIGEST,
    OLD,
    OLD_DIGEST,
    RolloutWorld,
    no_server_had_two_at_once,
    rollout_world,
)

SERVERS = 12
KILLS_EACH = 14
"""Of one rollout; then it may come to its end."""

LONGEST_WORK_S = 6.0
"""Of the agent before it is killed again, where it has nothing more to deploy."""

SEVERAL = 4
"""Deployments of which a client sees at least one."""

WITHIN_S = 120.0
FAULTS = ("", "sick", "lies", "fails-after", "dies", "hangs")
"""What one deployment to one server may do; '' for nothing wrong."""


@dataclass(frozen=True, slots=True)
class Story:
    """How one rollout is to go."""

    plan: RolloutPlan
    fault: str
    server: str
    """The one with the fault, '' for none."""

    @property
    def ends_in(self) -> RolloutPhase:
        """How it comes to rest by itself."""
        if not self.fault:
            return RolloutPhase.DONE
        is_back = self.plan.on_failure is OnFailure.ROLL_BACK
        return RolloutPhase.ROLLED_BACK if is_back else RolloutPhase.HALTED


def rollout_kills(folder: Path, chance: random.Random, count: int) -> Iterator[Step]:
    """Kill the agent `count` times, and compare servers, record and what a client saw with what must be."""
    os.environ.update(surroundings(folder / "home"))
    done = number = 0
    while done < count:
        number += 1
        kills = min(KILLS_EACH, count - done)
        place = folder / f"world{number}"
        place.mkdir()
        with rollout_world(place, SERVERS, timeout_s=3.0, settle_s=5.0) as world:
            for step in _one(world, chance, number, kills):
                yield step
                done += 1


def _one(world: RolloutWorld, chance: random.Random, number: int, kills: int) -> Iterator[Step]:
    story = _story(world, chance, number)
    client = AskingClient(world.fleet.ports)
    world.station()
    rollout = world.start(story.plan)
    client.start()
    try:
        left = kills
        while left and not _rests(world.record(rollout), story):
            yield _killed(world, chance, rollout)
            left -= 1
        _until_rest(world, rollout, story)
        if story.ends_in is RolloutPhase.HALTED:
            _went_no_further(world, story)
            world.say("rollout.rollback", rollout, RolledBack("it is bad"))
            while left and world.record(rollout).phase is RolloutPhase.ROLLING_BACK:
                yield replace(_killed(world, chance, rollout), fault="while it goes back")
                left -= 1
            _until(world, rollout, RolloutPhase.ROLLED_BACK)
    finally:
        client.stop()
    _check(world, story, client)


def _story(world: RolloutWorld, chance: random.Random, number: int) -> Story:
    names = list(world.fleet.names)
    chance.shuffle(names)
    waves = (
        Wave(1, "first", tuple(names[:2])),
        Wave(2, "some", tuple(names[2:6]), parallel=chance.randint(1, 3), soak_s=chance.choice((0.0, 1.0))),
        Wave(3, "rest", tuple(names[6:]), parallel=chance.randint(2, 4)),
    )
    fault = FAULTS[number % len(FAULTS)]
    server = chance.choice(names) if fault else ""
    if fault:
        world.fleet.misbehave(server, fault, only=NEW)
    on_failure = chance.choice((OnFailure.HALT, OnFailure.ROLL_BACK))
    return Story(world.plan(*waves, on_failure=on_failure), fault, server)


def _rests(record: RolloutRecord, story: Story) -> bool:
    return record.phase is story.ends_in


def _killed(world: RolloutWorld, chance: random.Random, rollout: str) -> Step:
    _let_it_work(world, chance)
    before = world.record(rollout)
    world.kill_station()
    began = time.monotonic()
    pid = world.station().pid
    recovered(lambda: "" if f"pid {pid}" in world.log() else "the next agent does not start", WITHIN_S)
    return Step(f"while {before.phase.value}", time.monotonic() - began, f"wave {before.wave_done + 1}")


def _let_it_work(world: RolloutWorld, chance: random.Random) -> None:
    """For a while, which may be too short for anything; mostly until some deployments have begun or ended."""
    wanted = len(world.fleet.deployments()) + chance.choice((0, 1, 1, 2, 3, 4))
    give_up_at = time.monotonic() + LONGEST_WORK_S
    while len(world.fleet.deployments()) < wanted and time.monotonic() < give_up_at:
        time.sleep(0.02)
    time.sleep(chance.uniform(0.0, 1.2))


def _until_rest(world: RolloutWorld, rollout: str, story: Story) -> None:
    _until(world, rollout, story.ends_in)


def _until(world: RolloutWorld, rollout: str, phase: RolloutPhase) -> None:
    def wrong() -> str:
        record = world.record(rollout)
        lost = record.phase is not phase and record.phase.is_over
        hold(not lost, f"it is {record.phase.value}, and not {phase.value}: {record.reason}\n{world.log()}")
        time.sleep(0.3)
        told = f"{record.phase.value}: {record.reason} {world.waits_for(rollout)}\n{world.log()}"
        return "" if record.phase is phase else told

    recovered(wrong, WITHIN_S)


def _went_no_further(world: RolloutWorld, story: Story) -> None:
    failed = story.plan.wave_of(story.server)
    for wave in story.plan.waves:
        if failed is not None and wave.number > failed.number:
            begun = {server for _, _, server, _, _ in world.fleet.deployments()} & set(wave.servers)
            hold(not begun, f"wave {wave.number} began though wave {failed.number} had failed: {begun}")


def _check(world: RolloutWorld, story: Story, client: AskingClient) -> None:
    try:
        no_server_had_two_at_once(world.fleet)
    except AssertionError as error:
        hold(False, f"two deployments at once: {error}")
    if story.fault:
        _went_no_further(world, story)
    wanted = (OLD, OLD_DIGEST) if story.fault else (NEW, NEW_DIGEST)
    run = {name: (world.fleet.runs(name), world.fleet.digest(name)) for name in world.fleet.names}
    wrong = {name: found[0] for name, found in run.items() if found != wanted}
    hold(not wrong, f"not {wanted[0]}: {wrong} after {story.fault or 'no'} fault at {story.server}")
    _check_outages(world, story, client)
    # One server is away so shortly that a client on a busy machine may miss it; not all of several.
    ended = sum(what == "ends" for *_, what in world.fleet.deployments())
    hold(client.asked > SERVERS * 20 and (client.outages or ended < SEVERAL), "the client saw nothing")


def _check_outages(world: RolloutWorld, story: Story, client: AskingClient) -> None:
    """Forward no more are out than in the wave; what goes back may take as many as any of its waves."""
    goes_back_at = min((at for at, _, _, version, _ in world.fleet.deployments() if version == OLD), default=math.inf)
    for moment, out in client.together():
        of = [wave for wave in story.plan.waves if moment >= goes_back_at or not out.isdisjoint(wave.servers)]
        most = max(wave.parallel for wave in of)
        lines = "\n".join(" ".join(map(str, line)) for line in world.fleet.deployments())
        hold(
            len(out) <= most,
            f"{len(out)} servers were out at once where {most} may be: {sorted(out)} {moment}\n{lines}",
        )
