"""Stretches of days as people write them."""

import pytest

from cockpit.config.calendar_words import stretch_of
from cockpit.domain.decisions.calendar import Stretch

WHOLE = Stretch("2026-12-18", "2027-01-03", "year end")


@pytest.mark.parametrize("between", ["..", " .. ", " - ", "-", " – ", " to "])
@pytest.mark.parametrize("before", [" ", ": "])
def test_a_stretch_is_written_in_any_of_the_usual_ways(between: str, before: str) -> None:
    assert stretch_of(f"2026-12-18{between}2027-01-03{before}year end") == WHOLE


@pytest.mark.parametrize(
    ("text", "reason"), [("2026-12-24", ""), ("2026-12-24 Xmas", "Xmas"), ("2026-12-24 1st day off", "1st day off")]
)
def test_a_day_stands_for_itself(text: str, reason: str) -> None:
    assert stretch_of(text) == Stretch("2026-12-24", "2026-12-24", reason)


@pytest.mark.parametrize("rest", [" - 3 Jan", " to Jan", "..Jan", " 2027-01-03", " – soon", "to"])
def test_what_looks_like_an_end_is_no_reason(rest: str) -> None:
    """One day would be frozen where two weeks were meant."""
    with pytest.raises(ValueError, match="expected dates and a reason"):
        stretch_of(f"2026-12-18{rest}")
