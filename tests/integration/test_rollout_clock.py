"""A wall clock that jumps in mid-rollout: nothing takes less or more time for it, and no answer is another one."""

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from cockpit.domain.alert import AlertState
from cockpit.domain.decisions.rollout_record import RolloutPhase
from cockpit.domain.rollout.plan import Wave
from cockpit.ledger.spool import Spool
from cockpit.ui.feed import Query
from tests.integration.jumping_clock import HOUR_S, YEAR_S, JumpingClock
from tests.integration.rollout_world import (
    OLD,
    RolloutWorld,
    begun_on,
    no_server_had_two_at_once,
    rollout_world,
    until,
)

HALTED, ROLLED_BACK, RUNNING = RolloutPhase.HALTED, RolloutPhase.ROLLED_BACK, RolloutPhase.RUNNING

JUMPS = pytest.mark.parametrize("jump_s", [YEAR_S, -HOUR_S])

SOAK_S = 4.0

WATCHED = """
[rollout.analysis]
min_requests = 0
[[alerts.rules]]
name = "BusyForLong"
metric = "http_requests_total"
condition = "> 0"
for = 1800
severity = "page"
"""


@pytest.fixture
def clock(tmp_path: Path, need_program: Callable[[str, str], Path]) -> JumpingClock:
    return JumpingClock(tmp_path / "clock", need_program("cc", "gcc"))


def station(world: RolloutWorld, clock: JumpingClock, *before: str) -> None:
    """Start the station with that clock; `before` is put before its command line."""
    command = [*before, *clock.cockpit(world.root, "agent", "--station", "mars")]
    world.agents.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))


def watched(world: RolloutWorld) -> str:
    """Start one whose first wave is watched, and return its id once that is so."""
    names = world.fleet.names
    rollout = world.start(
        world.plan(Wave(1, "first", names[:1], soak_s=SOAK_S), Wave(2, "rest", names[1:], parallel=3))
    )
    world.until_it_is_watched(rollout)
    return rollout


def soaks(world: RolloutWorld, rollout: str) -> list[float]:
    """When the first wave began to be watched, on the clock that nobody sets; the newest last."""
    lines = [json.loads(line) for line in world.journal(rollout) if '"type":"soak"' in line]
    return [float(line["at_s"]) for line in lines if line["wave"] == 1]


def soaked_s(world: RolloutWorld, rollout: str) -> float:
    """Wait for the end of the first wave; returns the seconds for which it was watched, or a little more."""
    until(lambda: world.record(rollout).wave_done >= 1 or world.record(rollout).phase is not RUNNING, world.log)
    return time.clock_gettime(time.CLOCK_BOOTTIME) - soaks(world, rollout)[-1]


def passed_without_a_word(world: RolloutWorld, rollout: str) -> None:
    record = world.record(rollout)
    assert (record.wave_done >= 1, record.reason, record.waits) == (True, "", "")


def decides(world: RolloutWorld, clock: JumpingClock, *words: str) -> None:
    """Have somebody at the station's machine decide, and go on once that is kept; what it says is not waited for."""
    world.git("config", "user.name", "olu")
    spool = Spool(world.places.spool)
    before = spool.count()
    command = clock.cockpit(world.root, "rollout", *words)
    world.agents.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    until(lambda: spool.count() > before, world.log)


def alert_states(world: RolloutWorld) -> dict[str, AlertState]:
    pane = world.feed().alerts
    return {one.alert_id: one.state for one in pane.fetch(pane.order(Query())) if one is not None}


@JUMPS
def test_a_soak_takes_its_time_and_an_alert_waits_for_its_own(tmp_path: Path, clock: JumpingClock, jump_s: int) -> None:
    with rollout_world(tmp_path, 2, rollout=WATCHED) as world:
        station(world, clock)
        rollout = watched(world)
        first = world.fleet.names[0]
        world.fleet.ask(first, 5)
        until(lambda: alert_states(world) == {f"BusyForLong/{first}": AlertState.PENDING}, world.log)
        clock.jump(jump_s)
        assert soaked_s(world, rollout) >= SOAK_S
        passed_without_a_word(world, rollout)
        assert len(soaks(world, rollout)) == 1
        until(lambda: alert_states(world).get(f"BusyForLong/{first}") is AlertState.PENDING, world.log)
        assert AlertState.FIRING not in alert_states(world).values()


@JUMPS
def test_a_soak_is_no_shorter_for_a_jump_while_the_agent_was_away(
    tmp_path: Path, clock: JumpingClock, jump_s: int
) -> None:
    with rollout_world(tmp_path, 2, rollout=WATCHED) as world:
        station(world, clock)
        rollout = watched(world)
        world.kill_station()
        clock.jump(jump_s)
        station(world, clock)
        assert soaked_s(world, rollout) >= SOAK_S
        passed_without_a_word(world, rollout)
        assert len(soaks(world, rollout)) == 1


