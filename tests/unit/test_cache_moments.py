"""Moments go through the cache without losing a microsecond."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from cockpit.cache.moments import from_us, to_us

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(-timedelta(hours=8))])


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1), timezones=ZONES))  # noqa: DTZ001
def test_a_moment_comes_back_as_the_same_moment_in_utc(moment: datetime) -> None:
    back = from_us(to_us(moment))
    assert back == moment
    assert back.tzinfo is UTC


def test_no_moment_stays_no_moment() -> None:
    assert to_us(None) is None
    assert from_us(None) is None
