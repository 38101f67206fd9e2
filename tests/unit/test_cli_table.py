"""Text for people: aligned, aged and harmless."""

from datetime import UTC, datetime, timedelta

import pytest

from cockpit.commands.table import age, aligned, freshness_words, source_lines
from cockpit.domain.freshness import NEVER, Freshness
from cockpit.domain.source_state import SourceState, SourceStatus

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def test_columns_stand_under_each_other_also_with_wide_and_combining_characters() -> None:
    lines = aligned([("名前", "x"), ("e\u0301clair", "y"), ("plain", "z")])
    assert lines == ["名前    x", "e\u0301clair  y", "plain   z"]


def test_no_control_code_gets_into_a_table() -> None:
    assert aligned([("a\x1b]0;owned\x07b", "c\nd")]) == ["a]0;ownedb  c d"]


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(), "0 s"),
        (timedelta(seconds=-30), "0 s"),
        (timedelta(seconds=119), "119 s"),
        (timedelta(minutes=2), "2 m"),
        (timedelta(hours=3), "3 h"),
        (timedelta(days=9), "9 d"),
    ],
)
def test_an_age_is_said_in_the_unit_that_says_enough(ago: timedelta, words: str) -> None:
    assert age(NOW - ago, NOW) == words


def test_an_answer_too_old_to_count_says_so() -> None:
    old = Freshness(NOW - timedelta(minutes=5), NOW - timedelta(minutes=4))
    assert freshness_words(old, NOW) == "as of 5 m ago - too old to count"
    assert freshness_words(NEVER, NOW) == "never observed"


def test_a_source_that_does_not_work_is_followed_by_what_to_do() -> None:
    failing = SourceState("ci", SourceStatus.REFUSED, "not trusted", next_step="cockpit trust", where="make test")
    lines = source_lines([SourceState("git", SourceStatus.OK, next_step="nothing"), failing])
    assert lines[0].startswith("✔  git")
    assert lines[1].startswith("✘  ci")
    assert lines[2] == "    cockpit trust"
    assert len(lines) == 3
