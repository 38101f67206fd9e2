"""The steps of one server, from the last word on it."""

import pytest

from cockpit.domain.rollout.live import ServerLive
from cockpit.domain.rollout.progress import ServerState
from cockpit.domain.rollout.steps import steps_of
from tests.unit.chain import START


def words(state: ServerState, step: str = "", *, is_heard: bool = True) -> str:
    live = ServerLive("a", "eu-1", 1, state, START, "500", step)
    return " ".join(step.status.value[0] for step in steps_of(live, is_heard=is_heard))


@pytest.mark.parametrize(
    ("state", "step", "heard", "silent"),
    [
        (ServerState.WAITING, "", "w w w w w", "u u u u u"),
        (ServerState.DRAINING, "drain", "r w w w w", "u u u u u"),
        (ServerState.DEPLOYING, "settle", "p p r w w", "p p u u u"),
        (ServerState.SMOKE, "", "p p p r w", "p p p u u"),
        (ServerState.FAILED, "smoke", "p p p f w", "p p p f u"),
        (ServerState.FAILED, "", "u u u u u", "u u u u u"),
        (ServerState.SOAKING, "ready", "p p p p p", "p p p p p"),
        (ServerState.DONE, "", "p p p p p", "p p p p p"),
        (ServerState.UNKNOWN, "deploy", "p u w w w", "p u u u u"),
    ],
)
def test_steps_before_the_present_one_have_passed(state: ServerState, step: str, heard: str, silent: str) -> None:
    assert words(state, step) == heard
    assert words(state, step, is_heard=False) == silent


def test_why_it_failed_stands_at_the_step_that_failed() -> None:
    live = ServerLive("a", "eu-1", 1, ServerState.FAILED, START, "/health says 500", "smoke")
    assert [step.info for step in steps_of(live, is_heard=True)] == ["", "", "", "/health says 500", ""]
