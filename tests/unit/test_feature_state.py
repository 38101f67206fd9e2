"""How far a feature has come."""

import pytest

from cockpit.domain.feature import FeatureState
from cockpit.domain.feature_intents import trouble_with_id
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


def test_an_id_that_is_taken_is_not_proposed_again_whoever_asked_for_it_first() -> None:
    assert trouble_with_id("csv", ["csv", "pdf"]) == "there is a feature csv already: edit it, or choose another id"
    assert "differs in more than case" in trouble_with_id("CSV", ["csv", "pdf"])
    assert trouble_with_id("ux", ["csv", "pdf"]) == ""
