"""Weights of a share, the share of weights, and what is said of a load balancer that has others."""

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.domain.rollout import weights as rules
from cockpit.domain.rollout.traffic import Admin, Operation, ServerTraffic, TrafficState
from cockpit.domain.rollout.weights import HIGHEST, share_of, weights_for

PERCENT = st.one_of(st.integers(0, 100).map(float), st.floats(0, 100))
COUNT = st.one_of(st.integers(1, 12), st.integers(1, 5000))


def named(kind: str, count: int) -> list[str]:
    return [f"{kind}-{number:04d}" for number in range(count)]


@given(COUNT, COUNT, PERCENT)
def test_the_share_is_within_a_fifth_of_a_point(new_count: int, old_count: int, percent: float) -> None:
    new, old = named("new", new_count), named("old", old_count)
    weights = weights_for(new, old, percent)
    assert list(weights) == new + old
    assert all(0 <= weight <= HIGHEST for weight in weights.values())
    share = share_of(weights, new)
    assert share is not None
    assert abs(share - percent) <= 100 / (2 * HIGHEST) + 1e-9


@given(COUNT, COUNT, PERCENT)
def test_servers_of_one_side_are_loaded_alike(new_count: int, old_count: int, percent: float) -> None:
    new, old = named("new", new_count), named("old", old_count)
    weights = weights_for(new, old, percent)
    for side in (new, old):
        assert max(weights[one] for one in side) - min(weights[one] for one in side) <= 1


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 12), st.fractions(0, 1, max_denominator=997))
def test_no_whole_weights_come_closer(new_count: int, old_count: int, highest: int, share: Fraction) -> None:
    most_new, most_old = highest * new_count, highest * old_count
    every = (
        abs(Fraction(new, new + old) - share)
        for new in range(most_new + 1)
        for old in range(most_old + 1)
        if new or old
    )
    for_new, for_old = rules._sums(share, most_new, most_old)
    assert for_new <= most_new
    assert for_old <= most_old
    assert abs(Fraction(for_new, for_new + for_old) - share) == min(every)


@given(COUNT, COUNT)
def test_none_and_all_are_exact(new_count: int, old_count: int) -> None:
    new, old = named("new", new_count), named("old", old_count)
    assert weights_for(new, old, 0) == dict.fromkeys(new, 0) | dict.fromkeys(old, HIGHEST)
    assert weights_for(new, old, 100) == dict.fromkeys(new, HIGHEST) | dict.fromkeys(old, 0)


@given(COUNT, PERCENT)
def test_with_one_side_empty_the_other_gets_everything(count: int, percent: float) -> None:
    servers = named("one", count)
    assert weights_for(servers, [], percent) == dict.fromkeys(servers, HIGHEST)
    assert weights_for([], servers, percent) == dict.fromkeys(servers, HIGHEST)


def test_no_servers_have_no_weights_and_no_share() -> None:
    assert weights_for([], [], 50) == {}
    assert share_of({}, ["a"]) is None
    assert share_of({"a": 0}, ["a"]) is None


@pytest.mark.parametrize("percent", [-1.0, 100.5, float("nan"), float("inf")])
def test_what_is_no_percentage_is_refused(percent: float) -> None:
    with pytest.raises(ValueError, match="no percentage"):
        weights_for(["a"], ["b"], percent)


def test_a_server_on_both_sides_is_refused() -> None:
    with pytest.raises(ValueError, match="a runs both versions"):
        weights_for(["a"], ["a", "b"], 10)


def test_one_canary_among_twelve_gets_exactly_a_tenth() -> None:
    weights = weights_for(["canary"], named("old", 11), 10)
    assert share_of(weights, ["canary"]) == pytest.approx(10)


def test_one_percent_over_five_thousand_is_fine_grained() -> None:
    new, old = named("new", 1), named("old", 4999)
    weights = weights_for(new, old, 1)
    assert share_of(weights, new) == pytest.approx(1, abs=0.01)
    assert min(weights[one] for one in old) >= 5


def state(*servers: ServerTraffic) -> TrafficState:
    return TrafficState("payments", servers, datetime.now(UTC))


def test_a_backup_gets_its_share_only_when_nobody_else_works() -> None:
    first = ServerTraffic("first", 100, 100, Admin.READY, Operation.UP, 3)
    down = ServerTraffic("first", 100, 0, Admin.READY, Operation.DOWN, 0)
    backup = ServerTraffic("backup", 100, 100, Admin.READY, Operation.UP, 0, backup=True)
    assert state(first, backup).share(["backup"]) == 0
    assert state(down, backup).share(["backup"]) == 100


def test_what_differs_from_the_plan_is_said_server_by_server() -> None:
    seen = state(ServerTraffic("a", 100, 0, Admin.MAINT, Operation.DOWN, 2))
    assert seen.other_weights({"a": 20, "b": 5}) == ("a has weight 100, not 20", "b is not there")
    assert seen.other_weights({"a": 100}) == ()
    assert seen.otherwise_than(Admin.DRAIN, ["a", "b"]) == ("a is maint, not drain", "b is not there")
    assert seen.sessions(["a"]) == 2
