"""What a release is called, from what a person types and how the team's tags look."""

import pytest

from cockpit.commands.release_tag import TagName, name_of
from cockpit.commands.wrong_use import WrongUseError


@pytest.mark.parametrize(
    ("given", "pattern", "version", "tag"),
    [
        ("1.4.0", "v*", "1.4.0", "v1.4.0"),
        ("v1.4.0", "v*", "1.4.0", "v1.4.0"),
        ("1.4.0", "*", "1.4.0", "1.4.0"),
        ("7", "release-*-final", "7", "release-7-final"),
        ("release-7-final", "release-*-final", "7", "release-7-final"),
        ("pay/1.2", "pay/[0-9]*", "pay/1.2", "pay/1.2"),
        ("v", "v*", "v", "vv"),
    ],
)
def test_version_and_tag_are_the_same_whichever_of_both_was_typed(
    given: str, pattern: str, version: str, tag: str
) -> None:
    assert name_of(given, pattern) == TagName(version, tag)


@pytest.mark.parametrize(
    ("given", "pattern"),
    [("1.4", "pay/[0-9]*"), ("a b", "v*"), ("a..b", "v*"), ("x~1", "v*"), ("-x", "*"), ("", "*"), ("\x1b[31m", "v*")],
)
def test_what_makes_no_tag_of_the_team_is_refused(given: str, pattern: str) -> None:
    with pytest.raises(WrongUseError, match="makes no tag"):
        name_of(given, pattern)
