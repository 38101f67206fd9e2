"""A wall clock that is set is told from time that passes."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cockpit.agent.clock_jumps import LEAST, ClockJumps

START = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@given(st.lists(st.tuples(st.floats(0, 1e6), st.integers(-31_536_000, 31_536_000)), max_size=20))
def test_every_jump_is_told_once_and_time_that_passes_is_none(steps: list[tuple[float, int]]) -> None:
    uptime_s, wall = 0.0, START
    jumps = ClockJumps(lambda: uptime_s)
    assert jumps.since_last(wall) == timedelta()
    for passed_s, set_by_s in steps:
        uptime_s += passed_s
        wall += timedelta(seconds=passed_s + set_by_s)
        told = jumps.since_last(wall)
        if abs(set_by_s) > LEAST.total_seconds():
            assert abs(told - timedelta(seconds=set_by_s)) < timedelta(milliseconds=1)
        elif abs(set_by_s) < LEAST.total_seconds():
            assert told == timedelta()
