"""A disk that is full on the executor's machine, in the middle of a rollout: nothing goes on, and nothing is lost."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cockpit.domain.decisions.intent import Fate
from cockpit.domain.decisions.rollout_bodies import RolloutHalted, RolloutPromoted
from cockpit.domain.decisions.rollout_record import RolloutPhase
from cockpit.domain.rollout.plan import OnFailure, Wave
from tests.integration.rollout_world import (
    NEW,
    RolloutWorld,
    begun_on,
    no_server_had_two_at_once,
    rollout_world,
    until,
)
from tests.integration.small_disk import fill, mounted

DONE, HALTED, RUNNING = RolloutPhase.DONE, RolloutPhase.HALTED, RolloutPhase.RUNNING

SMOKE = """
[[rollout.smoke]]
name = "answers"
command = ["true"]
"""


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where spool, journal and steps are; the cache is elsewhere."""
    with mounted(tmp_path / "small", "4m") as folder:
        monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
        yield folder


def goes_on(world: RolloutWorld) -> str:
    """Start one that would go back by itself if anything failed, and return its id once its first server is in work."""
    names = world.fleet.names
    waves = Wave(1, "first", names[:1]), Wave(2, "rest", names[1:], parallel=2)
    rollout = world.start(world.plan(*waves, on_failure=OnFailure.ROLL_BACK))
    until(lambda: begun_on(world.fleet), world.log)
    return rollout


def command(world: RolloutWorld, *words: str) -> subprocess.CompletedProcess[str]:
    world.git("config", "user.name", "olu")
    words = (sys.executable, "-m", "cockpit", "-C", str(world.root), "rollout", *words)
    return subprocess.run(words, capture_output=True, text=True, check=False)


def ends_well(world: RolloutWorld, rollout: str) -> None:
    """Every server was deployed to once, and nothing counts as failed."""
    record = world.until_phase(rollout, DONE, HALTED, RolloutPhase.ROLLED_BACK)
    assert (record.phase, record.reason) == (DONE, "")
    assert [outcome.wave for outcome in record.waves] == [1, 2]
    assert sorted(begun_on(world.fleet)) == sorted(world.fleet.names)
    assert {world.fleet.runs(name) for name in world.fleet.names} == {NEW}
    no_server_had_two_at_once(world.fleet)


@pytest.mark.parametrize("but_pages", [0, 3])
def test_a_full_disk_is_waited_for_however_little_still_fits(tmp_path: Path, disk: Path, but_pages: int) -> None:
    """What cannot be kept is no failure of a server, of a smoke test, or of the release: nothing goes back."""
    with rollout_world(tmp_path, rollout=SMOKE) as world:
        world.station()
        names = world.fleet.names
        waves = Wave(1, "first", names[:1], waits=True), Wave(2, "rest", names[1:], parallel=2)
        rollout = world.start(world.plan(*waves, on_failure=OnFailure.ROLL_BACK))
        world.until_it_waits_for(rollout, "promote")
        ballast = fill(disk, but_pages=but_pages)
        assert world.say("rollout.promote", rollout, RolloutPromoted(2)).fate is Fate.SHARED
        said = world.until_it_waits_for(rollout, "No space left on device")
        assert "Free some space or make the folder writable; it goes on by itself" in said
        at_full = world.record(rollout)
        assert (at_full.phase, at_full.reason) == (RUNNING, "")
        ballast.unlink()
        ends_well(world, rollout)


def test_on_a_full_disk_a_halt_is_kept_all_the_same_and_obeyed(tmp_path: Path, disk: Path) -> None:
    with rollout_world(tmp_path) as world:
        world.station()
        rollout = goes_on(world)
        ballast = fill(disk)
        world.until_it_waits_for(rollout, "No space left on device")
        at_full = begun_on(world.fleet)
        halted = command(world, "halt", "--reason", "it burns")
        assert halted.returncode == 0, halted.stderr
        assert world.until_phase(rollout, HALTED).reason == "it burns"
        world.kill_station()
        ballast.unlink()
        world.station()
        until(lambda: world.record(rollout).is_confirmed, world.log)
        assert begun_on(world.fleet) == at_full


def test_on_a_full_disk_the_agent_may_be_killed_too_and_what_cannot_be_kept_is_not_taken_as_given(
    tmp_path: Path, disk: Path
) -> None:
    with rollout_world(tmp_path) as world:
        world.station()
        rollout = goes_on(world)
        ballast = fill(disk)
        world.until_it_waits_for(rollout, "No space left on device")
        at_full = begun_on(world.fleet), world.record(rollout).wave_done
        refused = command(world, "pause", "--reason", "it burns")
        assert (refused.returncode, "the decision was not kept" in refused.stderr) == (1, True)
        assert "Free some space" in refused.stderr
        world.kill_station()
        world.station()
        until(lambda: world.log().count("started as mars") == 2, world.log)
        world.until_it_waits_for(rollout, "No space left on device")
        assert (begun_on(world.fleet), world.record(rollout).wave_done) == at_full
        ballast.unlink()
        ends_well(world, rollout)


def test_a_halt_that_was_kept_before_the_disk_was_full_is_obeyed_and_reaches_the_record(
    tmp_path: Path, disk: Path
) -> None:
    with rollout_world(tmp_path) as world:
        world.station()
        rollout = goes_on(world)
        away = world.remote.with_name("away.git")
        world.remote.rename(away)
        world.say_here("rollout.halt", rollout, RolloutHalted("it burns"))
        ballast = fill(disk)
        at_halt = begun_on(world.fleet)
        world.kill_station()
        world.station()
        world.until_it_waits_for(rollout, "halted by olu: it burns")
        assert len(begun_on(world.fleet)) <= len(at_halt) + 1
        away.rename(world.remote)
        ballast.unlink()
        assert world.until_phase(rollout, HALTED).reason == "it burns"
        until(lambda: world.record(rollout).is_confirmed, world.log)
        no_server_had_two_at_once(world.fleet)


def test_where_the_cache_is_on_the_full_disk_too_the_status_says_so(
    tmp_path: Path, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(disk / "cache"))
    with rollout_world(tmp_path) as world:
        world.station()
        rollout = goes_on(world)
        ballast = fill(disk)
        until(lambda: "no space left for the cache" in world.log(), world.log)
        at_full = begun_on(world.fleet)
        status = command(world, "status", rollout).stdout
        assert "! the disk of the cache is full" in status, status
        assert "free some space" in status
        assert begun_on(world.fleet) == at_full
        ballast.unlink()
        ends_well(world, rollout)


def test_a_checkout_that_finds_no_room_is_no_smoke_test_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the place for temporary files full alone, once it was chosen."""
    suite = '[[rollout.smoke]]\nname = "suite"\ncommand = ["true"]\ncheckout = true\nper = "wave"\n'
    with mounted(tmp_path / "small", "2m") as folder, rollout_world(tmp_path, 2, rollout=suite) as world:
        with monkeypatch.context() as patched:
            patched.setenv("TMPDIR", str(folder))
            world.station()
        first, last = world.fleet.names
        rollout = world.start(world.plan(Wave(1, "first", (first,), waits=True), Wave(2, "last", (last,))))
        world.until_it_waits_for(rollout, "promote")
        ballast = fill(folder)
        assert world.say("rollout.promote", rollout, RolloutPromoted(2)).fate is Fate.SHARED
        said = world.until_it_waits_for(rollout, "there is no checkout to test in")
        assert "Free some space" in said
        ballast.unlink()
        record = world.until_phase(rollout, DONE, HALTED)
        assert (record.phase, record.reason) == (DONE, "")
