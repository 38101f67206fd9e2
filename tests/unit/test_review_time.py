"""When to look again at a lock, as people type it."""

from datetime import UTC, datetime, timedelta

import pytest

from cockpit.commands.review_time import review_time
from cockpit.commands.wrong_use import WrongUseError

NOW = datetime(2026, 11, 18, 14, 32, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "after"),
    [("30m", timedelta(minutes=30)), ("4h", timedelta(hours=4)), ("2d", timedelta(days=2)), ("2 d", timedelta(days=2))],
)
def test_a_span_counts_from_now(typed: str, after: timedelta) -> None:
    assert review_time(typed, NOW) == NOW + after


def test_a_time_of_day_and_a_date_are_this_machines() -> None:
    late = NOW.astimezone().replace(hour=23, minute=59, second=0)
    assert review_time("23:59", NOW) == late
    assert review_time("2026-11-20 16:30", NOW) == datetime(2026, 11, 20, 16, 30).astimezone(UTC)
    assert review_time("2026-11-20T16:30+02:00", NOW) == datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
    assert review_time("", NOW) is None


@pytest.mark.parametrize("typed", ["soon", "99999d", "25:00", "2026-13-01", "2020-01-01", "0h", "-1h", "١h"])
def test_what_is_no_time_and_what_has_passed_is_wrong_use(typed: str) -> None:
    with pytest.raises(WrongUseError):
        review_time(typed, NOW)
