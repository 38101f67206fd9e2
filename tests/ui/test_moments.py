"""Moments read as people read them, and change no oftener than the minute."""

from datetime import UTC, datetime, timedelta

import pytest

from cockpit.domain.freshness import NEVER, Freshness
from cockpit.ui.moments import age, clock_time, freshness_words, minute_of, span

NOW = datetime(2026, 11, 18, 14, 31, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (41, "41 s"), (252, "4 m 12 s"), (3600, "1 h"), (11100, "3 h 5 m"), (187200, "2 d 4 h")],
)
def test_a_span_has_its_two_largest_units(seconds: float, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(seconds=-5), "<1 m"),
        (timedelta(seconds=59), "<1 m"),
        (timedelta(minutes=12), "12 m"),
        (timedelta(hours=3), "3 h"),
        (timedelta(days=5), "5 d"),
        (timedelta(days=90), "12 w"),
    ],
)
def test_an_age_has_one_unit_no_finer_than_minutes(before: timedelta, words: str) -> None:
    assert age(NOW - before, NOW) == words


def test_today_is_a_clock_time_and_long_ago_a_date() -> None:
    assert clock_time(NOW - timedelta(hours=1), NOW, UTC) == "13:31"
    assert clock_time(NOW - timedelta(days=2), NOW, UTC) == "Mon 14:31"
    assert clock_time(NOW - timedelta(days=20), NOW, UTC) == "2026-10-29"


def test_a_fact_observed_every_few_seconds_reads_the_same_through_the_minute() -> None:
    words = set()
    for second in range(59):
        now = minute_of(NOW) + timedelta(seconds=second)
        seen = Freshness(now - timedelta(seconds=second % 15), now + timedelta(minutes=1))
        words.add(freshness_words(seen, now, minute_of(now)))
    assert words == {("live", "muted")}


def test_an_expired_fact_says_its_age() -> None:
    old = Freshness(NOW - timedelta(minutes=42), NOW - timedelta(minutes=1))
    assert freshness_words(old, NOW, minute_of(NOW)) == ("! stale, 41 m old", "warn")


def test_a_fact_never_observed_says_so() -> None:
    assert freshness_words(NEVER, NOW, NOW) == ("not read yet", "muted")
