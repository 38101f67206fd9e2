"""The whole of a rollout without a screen: `cockpit rollout` over a real station, servers and ledger."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cockpit.domain.decisions.rollout_record import RolloutPhase
from tests.integration.rollout_world import NEW, OLD, RolloutWorld, rollout_world, until


@pytest.fixture
def world(tmp_path: Path) -> Iterator[RolloutWorld]:
    with rollout_world(tmp_path, rollout='[[rollout.smoke]]\nname = "healthz"\npath = "/healthz"\n') as made:
        made.git("config", "user.name", "olu")
        made.station()
        until(lambda: made.feed().overview().fleet.total == 4, made.log)
        yield made


def cockpit(world: RolloutWorld, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "cockpit", "-C", str(world.root), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=90)


def status(world: RolloutWorld) -> dict[str, object]:
    found: dict[str, object] = json.loads(cockpit(world, "rollout", "status", "--json").stdout)
    return found


def test_from_the_plan_to_a_roll_back(world: RolloutWorld) -> None:
    planned = cockpit(world, "rollout", "plan", NEW)
    assert planned.returncode == 0, planned.stdout
    assert "deploy_program.py" in planned.stdout
    assert {world.fleet.runs(name) for name in world.fleet.names} == {OLD}

    started = cockpit(world, "rollout", "start", NEW, "--yes")
    assert started.returncode == 0, started.stderr
    assert "You have the controls of production now." in started.stdout
    assert "is started." in started.stdout
    until(lambda: status(world)["wave_done"] == 1, world.log, every_s=1.0)
    told = cockpit(world, "rollout", "status")
    assert "waits for somebody to promote it to wave 2" in told.stdout
    assert sorted(map(world.fleet.runs, world.fleet.names)) == [OLD, OLD, NEW, NEW]

    unnamed = cockpit(world, "rollout", "promote", "--all", "--yes")
    assert unnamed.returncode == 2
    assert "wants the release's name" in unnamed.stderr
    promoted = cockpit(world, "rollout", "promote", "--all", "--release", NEW, "--watch", "--timeout", "60")
    assert promoted.returncode == 0, promoted.stdout + promoted.stderr
    assert {world.fleet.runs(name) for name in world.fleet.names} == {NEW}
    done = status(world)
    assert (done["phase"], done["release"], done["strategy"]) == ("done", NEW, "rolling")
    assert [change["subject"] for change in done["contents"]] == ["pay twice"]  # type: ignore[attr-defined]
    assert 1 <= float(str(done["hands_on_minutes"])) <= 5

    aborted = cockpit(world, "rollout", "abort", "--reason", "too late", "--yes")
    assert aborted.returncode == 1
    assert "roll it back instead" in aborted.stderr
    over = cockpit(world, "rollout", "promote")
    assert (over.returncode, over.stdout) == (1, ""), "nobody is asked about what is refused"
    braked = cockpit(world, "rollout", "halt")
    assert braked.returncode == 2
    assert "no rollout is under way: the last, " in braked.stderr
    for wrong in (("--zone", "nowhere"), ("--server", "nobody")):
        lost = cockpit(world, "rollout", "rollback", "--reason", "mistyped", "--yes", *wrong)
        assert lost.returncode == 2, lost.stdout
        assert wrong[1] in lost.stderr
    assert status(world)["phase"] == "done"
    back = cockpit(world, "rollout", "rollback", "--reason", "sums are wrong", "--yes", "--watch", "--timeout", "60")
    assert back.returncode == 1, back.stdout + back.stderr
    assert f"from {NEW} back to {OLD}" in back.stdout
    assert {world.fleet.runs(name) for name in world.fleet.names} == {OLD}
    history = cockpit(world, "rollout", "history")
    assert "rolled back" in history.stdout
    assert "sums are wrong" in history.stdout
    told = cockpit(world, "rollout", "status").stdout
    assert "◁ rolled back" in told
    assert "to come" not in told


def test_a_halt_asks_nothing_and_says_when_it_is_obeyed(world: RolloutWorld) -> None:
    for name in world.fleet.names:
        world.fleet.misbehave(name, "hangs", NEW)
    assert cockpit(world, "rollout", "start", NEW, "--yes").returncode == 0
    until(world.fleet.deployments, world.log)
    halted = cockpit(world, "rollout", "halt", "--reason", "the phones ring")
    assert halted.returncode == 0, halted.stderr
    assert "has obeyed" in halted.stdout
    record = status(world)
    assert (record["phase"], record["reason"]) == (RolloutPhase.HALTED.value, "the phones ring")
    assert cockpit(world, "rollout", "status").returncode == 1
    again = cockpit(world, "rollout", "halt")
    assert (again.returncode, again.stderr) == (0, "")
    assert "was halted already" in again.stdout
    refused = cockpit(world, "rollout", "promote", "--all", "--release", NEW)
    assert refused.returncode == 1
    assert "halted" in refused.stderr


def test_a_station_that_is_silent_is_said_to_be(world: RolloutWorld) -> None:
    assert cockpit(world, "rollout", "start", NEW, "--yes").returncode == 0
    until(lambda: status(world)["wave_done"] == 1, world.log, every_s=1.0)
    told = cockpit(world, "rollout", "status").stdout
    assert "✔ done" in told
    assert "nothing was heard" not in told
    world.kill_station()
    silent = "nothing was heard of station mars"
    until(lambda: silent in cockpit(world, "rollout", "status").stdout, world.log, every_s=1.0)
    assert "cockpit agent --station mars" in cockpit(world, "rollout", "status").stdout


def test_a_gate_that_says_no_starts_nothing(world: RolloutWorld) -> None:
    cockpit(world, "lock", "production", "--reason", "the database is moved")
    refused = cockpit(world, "rollout", "start", NEW, "--yes")
    assert refused.returncode == 1
    assert "the database is moved" in refused.stdout
    assert "Nothing was started" in refused.stderr
    assert cockpit(world, "rollout", "status").returncode == 3


def test_nobody_is_asked_where_nobody_is(world: RolloutWorld) -> None:
    asked = cockpit(world, "rollout", "start", NEW, "--environment", "production", "--reason", "at last")
    assert asked.returncode == 2
    assert f"rollout start {NEW} --environment production --reason 'at last' --yes" in asked.stderr
    nothing = cockpit(world, "rollout", "status", "--json")
    assert (nothing.returncode, nothing.stdout) == (3, "")
    assert "Nothing was rolled out yet" in nothing.stderr


def test_a_command_complains_of_strange_words_with_its_own_usage(world: RolloutWorld) -> None:
    complaint = cockpit(world, "rollout", "resume", "--yes")
    assert complaint.returncode == 2
    assert "usage: cockpit rollout resume" in complaint.stderr
    assert "unrecognized arguments: --yes" in complaint.stderr


def test_check_says_whether_a_rollout_could_be_executed(world: RolloutWorld) -> None:
    checked = cockpit(world, "check")
    assert "deployment" in checked.stdout
    assert "command, for each server; 1 smoke test" in checked.stdout
    assert "mars is at work on this machine" in checked.stdout
