"""Whose turn it is in the demo's own load balancer."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from cockpit.demo.pool import Member, Pool
from cockpit.demo.turns import Turns
from cockpit.domain.rollout.traffic import Admin

WEIGHTS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 256), min_size=1)


@given(WEIGHTS, st.integers(0, 2000))
def test_each_gets_its_share_of_any_number_of_turns(weights: dict[str, int], turns: int) -> None:
    whose = Turns(weights)
    seen = Counter(whose.next() for _ in range(turns))
    everything = sum(weights.values())
    if not everything:
        assert set(seen) <= {None}
        return
    for name, weight in weights.items():
        assert abs(seen[name] - turns * weight / everything) <= len(weights)


@given(WEIGHTS)
def test_who_is_passed_over_is_next(weights: dict[str, int]) -> None:
    whose = Turns(weights)
    first = Turns(weights).next()
    other = whose.next({first} if first else ())
    assert other != first or first is None
    assert whose.next() == first


def test_nobody_is_next_when_all_are_passed_over() -> None:
    assert Turns({"a": 1, "b": 2}).next({"a", "b"}) is None


def four_turns(pool: Pool) -> set[str]:
    return {one.name for _ in range(4) if (one := pool.next())}


def test_a_server_is_down_after_two_failed_checks_and_back_after_one_that_passes() -> None:
    first, second = Member("first", 1), Member("second", 2)
    pool = Pool([first, second])
    pool.checked(first, passed=False)
    assert four_turns(pool) == {"first", "second"}
    pool.checked(first, passed=False)
    assert four_turns(pool) == {"second"}
    pool.checked(first, passed=True)
    assert four_turns(pool) == {"first", "second"}
    second.admin = Admin.DRAIN
    pool.turn_again()
    assert four_turns(pool) == {"first"}
