"""A step runs once, is watched whoever dies, and what is said of it is so."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from step_world import StepWorld, caller_of, is_there

from cockpit.deploy import wrapper
from cockpit.deploy.locks import note_of, wrapper_of
from cockpit.deploy.order import StepOrder, StepState
from cockpit.deploy.steps import KEPT_ROLLOUTS, STARTS_MOST
from cockpit.errors import DeployError, MachineError
from tests.integration.small_disk import fill, mounted


@pytest.fixture
def world(tmp_path: Path) -> Iterator[StepWorld]:
    world = StepWorld(tmp_path / "state" / "rollouts")
    yield world
    world.end_all()


def test_a_step_that_works_says_so_and_leaves_the_server_free(world: StepWorld) -> None:
    step_id = world.begin("echo done")
    result = world.wait(step_id)
    assert (result.state, result.exit_status, result.reason) == (StepState.SUCCEEDED, 0, "")
    assert result.log.read_text() == "done\n"
    assert result.began_at is not None
    assert result.ended_at is not None
    assert result.began_at <= result.ended_at
    world.until(lambda: not world.steps.is_locked("eu-1"))
    assert world.steps.busy() == frozenset()
    assert world.steps.known(world.rollout) == (step_id,)


def test_what_was_never_begun_is_absent(world: StepWorld) -> None:
    assert world.steps.look("production-1.f1.eu-1.deploy").state is StepState.ABSENT
    world.steps.end("production-1.f1.eu-1.deploy")
    assert not world.steps.is_locked("eu-1")
    assert world.steps.busy() == frozenset()


def test_a_failure_carries_its_exit_status_and_the_last_line(world: StepWorld) -> None:
    result = world.run("echo first; echo 'no such release' >&2; exit 3")
    assert (result.state, result.exit_status) == (StepState.FAILED, 3)
    assert result.reason == "exit status 3: no such release"


def test_a_program_that_is_killed_has_failed_by_that_signal_and_what_it_left_is_ended(
    world: StepWorld, tmp_path: Path
) -> None:
    step_id = world.begin(f"sleep 60 & echo $! > {tmp_path}/child; echo begun; wait")
    world.until_it_prints(step_id, "begun")
    os.kill(world.program(step_id), signal.SIGKILL)
    result = world.wait(step_id)
    assert (result.state, result.exit_status) == (StepState.FAILED, -9)
    assert result.reason == "ended by SIGKILL: begun"
    assert not is_there(int((tmp_path / "child").read_text()))


def test_a_program_that_is_killed_before_it_runs_has_failed_by_that_signal(world: StepWorld) -> None:
    step_id = world.begin("true; sleep 60")
    os.kill(world.program(step_id), signal.SIGKILL)
    assert world.wait(step_id).exit_status == -9


def test_a_program_that_is_not_there_has_failed_and_is_named(world: StepWorld) -> None:
    order = world.order("")
    world.steps.begin(StepOrder(order.step_id, order.servers, ("no-such-deployer",), order.environment, 5.0))
    result = world.wait(order.step_id)
    assert result.state is StepState.FAILED
    assert result.reason == "no-such-deployer could not be run: No such file or directory"


def test_it_runs_with_the_environment_it_was_given_in_an_empty_folder_and_without_input(world: StepWorld) -> None:
    step_id = world.begin("ls -A; cat; env | cut -d= -f1 | sort | tr '\\n' ' '; echo $COCKPIT_IDEMPOTENCY_KEY")
    assert world.wait(step_id).state is StepState.SUCCEEDED
    assert world.steps.look(step_id).log.read_text() == f"COCKPIT_IDEMPOTENCY_KEY PATH PWD {step_id}\n"


def test_a_program_that_hangs_is_asked_to_end_and_then_killed_with_all_its_children(
    world: StepWorld, tmp_path: Path
) -> None:
    script = f"trap '' TERM; echo stuck; sleep 60 & echo $! > {tmp_path}/child; while :; do sleep 60; done"
    step_id = world.begin(script, timeout_s=0.5)
    result = world.wait(step_id)
    assert result.state is StepState.TIMED_OUT
    assert result.reason == "no end after 0.5 s: stuck"
    assert not is_there(int((tmp_path / "child").read_text()))
    world.until(lambda: not world.steps.is_locked("eu-1"))


def test_a_hundred_megabytes_neither_fill_the_disk_nor_hang(world: StepWorld) -> None:
    result = world.run("echo first; yes 0123456789 | head -c 100000000; printf '\\n\\377\\376last\\n'; exit 1")
    assert result.reason == "exit status 1: \ufffd\ufffdlast"
    content = result.log.read_bytes()
    assert len(content) < 4_000_000
    assert content.startswith(b"first\n")
    assert content.endswith(b"last\n")
    assert b"bytes left out" in content


def test_what_it_prints_can_be_read_while_it_runs(world: StepWorld) -> None:
    step_id = world.begin("echo copying; sleep 60")
    world.until_it_prints(step_id, "copying")
    assert world.steps.look(step_id).state is StepState.RUNNING
    assert world.steps.is_locked("eu-1")
    assert world.steps.busy() == {"eu-1"}


def test_a_program_that_closes_its_output_keeps_nobody_busy(world: StepWorld) -> None:
    step_id = world.begin("exec >&- 2>&-; sleep 1")
    wrapper_pid = world.wrapper(step_id)
    time.sleep(0.5)
    user_and_system = Path(f"/proc/{wrapper_pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    assert sum(map(int, user_and_system)) < 30
    assert world.wait(step_id).state is StepState.SUCCEEDED


def test_a_step_begun_twice_and_by_two_agents_at_once_runs_once(world: StepWorld, tmp_path: Path) -> None:
    order = world.order(f"echo x >> {tmp_path}/runs; sleep 0.3")
    callers = [caller_of(world, order) for _ in range(4)]
    for caller in callers:
        assert caller.stdin is not None
        caller.stdin.write(b"\n")
        caller.stdin.flush()
    assert [caller.wait(30) for caller in callers] == [0, 0, 0, 0]
    assert world.wait(order.step_id).state is StepState.SUCCEEDED
    world.steps.begin(order)
    time.sleep(0.3)
    assert (tmp_path / "runs").read_text() == "x\n"
    for caller in callers:
        caller.communicate()


def test_another_step_waits_for_the_server(world: StepWorld, tmp_path: Path) -> None:
    first = world.begin(f"echo 1 >> {tmp_path}/order; sleep 1; echo 1 >> {tmp_path}/order")
    world.program(first)
    second = world.begin(f"echo 2 >> {tmp_path}/order", "us-1", "eu-1")
    assert world.wait(first).state is StepState.SUCCEEDED
    assert world.wait(second).state is StepState.SUCCEEDED
    assert (tmp_path / "order").read_text() == "1\n1\n2\n"


def test_a_lock_that_an_earlier_wrapper_of_the_same_step_took_is_in_nobodys_way(world: StepWorld) -> None:
    order = world.order("true")
    (world.folder / "locks").mkdir(mode=0o700, parents=True)
    (world.folder / "locks" / "eu-1.lock").write_bytes(note_of(world.step(order.step_id)))
    world.steps.begin(order)
    assert world.wait(order.step_id).state is StepState.SUCCEEDED


def test_a_server_that_stays_held_is_a_failure_that_says_by_whom(world: StepWorld, tmp_path: Path) -> None:
    first = world.begin("sleep 60")
    pid = world.program(first)
    second = world.begin(f"touch {tmp_path}/ran")
    result = world.wait(second, wrapper.LOCK_PATIENCE_S + 10)
    assert result.state is StepState.FAILED
    assert f"eu-1 is held by step {first}" in result.reason
    assert f"{pid} s" in result.reason
    assert not (tmp_path / "ran").exists()
    assert world.steps.look(first).state is StepState.RUNNING


def test_steps_for_many_servers_never_wait_in_a_circle(world: StepWorld) -> None:
    ids = [world.begin("sleep 0.05", *servers) for servers in (("a", "b", "c"), ("c", "b"), ("b", "a"), ("c", "a"))]
    assert {world.wait(step_id).state for step_id in ids} == {StepState.SUCCEEDED}


def test_a_step_outlives_its_wrapper_and_holds_the_server(world: StepWorld, tmp_path: Path) -> None:
    script = f"while [ ! -e {tmp_path}/go ]; do echo tick; sleep 0.05; done; touch {tmp_path}/done"
    step_id = world.begin(script, timeout_s=60)
    world.until_it_prints(step_id, "tick")
    world.kill_wrapper(step_id)
    result = world.steps.look(step_id)
    assert result.state is StepState.RUNNING
    assert "its wrapper was killed" in result.reason
    assert not result.overdue
    assert world.steps.is_locked("eu-1")
    (tmp_path / "go").touch()
    result = world.wait(step_id)
    assert result.state is StepState.UNKNOWN
    assert result.began_at is not None
    assert (tmp_path / "done").exists(), "its words into the pipe must not have ended it"
    assert not world.steps.is_locked("eu-1")
    assert world.run("true").state is StepState.SUCCEEDED


def test_a_step_that_lost_its_wrapper_can_be_ended(world: StepWorld) -> None:
    step_id = world.begin("trap '' TERM; echo deaf; while :; do sleep 60; done")
    world.until_it_prints(step_id, "deaf")
    world.kill_wrapper(step_id)
    world.steps.end(step_id)
    assert world.steps.look(step_id).state is StepState.UNKNOWN
    assert not world.steps.is_locked("eu-1")


def test_children_that_closed_the_lock_hold_the_server_when_wrapper_and_program_are_killed(
    world: StepWorld, tmp_path: Path
) -> None:
    child = "import subprocess; subprocess.Popen(['sleep', '60']).wait()"
    step_id = world.begin(f'exec {sys.executable} -c "{child}"')
    program = world.program(step_id)
    world.until(lambda: _child_of(program))
    orphan = _child_of(program)
    world.kill_wrapper(step_id)
    os.kill(program, signal.SIGKILL)
    world.until(lambda: not is_there(program))
    assert world.steps.is_locked("eu-1")
    assert world.steps.look(step_id).state is StepState.RUNNING
    other = world.begin(f"touch {tmp_path}/ran")
    time.sleep(0.5)
    assert not (tmp_path / "ran").exists()
    os.kill(orphan, signal.SIGKILL)
    assert world.wait(other).state is StepState.SUCCEEDED
    assert world.steps.look(step_id).state is StepState.UNKNOWN


def test_work_left_in_the_background_is_part_of_the_step(world: StepWorld, tmp_path: Path) -> None:
    result = world.run(f"(sleep 0.5; touch {tmp_path}/late) &")
    assert result.state is StepState.SUCCEEDED
    assert (tmp_path / "late").exists()
    assert "waiting for what it left" in result.log.read_text()
    result = world.run("sleep 60 &", timeout_s=0.5)
    assert result.state is StepState.TIMED_OUT
    assert "left running" in result.reason


def test_a_service_in_a_session_of_its_own_outlives_the_step_and_frees_the_server(
    world: StepWorld, tmp_path: Path
) -> None:
    script = (
        f"setsid sh -c 'echo $$ > {tmp_path}/service; exec sleep 60' & while [ ! -s {tmp_path}/service ]; do :; done"
    )
    result = world.run(script)
    assert result.state is StepState.SUCCEEDED
    assert is_there(int((tmp_path / "service").read_text()))
    world.until(lambda: not world.steps.is_locked("eu-1"))
    assert world.run("true").state is StepState.SUCCEEDED
    assert is_there(int((tmp_path / "service").read_text()))


def test_a_service_left_by_a_step_whose_wrapper_was_killed_does_not_hold_the_server_for_ever(
    world: StepWorld, tmp_path: Path
) -> None:
    service = f"setsid sh -c 'echo $$ > {tmp_path}/service; exec sleep 60'"
    script = f"{service} & while [ ! -e {tmp_path}/go ]; do sleep 0.02; done"
    step_id = world.begin(script)
    world.until(lambda: (tmp_path / "service").exists() and (tmp_path / "service").read_text())
    world.kill_wrapper(step_id)
    assert world.steps.is_locked("eu-1")
    (tmp_path / "go").touch()
    assert world.wait(step_id).state is StepState.UNKNOWN
    assert not world.steps.is_locked("eu-1")
    assert world.run("true").state is StepState.SUCCEEDED
    assert is_there(int((tmp_path / "service").read_text()))


def test_a_step_is_ended_on_request_and_says_so(world: StepWorld) -> None:
    step_id = world.begin("echo copying; sleep 60")
    world.program(step_id)
    world.steps.end(step_id)
    result = world.wait(step_id)
    assert (result.state, result.reason) == (StepState.FAILED, "ended on request")
    world.steps.end(step_id)
    assert world.steps.look(step_id) == result


def test_a_step_that_was_ended_before_it_ran_never_runs(world: StepWorld, tmp_path: Path) -> None:
    first = world.begin("sleep 60")
    world.program(first)
    order = world.order(f"touch {tmp_path}/ran")
    world.steps.begin(order)
    world.wrapper(order.step_id)
    world.steps.end(order.step_id)
    world.until(lambda: world.steps.look(order.step_id).state is StepState.FAILED)
    world.steps.begin(order)
    result = world.wait(order.step_id)
    assert result.state is StepState.FAILED
    assert "before it began" in result.reason
    assert not (tmp_path / "ran").exists()


def test_no_process_is_ended_that_only_has_the_number_of_a_step(world: StepWorld) -> None:
    step_id = world.begin("true")
    world.wait(step_id)
    step = world.step(step_id)
    step.result.unlink()
    stranger = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        began = step.began.read_text().replace(f'"pid": {world.program(step_id)}', f'"pid": {stranger.pid}')
        step.began.write_text(began)
        step.alive.write_text(f'{{"pid": {stranger.pid}, "birth": "another boot:1"}}')
        assert world.steps.look(step_id).state is StepState.UNKNOWN
        world.steps.end(step_id)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"state": "succeeded"}', b"[" * 100_000])
def test_a_damaged_result_is_unknown_and_never_a_success(world: StepWorld, content: bytes) -> None:
    step_id = world.begin("true")
    world.wait(step_id)
    world.step(step_id).result.write_bytes(content)
    result = world.steps.look(step_id)
    assert result.state is StepState.UNKNOWN
    assert "damaged" in result.reason


def test_a_wrapper_that_never_comes_to_run_the_program_is_a_failure_with_a_reason(world: StepWorld) -> None:
    order = world.order("true")
    world.steps.begin(order)
    world.wait(order.step_id)
    step = world.step(order.step_id)
    world.until(lambda: wrapper_of(step) < 0)  # it keeps the result while it lives
    for path in (step.result, step.began):
        path.unlink()
    step.order.write_bytes(b"{")
    for _ in range(STARTS_MOST):
        assert world.steps.look(order.step_id).state in (StepState.ABSENT, StepState.FAILED)
        world.steps.begin(order)
        world.wait(order.step_id)
    result = world.steps.look(order.step_id)
    assert result.state is StepState.FAILED
    assert "the order cannot be read" in result.reason


@pytest.mark.parametrize("step_id", ["", ".", "..", "a/b", ".hidden", "a" * 300, "a\nb"])
def test_a_name_that_leads_out_of_the_journal_is_refused(world: StepWorld, step_id: str) -> None:
    with pytest.raises(DeployError):
        world.steps.look(step_id)
    with pytest.raises(DeployError):
        world.steps.begin(StepOrder(step_id, (), ("true",), {}, 1.0))


def test_a_place_that_cannot_be_written_is_an_error_with_a_next_step(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    with pytest.raises(DeployError, match="make the folder writable"):
        StepWorld(tmp_path / "state" / "rollouts").begin("true")


def test_old_rollouts_are_forgotten_and_living_ones_are_not(world: StepWorld) -> None:
    living = world.begin("sleep 60", "us-9", step_id=f"{world.rollout}-0.f1.us-9.deploy")
    world.program(living)
    for number in range(1, KEPT_ROLLOUTS + 4):
        world.wait(world.begin("true", step_id=f"{world.rollout}-{number}.f1.eu-1.deploy"))
    world.steps.forget(f"{world.rollout}-1")
    assert world.steps.known(f"{world.rollout}-0") == (living,)
    assert world.steps.known(f"{world.rollout}-1")
    assert not world.steps.known(f"{world.rollout}-2")
    assert world.steps.known(f"{world.rollout}-{KEPT_ROLLOUTS + 3}")


def test_the_journal_is_for_its_owner_alone(world: StepWorld) -> None:
    step_id = world.begin("true")
    world.wait(step_id)
    assert world.folder.stat().st_mode & 0o777 == 0o700
    for path in world.folder.rglob("*"):
        if path.is_dir():
            assert path.stat().st_mode & 0o077 == 0, path


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    with mounted(tmp_path / "small", "1m") as folder:
        yield folder


def test_a_disk_that_the_program_fills_still_holds_the_result(small_disk: Path) -> None:
    world = StepWorld(small_disk / "rollouts")
    result = world.run(f"yes | head -c 3000000; yes > {small_disk}/full 2>/dev/null; echo filled it >&2; exit 4")
    assert (result.state, result.reason) == (StepState.FAILED, "exit status 4: filled it")


def test_nothing_runs_where_that_cannot_be_written_down(small_disk: Path, tmp_path: Path) -> None:
    world = StepWorld(small_disk / "rollouts")
    assert world.run("true").state is StepState.SUCCEEDED
    order = world.order(f"touch {tmp_path}/ran")
    ballast = fill(small_disk)
    with pytest.raises(DeployError, match="space"):
        world.steps.begin(order)
    assert world.steps.look(order.step_id).state is StepState.ABSENT
    assert not (tmp_path / "ran").exists()
    ballast.unlink()
    world.steps.begin(order)
    assert world.wait(order.step_id).state is StepState.SUCCEEDED
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize("but_pages", [2, 3, 4])
def test_a_full_disk_that_keeps_a_step_from_its_work_again_and_again_fails_no_step(
    small_disk: Path, tmp_path: Path, but_pages: int
) -> None:
    world = StepWorld(small_disk / "rollouts")
    assert world.run("true").state is StepState.SUCCEEDED
    order = world.order(f"touch {tmp_path}/ran")
    full = fill(small_disk, but_pages=but_pages)
    for _ in range(STARTS_MOST + 2):
        with contextlib.suppress(MachineError):
            world.steps.begin(order)
        assert world.wait(order.step_id).state is StepState.ABSENT
    full.unlink()
    world.steps.begin(order)
    assert world.wait(order.step_id).state is StepState.SUCCEEDED
    assert (tmp_path / "ran").exists()


def _child_of(pid: int) -> int:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0]) if children else 0
