"""How far a feature has come."""

import pytest

from cockpit.domain.feature import FeatureState
from cockpit.domain.feature_state import judge_feature


@pytest.mark.parametrize(
    ("declared", "on_branch", "elsewhere", "in_release", "state", "reason"),
    [
        ("", 0, 0, False, FeatureState.NOT_STARTED, "no change names it"),
        ("in progress", 0, 0, False, FeatureState.IN_PROGRESS, "declared, no change names it"),
        ("proposed", 0, 2, False, FeatureState.IN_PROGRESS, "2 commits on other branches"),
        ("not started", 1, 4, False, FeatureState.ON_BRANCH, "1 change on the branch"),
        ("on the branch", 0, 0, True, FeatureState.DEPLOYED, "all its changes are in a release"),
        (" Released ", 3, 0, False, FeatureState.RELEASED, "declared"),
        ("no such state", 0, 0, False, FeatureState.NOT_STARTED, "no change names it"),
    ],
)
def test_commits_count_for_more_than_claims_and_only_people_release(
    declared: str, on_branch: int, elsewhere: int, in_release: bool, state: FeatureState, reason: str
) -> None:
    judged = judge_feature(declared, on_branch, elsewhere, released=in_release, deployed=False)
    assert judged == (state, reason)
