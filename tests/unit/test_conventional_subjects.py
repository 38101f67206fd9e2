"""What commit messages tell: type, scope, breaking, pull request."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.domain.conventional import Subject, parse_subject


@pytest.mark.parametrize(
    ("subject", "body", "expected"),
    [
        ("feat: export to CSV", "", Subject("feat", "", False, "export to CSV", None)),
        ("Fix(pay/api): retry on 502 (#812)", "", Subject("fix", "pay/api", False, "retry on 502", 812)),
        ("feat(api)!: drop v1", "", Subject("feat", "api", True, "drop v1", None)),
        ("fix: x", "text\n\nBREAKING CHANGE: y", Subject("fix", "", True, "x", None)),
        ("retry on 502 (!7)", "", Subject("", "", False, "retry on 502", 7)),
        ("http://host: is down", "", Subject("", "", False, "http://host: is down", None)),
        ("fix:no space", "", Subject("", "", False, "fix:no space", None)),
        ('Revert "feat: export to CSV"', "", Subject("revert", "", False, "feat: export to CSV", None)),
        ("Merge pull request #12 from a/b", "feat: CSV\n", Subject("feat", "", False, "CSV", 12)),
        ("Merge pull request #12 from a/b", "", Subject("", "", False, "Merge pull request #12 from a/b", 12)),
        (
            "Merge branch 'csv' into 'main'",
            "feat: CSV\n\nSee merge request team/pay!34",
            Subject("feat", "", False, "CSV", 34),
        ),
        ("Merge branch 'csv'", "", Subject("", "", False, "Merge branch 'csv'", None)),
        ("", "", Subject("", "", False, "", None)),
    ],
)
def test_messages_of_every_host_and_style(subject: str, body: str, expected: Subject) -> None:
    assert parse_subject(subject, body) == expected


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_message_is_understood_somehow(subject: str, body: str) -> None:
    understood = parse_subject(subject, body)
    assert understood.kind == understood.kind.lower()
    assert bool(understood.text) == bool(subject)


@given(st.from_regex(r"[a-z]{2,20}", fullmatch=True), st.from_regex(r"[a-z]{1,9}( [a-z]{1,9})?", fullmatch=True))
def test_a_typed_subject_comes_apart_as_it_was_put_together(kind: str, text: str) -> None:
    understood = parse_subject(f"{kind}(core)!: {text} (#99)")
    assert understood == Subject(kind, "core", True, text, 99)
