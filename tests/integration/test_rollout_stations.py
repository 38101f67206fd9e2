"""A rollout that another station takes over, on another state folder: nothing goes on before the steps have ended."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cockpit.domain.decisions.intent import Fate
from cockpit.domain.decisions.rollout_bodies import RolloutTakenOver
from cockpit.domain.decisions.rollout_record import RolloutPhase
from cockpit.domain.rollout.plan import Wave
from tests.integration.rollout_world import RolloutWorld, begun_on, no_server_had_two_at_once, rollout_world, until


def second_station(world: RolloutWorld, name: str) -> None:
    """Start a station in a state folder of its own, over a clone of the same repository."""
    home = world.folder / "second"
    own = {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CACHE", "STATE", "CONFIG")}
    trust = Path(str(world.places.trust).replace(os.environ["XDG_STATE_HOME"], own["XDG_STATE_HOME"]))
    trust.parent.mkdir(parents=True)
    shutil.copy(world.places.trust, trust)
    command = [sys.executable, "-m", "cockpit", "-C", str(world.root), "agent", "--station", name]
    silent = subprocess.DEVNULL
    world.agents.append(subprocess.Popen(command, env=os.environ | own, stdout=silent, stderr=silent))


@pytest.mark.parametrize("name", ["venus", "mars"])
def test_steps_in_flight_hold_the_new_station_until_the_former_one_has_let_go(tmp_path: Path, name: str) -> None:
    """Also where both call themselves by one name: the one that never began them cannot know that they have ended."""
    with rollout_world(tmp_path, timeout_s=30.0) as world:
        former = world.station()
        first = world.fleet.names[0]
        world.fleet.misbehave(first, "hangs")
        rollout = world.start(world.plan(Wave(1, "all", world.fleet.names, parallel=1)))
        until(lambda: begun_on(world.fleet) == [first], world.log)
        former.kill()
        former.wait()
        second_station(world, name)
        taken = world.say("rollout.takeover", rollout, RolloutTakenOver(name, "mars is gone"))
        assert taken.fate is Fate.SHARED, taken.reason
        until(lambda: world.record(rollout).host, world.log, every_s=0.2)
        assert world.record(rollout).unproved
        assert begun_on(world.fleet) == [first]
        world.fleet.behave(first)
        world.station()
        until(lambda: not world.record(rollout).unproved, world.log, every_s=0.2)
        world.until_phase(rollout, RolloutPhase.DONE)
        no_server_had_two_at_once(world.fleet)