def test_after_a_new_start_of_the_machine_a_wave_is_watched_from_the_beginning(
    tmp_path: Path, clock: JumpingClock
) -> None:
    """Its clocks count from elsewhere then: ten thousand seconds more are not ten thousand seconds of watching."""
    boot_id = tmp_path / "boot_id"
    boot_id.write_text("11111111-2222-3333-4444-555555555555\n")
    bind = f"mount --bind {boot_id} /proc/sys/kernel/random/boot_id"
    booted = ["unshare", "--mount", "--time", "--boottime", "10000", "--monotonic", "10000", "--fork", "--kill-child"]
    if not shutil.which("unshare") or subprocess.run([*booted, "sh", "-c", bind], capture_output=True).returncode:
        pytest.skip("a machine cannot be started anew here (needs root)")
    with rollout_world(tmp_path, 2, rollout=WATCHED) as world:
        station(world, clock)
        rollout = watched(world)
        world.kill_station()
        clock.jump(YEAR_S)
        station(world, clock, *booted, "sh", "-c", f'{bind} && exec "$@"', "sh")
        assert soaked_s(world, rollout) + 10_000 >= SOAK_S
        passed_without_a_word(world, rollout)
        assert len(soaks(world, rollout)) == 2


@JUMPS
def test_a_deployment_has_the_time_it_was_given(tmp_path: Path, clock: JumpingClock, jump_s: int) -> None:
    timeout_s = 3.0
    with rollout_world(tmp_path, timeout_s=timeout_s) as world:
        station(world, clock)
        first, last = world.fleet.names[0], world.fleet.names[1]
        world.fleet.misbehave(first, "hangs")
        rollout = world.start(world.plan(Wave(1, "both", (first, last), parallel=2)))
        until(lambda: set(begun_on(world.fleet)) == {first, last}, world.log)
        clock.jump(jump_s)
        record = world.until_phase(rollout, HALTED)
        began_at_s = next(at_s for at_s, _, server, _, what in world.fleet.deployments() if server == first)
        assert time.monotonic() - began_at_s >= timeout_s - 0.5
        assert "no end after 3 s" in record.reason
        assert record.stopped is not None
        assert set(record.stopped.servers) == {first}
        (result,) = (world.places.rollouts / "steps").rglob(f"*.{first}.deploy/result.json")
        told = json.loads(result.read_text())
        lasted = datetime.fromisoformat(told["ended_at"]) - datetime.fromisoformat(told["began_at"])
        assert abs(lasted.total_seconds() - jump_s) < HOUR_S / 2, "its wrapper did not see the jump"
        no_server_had_two_at_once(world.fleet)


@JUMPS
def test_a_server_has_the_time_it_was_given_to_come_up(tmp_path: Path, clock: JumpingClock, jump_s: int) -> None:
    settle_s = 3.0
    with rollout_world(tmp_path, settle_s=settle_s) as world:
        station(world, clock)
        first = world.fleet.names[0]
        world.fleet.misbehave(first, "lies")
        rollout = world.start()
        until(lambda: any(what == "ends" for *_, what in world.fleet.deployments()), world.log)
        clock.jump(jump_s)
        record = world.until_phase(rollout, HALTED)
        ended_at_s = next(at_s for at_s, *_, what in world.fleet.deployments() if what == "ends")
        assert time.monotonic() - ended_at_s >= settle_s
        assert "3 s after it was deployed" in record.reason


def test_what_was_decided_later_counts_later_though_the_clock_was_set_back(tmp_path: Path, clock: JumpingClock) -> None:
    """A halt, and then a roll back with the clock an hour earlier: the roll back is the newer word."""
    with rollout_world(tmp_path) as world:
        station(world, clock)
        rollout = world.start(world.plan(Wave(1, "all", world.fleet.names)))
        until(lambda: len(begun_on(world.fleet)) > 1, world.log)
        away = world.remote.with_name("away.git")
        world.remote.rename(away)
        decides(world, clock, "halt", "--reason", "it burns")
        clock.jump(-HOUR_S)
        decides(world, clock, "rollback", rollout, "--here", "--yes", "--reason", "it burns")
        until(lambda: {world.fleet.runs(name) for name in world.fleet.names} == {OLD}, world.log)
        away.rename(world.remote)
        world.until_phase(rollout, ROLLED_BACK)
        said = [kind for kind in world.kinds() if kind in ("rollout.halt", "rollout.rollback-here")]
        assert said == ["rollout.halt", "rollout.rollback-here"]
        no_server_had_two_at_once(world.fleet)
