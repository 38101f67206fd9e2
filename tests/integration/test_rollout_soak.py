"""A wave that is watched: without traffic, without its metrics, and over a restart of the agent."""

import time
from pathlib import Path

from cockpit.domain.decisions.intent import Fate
from cockpit.domain.decisions.rollout_bodies import SoakSkipped
from cockpit.domain.decisions.rollout_record import RolloutPhase
from cockpit.domain.rollout.plan import Wave
from tests.integration.rollout_world import RolloutWorld, begun_on, rollout_world, until

DONE, HALTED, RUNNING = RolloutPhase.DONE, RolloutPhase.HALTED, RolloutPhase.RUNNING

ANALYSIS = """
[rollout.analysis]
min_requests = 20
[[rollout.analysis.figures]]
name = "errors"
metric = "http_requests_failed_total"
per = "http_requests_total"
condition = "< 0.2"
"""


def watched(world: RolloutWorld, soak_s: float) -> str:
    """Start one whose first wave is watched, and return its id once that is so."""
    names = world.fleet.names
    rollout = world.start(world.plan(Wave(1, "first", names[:1], soak_s=soak_s), Wave(2, "rest", names[1:])))
    world.until_it_is_watched(rollout)
    return rollout


def test_without_traffic_it_is_inconclusive_and_waits_for_a_person(tmp_path: Path) -> None:
    with rollout_world(tmp_path, rollout=ANALYSIS) as world:
        world.station()
        rollout = watched(world, 2.0)
        world.until_it_waits_for(rollout, "inconclusive")
        until(lambda: "inconclusive" in world.record(rollout).waits, world.log)
        assert set(begun_on(world.fleet)) == {world.fleet.names[0]}
        assert world.say("rollout.skip-soak", rollout, SoakSkipped(1, "seen by hand")).fate is Fate.SHARED
        until(lambda: world.record(rollout).wave_done == 1, world.log)


def test_metrics_that_go_away_while_it_is_watched_are_no_pass(tmp_path: Path) -> None:
    with rollout_world(tmp_path, rollout=ANALYSIS) as world:
        world.station()
        rollout = watched(world, 8.0)
        first = world.fleet.names[0]
        for name in world.fleet.names:
            world.fleet.change(name, mute=True)
        world.fleet.ask(first, 40)
        world.until_it_waits_for(rollout, "inconclusive")
        record = world.record(rollout)
        assert (record.phase, record.wave_done) == (RUNNING, 0)
        assert set(begun_on(world.fleet)) == {first}


def test_errors_of_the_new_version_halt_it_before_its_time_is_over(tmp_path: Path) -> None:
    with rollout_world(tmp_path, rollout=ANALYSIS) as world:
        world.station()
        first = world.fleet.names[0]
        world.fleet.misbehave(first, "errors")
        rollout = watched(world, 300.0)

        def is_halted() -> bool:
            world.fleet.ask(first, 20)
            return world.record(rollout).phase is HALTED

        until(is_halted, world.log)
        record = world.record(rollout)
        assert "errors" in record.reason
        assert set(begun_on(world.fleet)) == {first}


def test_an_agent_that_is_started_again_goes_on_watching_from_where_it_was(tmp_path: Path) -> None:
    with rollout_world(tmp_path, rollout="[rollout.analysis]\nmin_requests = 0\n") as world:
        world.station()
        soak_s = 12.0
        rollout = watched(world, soak_s)
        began = time.monotonic()
        time.sleep(1.0)
        world.kill_station()
        world.station()
        until(lambda: world.record(rollout).wave_done >= 1, world.log)
        assert time.monotonic() - began >= soak_s - 2.0
        soaks = [line for line in world.journal(rollout) if '"type":"soak"' in line and '"wave":1' in line]
        assert len(soaks) == 1
