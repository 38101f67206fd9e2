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
    until(lambda: status(world)["wave_done"] == 1, world.log)
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
    back = cockpit(world, "rollout", "rollback", "--reason", "sums are wrong", "--yes", "--watch", "--timeout", "60")
    assert back.returncode == 1, back.stdout + back.stderr
    assert f"from {NEW} back to {OLD}" in back.stdout
    assert {world.fleet.runs(name) for name in world.fleet.names} == {OLD}
    history = cockpit(world, "rollout", "history")
    assert "rolled back" in history.stdout
    assert "sums are wrong" in history.stdout


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
    refused = cockpit(world, "rollout", "promote", "--all", "--release", NEW)
    assert refused.returncode == 1
    assert "halted" in refused.stderr


def test_a_gate_that_says_no_starts_nothing(world: RolloutWorld) -> None:
    cockpit(world, "lock", "production", "--reason", "the database is moved")
    refused = cockpit(world, "rollout", "start", NEW, "--yes")
    assert refused.returncode == 1
    assert "the database is moved" in refused.stdout
    assert "Nothing was started" in refused.stderr
    assert cockpit(world, "rollout", "status").returncode == 3


def test_nobody_is_asked_where_nobody_is(world: RolloutWorld) -> None:
    asked = cockpit(world, "rollout", "start", NEW)
    assert asked.returncode == 2
    assert "--yes" in asked.stderr


def test_check_says_whether_a_rollout_could_be_executed(world: RolloutWorld) -> None:
    checked = cockpit(world, "check")
    assert "deployment" in checked.stdout
    assert "command, for each server; 1 smoke test" in checked.stdout
    assert "mars is at work on this machine" in checked.stdout
