"""Durations and moments as people read them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from cockpit.domain.ages import age_text, local_clock


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s"),
        (59, "59 s"),
        (60, "1 m"),
        (3599, "59 m"),
        (7500, "2 h 5 m"),
        (7200, "2 h"),
        (86_400 * 3 + 7200, "3 d 2 h"),
    ],
)
def test_an_age_has_at_most_two_units(seconds: int, text: str) -> None:
    assert age_text(timedelta(seconds=seconds)) == text


def test_a_moment_is_told_by_the_readers_clock() -> None:
    moment = datetime(2026, 11, 18, 23, 30, tzinfo=UTC)
    assert local_clock(moment, timezone(timedelta(hours=2))) == "01:30"
