"""How long a rollout has still to go: soaks, deployments as long as those so far, and nothing made up."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.domain.rollout.expected import Expected, expected
from cockpit.domain.rollout.plan import RolloutPlan, Strategy, Wave

WILD = st.floats(allow_nan=True, allow_infinity=True)


def plan(*waves: Wave) -> RolloutPlan:
    return RolloutPlan("production", "1.43.0", "c" * 40, "v1.43.0", Strategy.CANARY, waves)


CANARY = plan(
    Wave(1, "canary", ("a", "b"), soak_s=600, waits=True),
    Wave(2, "rest", ("c", "d", "e", "f", "g"), parallel=2, soak_s=300),
)


def test_before_any_deployment_nothing_is_known() -> None:
    assert expected(CANARY, (), ()) == Expected(None, 7, waits=1)


def test_rounds_of_parallel_deployments_and_every_soak_are_added_up() -> None:
    assert expected(CANARY, ("a",), [10, 30]).seconds == 1 * 20 + 600 + 3 * 20 + 300


def test_while_a_wave_soaks_only_what_is_left_of_it_counts() -> None:
    assert expected(CANARY, ("a", "b"), [20], soak_left_s=45) == Expected(45 + 3 * 20 + 300, 5, waits=1)


def test_a_wave_that_is_done_counts_no_more_and_one_that_is_permitted_waits_for_nobody() -> None:
    done = expected(CANARY, ("a", "b"), [20], wave_done=1)
    assert (done.seconds, done.waits) == (3 * 20 + 300, 1)
    assert expected(CANARY, ("a", "b"), [20], wave_done=1, permitted=2).waits == 0


def test_the_last_soak_needs_no_deployment_to_be_known() -> None:
    assert expected(CANARY, "abcdefg", (), wave_done=1, soak_left_s=12, permitted=2) == Expected(12, 0)


def test_when_all_is_done_nothing_is_left() -> None:
    assert expected(CANARY, "abcdefg", [20], wave_done=2, permitted=2) == Expected(0, 0)


@pytest.mark.parametrize("times", [[math.nan], [-5.0], [math.inf]])
def test_times_that_are_none_are_not_known(times: list[float]) -> None:
    assert expected(CANARY, (), times).seconds is None
    assert expected(CANARY, (), [*times, 20.0]).seconds == expected(CANARY, (), [20.0]).seconds


@given(st.lists(WILD, max_size=5), WILD, st.integers(-1, 3), st.sets(st.sampled_from("abcdefg")))
def test_hostile_times_give_a_finite_expectation_or_none(
    times: Sequence[float], soak_left_s: float, wave_done: int, deployed: set[str]
) -> None:
    found = expected(CANARY, deployed, times, wave_done=wave_done, soak_left_s=soak_left_s)
    assert found.seconds is None or 0 <= found.seconds < math.inf


@given(st.lists(st.sampled_from("abcdefg"), unique=True))
def test_each_deployment_brings_the_end_no_further_away(order: list[str]) -> None:
    left = [expected(CANARY, order[:done], [20]).seconds or 0.0 for done in range(len(order) + 1)]
    assert left == sorted(left, reverse=True)
