"""How long the agent waits before it asks again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.agent.backoff import CAP_S, FIRST_S, RETRY_AFTER_MAX_S, after_failure, after_success, asked_for


def longest(_least: float, most: float) -> float:
    return most


def test_the_wait_doubles_with_each_failure_until_it_is_capped() -> None:
    waits = [after_failure(failures, longest) for failures in range(1, 12)]
    assert waits[:4] == [1.0, 2.0, 4.0, 8.0]
    assert waits[-1] == CAP_S


@given(failures=st.integers(min_value=-5, max_value=10**9), share=st.floats(0, 1))
def test_no_number_of_failures_gives_a_wait_out_of_bounds(failures: int, share: float) -> None:
    wait_s = after_failure(failures, lambda least, most: least + share * (most - least))
    assert FIRST_S / 2 <= wait_s <= CAP_S


def test_two_sources_that_fail_together_do_not_come_back_together() -> None:
    assert len({after_failure(8) for _ in range(20)}) > 10


@pytest.mark.parametrize(
    ("asked", "given_s"),
    [
        (30.0, 30.0),
        (0.0, FIRST_S),
        (-5.0, FIRST_S),
        (86_400.0, RETRY_AFTER_MAX_S),
        (float("inf"), RETRY_AFTER_MAX_S),
    ],
)
def test_a_wait_that_the_other_side_asks_for_is_honoured_within_bounds(asked: float, given_s: float) -> None:
    assert asked_for(asked) == given_s


def test_rounds_begin_as_far_apart_as_the_schedule_says() -> None:
    assert after_success(every_s=15.0, took_s=2.0, again_in_s=None) == 13.0


def test_a_round_longer_than_its_schedule_is_followed_by_a_pause() -> None:
    assert after_success(every_s=5.0, took_s=60.0, again_in_s=None) == 0.5


def test_a_source_with_more_to_read_is_asked_sooner_and_never_without_a_pause() -> None:
    assert after_success(every_s=15.0, took_s=1.0, again_in_s=2.0) == 2.0
    assert after_success(every_s=15.0, took_s=1.0, again_in_s=0.0) > 0.0
