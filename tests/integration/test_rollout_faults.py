"""Deployments that go wrong in every way, and what the station makes of each; over real servers and steps."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from cockpit.domain.decisions.intent import Fate
from cockpit.domain.decisions.rollout_bodies import RolledBack, RolloutRetried
from cockpit.domain.decisions.rollout_record import RolloutPhase
from cockpit.domain.rollout.plan import OnFailure, Wave
from tests.integration.rollout_world import (
    NEW,
    OLD,
    OLD_DIGEST,
    RolloutWorld,
    begun_on,
    no_server_had_two_at_once,
    rollout_world,
)

DONE, HALTED, ROLLED_BACK = RolloutPhase.DONE, RolloutPhase.HALTED, RolloutPhase.ROLLED_BACK

SMOKE = """
[[rollout.smoke]]
name = "front page"
path = "/version"
contains = "1.0.0"
"""

REASONS: Mapping[str, str] = {
    "hangs": "time limit",
    "dies": "SIGKILL",
    "lies": "it still says that it runs 1.0.0",
    "fails-after": "though it runs 1.1.0 now",
    "sick": "503",
}


def all_are_back(world: RolloutWorld) -> None:
    run = {(world.fleet.runs(name), world.fleet.digest(name)) for name in world.fleet.names}
    assert run == {(OLD, OLD_DIGEST)}
    no_server_had_two_at_once(world.fleet)


@pytest.mark.parametrize("how", ["dies", "fails-after", "hangs"])
def test_each_fault_alone_halts_with_its_reason_and_a_retry_after_the_repair_goes_on(tmp_path: Path, how: str) -> None:
    with rollout_world(tmp_path, timeout_s=2.0, settle_s=2.0) as world:
        world.station()
        world.fleet.misbehave(world.fleet.names[0], how)
        rollout = world.start()
        record = world.until_phase(rollout, HALTED)
        assert REASONS[how] in record.reason, record.reason
        assert set(begun_on(world.fleet)) == {world.fleet.names[0]}
        world.fleet.behave(world.fleet.names[0])
        assert world.say("rollout.retry", rollout, RolloutRetried("repaired")).fate is Fate.SHARED
        world.until_phase(rollout, DONE)
        assert {world.fleet.runs(name) for name in world.fleet.names} == {NEW}


def test_a_hundred_megabytes_of_output_do_not_harm_anybody(tmp_path: Path) -> None:
    with rollout_world(tmp_path) as world:
        world.station()
        world.fleet.misbehave(world.fleet.names[0], "floods")
        rollout = world.start()
        world.until_phase(rollout, DONE)
        kept = sum(path.stat().st_size for path in world.places.rollouts.rglob("*") if path.is_file())
        assert kept < 32 << 20


def test_a_failed_smoke_test_in_the_first_wave_brings_everything_back_by_itself(tmp_path: Path) -> None:
    with rollout_world(tmp_path, rollout=SMOKE) as world:
        world.station()
        first, rest = world.fleet.names[:2], world.fleet.names[2:]
        waves = Wave(1, "first", first, parallel=2), Wave(2, "rest", rest)
        rollout = world.start(world.plan(*waves, on_failure=OnFailure.ROLL_BACK))
        record = world.until_phase(rollout, ROLLED_BACK)
        assert not set(begun_on(world.fleet)) & set(rest)
        assert record.stopped is not None
        assert "smoke test front page failed" in record.stopped.reason
        all_are_back(world)


@pytest.mark.parametrize("how", ["lies", "sick"])
def test_a_server_that_does_not_become_what_it_should_goes_back_with_all_that_were_touched(
    tmp_path: Path, how: str
) -> None:
    with rollout_world(tmp_path, settle_s=2.0) as world:
        world.station()
        names = world.fleet.names
        world.fleet.misbehave(names[1], how, only=NEW)
        rollout = world.start(world.plan(Wave(1, "a", names[:2]), Wave(2, "b", names[2:])))
        record = world.until_phase(rollout, HALTED)
        assert REASONS[how] in record.reason, record.reason
        assert not set(begun_on(world.fleet)) & set(names[2:])
        assert world.say("rollout.rollback", rollout, RolledBack("bad build")).fate is Fate.SHARED
        world.until_phase(rollout, ROLLED_BACK)
        all_are_back(world)
