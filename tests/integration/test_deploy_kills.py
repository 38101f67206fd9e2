"""Whoever begins or wraps a step is killed at any moment: it runs at most once, and what is said of it is so."""

import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from step_world import StepWorld, caller_of

from cockpit.deploy.order import StepResult, StepState

ENDED = (StepState.SUCCEEDED, StepState.UNKNOWN)


@pytest.mark.parametrize("seed", range(6))
def test_the_caller_is_killed_and_the_next_one_adopts(tmp_path: Path, seed: int) -> None:
    world = StepWorld(tmp_path / "rollouts")
    order = world.order(f"echo run >> {tmp_path}/runs; sleep 0.1; echo end >> {tmp_path}/runs")
    caller = caller_of(world, order)
    assert caller.stdin is not None
    caller.stdin.write(b"\n")
    caller.stdin.flush()
    time.sleep(random.Random(seed).uniform(0.0, 0.03))
    caller.send_signal(signal.SIGKILL)
    caller.communicate()
    try:
        result = _carried_on(world, order.step_id, lambda: world.steps.begin(order))
        assert result.state is StepState.SUCCEEDED
        assert (tmp_path / "runs").read_text() == "run\nend\n"
    finally:
        world.end_all()


@pytest.mark.parametrize("seed", range(8))
def test_the_wrapper_is_killed_and_the_step_runs_at_most_once(tmp_path: Path, seed: int) -> None:
    world = StepWorld(tmp_path / "rollouts")
    order = world.order(f"echo run >> {tmp_path}/runs; echo talks; sleep 0.1; echo end >> {tmp_path}/runs")
    world.steps.begin(order)
    world.wrapper(order.step_id)
    time.sleep(random.Random(seed).uniform(0.0, 0.12))
    world.kill_wrapper(order.step_id)
    try:
        result = _carried_on(world, order.step_id, lambda: world.steps.begin(order))
        runs = (tmp_path / "runs").read_text() if (tmp_path / "runs").exists() else ""
        assert result.state in ENDED
        assert runs in ("", "run\nend\n")
        if result.state is StepState.SUCCEEDED:
            assert runs == "run\nend\n"
        world.until(lambda: not world.steps.is_locked("eu-1"))
        assert world.run("true").state is StepState.SUCCEEDED
    finally:
        world.end_all()


def test_no_server_has_two_deployments_at_once_while_wrappers_are_killed(tmp_path: Path) -> None:
    """Each deployment makes a folder that must not be there, and takes it away in the end."""
    world, chance = StepWorld(tmp_path / "rollouts"), random.Random(7)
    claim = f"mkdir {tmp_path}/claim || echo CLASH >> {tmp_path}/clashes; sleep 0.05; rmdir {tmp_path}/claim"
    ids = []
    try:
        for _ in range(10):
            ids.append(world.begin(f"echo x >> {tmp_path}/runs; {claim}", timeout_s=30))
            time.sleep(chance.uniform(0.0, 0.1))
            if chance.random() < 0.6:
                world.kill_wrapper(chance.choice(ids[-3:]))
        for step_id in ids:
            world.wait(step_id, 40)
        assert not (tmp_path / "clashes").exists()
        assert (tmp_path / "runs").read_text().count("x") <= 10
        world.until(lambda: not world.steps.busy())
    finally:
        world.end_all()


def _carried_on(world: StepWorld, step_id: str, begin: Callable[[], None]) -> StepResult:
    """Do what an agent does: begin what is absent, wait for what runs."""
    give_up_at = time.monotonic() + 30
    while time.monotonic() < give_up_at:
        result = world.steps.look(step_id)
        if result.state is StepState.ABSENT:
            begin()
        elif result.state is not StepState.RUNNING:
            return result
        time.sleep(0.005)
    pytest.fail(f"never ended: {world.steps.look(step_id)}")
