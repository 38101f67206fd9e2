"""A station rolls a release out over real servers, by real steps, over a real ledger."""

from pathlib import Path

import pytest

from cockpit.domain.decisions.bodies import ControlsTakenOver, Locked, Unlocked
from cockpit.domain.decisions.intent import Fate
from cockpit.domain.decisions.records import DeploymentCallRecord
from cockpit.domain.decisions.rollout_bodies import (
    RolledBack,
    RolloutAborted,
    RolloutApproved,
    RolloutPaused,
    RolloutPromoted,
    RolloutResumed,
)
from cockpit.domain.decisions.rollout_record import RolloutPhase
from cockpit.domain.rollout.plan import Wave
from tests.integration.rollout_world import (
    NEW,
    NEW_DIGEST,
    OLD,
    RolloutWorld,
    begun_on,
    no_server_had_two_at_once,
    rollout_world,
    until,
)

DONE, HALTED, ROLLED_BACK = RolloutPhase.DONE, RolloutPhase.HALTED, RolloutPhase.ROLLED_BACK
PAUSED, RUNNING = RolloutPhase.PAUSED, RolloutPhase.RUNNING


@pytest.fixture
def world(tmp_path: Path):  # noqa: ANN201
    with rollout_world(tmp_path) as made:
        made.station()
        yield made


def two_waves(world: RolloutWorld, *, waits: bool = False, soak_s: float = 0.0) -> tuple[Wave, Wave]:
    names = world.fleet.names
    return Wave(1, "first", names[:1], soak_s=soak_s, waits=waits), Wave(2, "rest", names[1:], parallel=2)


def test_a_release_reaches_every_server_wave_by_wave_and_asks_for_the_call(world: RolloutWorld) -> None:
    rollout = world.start()
    record = world.until_phase(rollout, DONE)
    assert [outcome.wave for outcome in record.waves] == [1, 2]
    assert {world.fleet.runs(name) for name in world.fleet.names} == {NEW}
    assert {world.fleet.digest(name) for name in world.fleet.names} == {NEW_DIGEST}
    first = next(line for line in world.fleet.deployments() if line[4] == "begins")
    assert first[2] == world.fleet.names[0]
    no_server_had_two_at_once(world.fleet)
    until(lambda: world.record(rollout) and world.jon.decided.get(DeploymentCallRecord, rollout), "no call was opened")
    refused = world.say("rollout.abort", rollout, RolloutAborted("too late"))
    assert refused.fate is Fate.REFUSED
    assert "roll it back instead" in refused.reason


def test_a_wave_waits_to_be_promoted_and_a_promotion_after_an_abort_never_counts(world: RolloutWorld) -> None:
    rollout = world.start(world.plan(*two_waves(world, waits=True)))
    world.until_it_waits_for(rollout, "waits for somebody to promote it to wave 2")
    assert begun_on(world.fleet) == [world.fleet.names[0]]
    assert world.say("rollout.abort", rollout, RolloutAborted("not today")).fate is Fate.SHARED
    refused = world.say("rollout.promote", rollout, RolloutPromoted(2))
    assert refused.fate is Fate.REFUSED
    assert "was aborted: it never goes on" in refused.reason
    assert world.record(rollout).permitted == 1
    assert begun_on(world.fleet) == [world.fleet.names[0]]


def test_a_paused_rollout_begins_nothing_until_it_is_resumed(world: RolloutWorld) -> None:
    rollout = world.start(world.plan(*two_waves(world, waits=True)))
    world.until_it_waits_for(rollout, "promote")
    assert world.say("rollout.pause", rollout, RolloutPaused("lunch")).fate is Fate.SHARED
    assert world.say("rollout.promote", rollout, RolloutPromoted(2)).fate is Fate.SHARED
    world.until_it_waits_for(rollout, "paused by olu")
    assert begun_on(world.fleet) == [world.fleet.names[0]]
    assert world.say("rollout.resume", rollout, RolloutResumed()).fate is Fate.SHARED
    world.until_phase(rollout, DONE)


def test_a_second_person_lets_it_begin(world: RolloutWorld) -> None:
    rollout = world.start(world.plan(needs_second=True))
    world.until_it_waits_for(rollout, "second person")
    assert world.say("rollout.approve", rollout, RolloutApproved()).fate is Fate.REFUSED
    assert begun_on(world.fleet) == []
    assert world.say("rollout.approve", rollout, RolloutApproved(), world.jon).fate is Fate.SHARED
    world.until_phase(rollout, DONE)


def test_a_lock_in_mid_rollout_lets_nothing_further_begin(world: RolloutWorld) -> None:
    rollout = world.start(world.plan(*two_waves(world, waits=True)))
    world.until_it_waits_for(rollout, "promote")
    assert world.say("lock", "production", Locked("audit"), world.jon).fate is Fate.SHARED
    assert world.say("rollout.promote", rollout, RolloutPromoted(2)).fate is Fate.SHARED
    world.until_it_waits_for(rollout, "jon has locked production: audit")
    assert begun_on(world.fleet) == [world.fleet.names[0]]
    assert world.say("unlock", "production", Unlocked("done"), world.jon).fate is Fate.SHARED
    world.until_phase(rollout, DONE)


def test_once_the_controls_are_taken_over_the_next_step_waits_for_the_new_holder(world: RolloutWorld) -> None:
    rollout = world.start(world.plan(Wave(1, "all", world.fleet.names)))
    until(lambda: begun_on(world.fleet), "nothing was deployed")
    assert world.say("controls.takeover", "production", ControlsTakenOver("lunch"), world.jon).fate is Fate.SHARED
    at_takeover = begun_on(world.fleet)
    world.until_it_waits_for(rollout, "waits for jon to resume it")
    # What had begun before the takeover was on the ledger is let end; nothing further begins.
    assert begun_on(world.fleet) == at_takeover
    assert len(at_takeover) < len(world.fleet.names)
    assert world.say("rollout.resume", rollout, RolloutResumed(), world.olu).fate is Fate.REFUSED
    assert world.say("rollout.resume", rollout, RolloutResumed(), world.jon).fate is Fate.SHARED
    world.until_phase(rollout, DONE)


def test_a_zone_or_a_server_goes_back_alone(world: RolloutWorld) -> None:
    rollout = world.start()
    world.until_phase(rollout, DONE)
    us_0 = next(name for name in world.fleet.names if name.startswith("us"))
    assert world.say("rollout.rollback", rollout, RolledBack("slow", f"server/{us_0}")).fate is Fate.SHARED
    until(lambda: world.record(rollout).phase is DONE and world.fleet.runs(us_0) == OLD, world.log)
    assert {name for name in world.fleet.names if world.fleet.runs(name) == OLD} == {us_0}
    assert world.say("rollout.rollback", rollout, RolledBack("slow", "zone/eu")).fate is Fate.SHARED
    until(lambda: world.record(rollout).phase is DONE and world.fleet.runs("eu-1") == OLD, world.log)
    runs = {name: world.fleet.runs(name) for name in world.fleet.names}
    assert {name for name, version in runs.items() if version == OLD} == {us_0, "eu-0", "eu-1"}
