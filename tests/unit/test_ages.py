"""Durations as people read them."""

from datetime import timedelta

import pytest

from cockpit.domain.ages import age_text


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
