"""A server is out-of-band when it runs what nobody released."""

from datetime import UTC, datetime

import pytest

from cockpit.domain.commit import Release
from cockpit.domain.out_of_band import ReleasedVersions

COMMIT = "9f2c1e4" + "0" * 33
RELEASED = ReleasedVersions([Release("v1.42.3", COMMIT, datetime(2026, 3, 4, tzinfo=UTC))])


@pytest.mark.parametrize(
    ("version", "commit_id", "out_of_band"),
    [
        ("1.42.3", "", False),
        ("v1.42.3", "", False),
        ("1.42.4", "", True),
        ("build 7", COMMIT, False),
        ("build 7", COMMIT[:10], False),
        ("build 7", COMMIT[:7] + "1", True),
        ("build 7", COMMIT[:4], True),
        (COMMIT[:7], "", False),
        ("", "", False),
        ("", "abcdef0", True),
    ],
)
def test_version_or_commit_has_to_be_a_release(version: str, commit_id: str, out_of_band: bool) -> None:
    assert RELEASED.is_out_of_band(version, commit_id) is out_of_band


def test_without_any_release_nobody_is_accused() -> None:
    assert not ReleasedVersions([]).is_out_of_band("1.0", "abcdef0")
