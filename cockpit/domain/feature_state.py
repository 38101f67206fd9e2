"""How far a feature has come, from what its commits tell."""

from cockpit.domain.feature import FeatureState

_DECLARED = {state.value: state for state in FeatureState} | {
    "proposed": FeatureState.NOT_STARTED,
    "todo": FeatureState.NOT_STARTED,
    "started": FeatureState.IN_PROGRESS,
    "done": FeatureState.RELEASED,
}


def judge_feature(
    declared: str,
    changes_on_branch: int,
    commits_elsewhere: int,
    released: bool,
    deployed: bool,
    reverted: bool = False,
) -> tuple[FeatureState, str]:
    """Return the state and why; what commits show counts for more than what was declared.

    `released` means all of its commits are in a release; deployed is not released to users, so only a declaration
    makes a feature released (deploy is not release). `reverted` means some of what it brought was undone.
    """
    claimed = _DECLARED.get(declared.strip().lower())
    if claimed is FeatureState.RELEASED:
        return FeatureState.RELEASED, "declared"
    if changes_on_branch:
        return FeatureState.ON_BRANCH, f"{_count(changes_on_branch, 'change')} on the branch"
    if deployed or released:
        return FeatureState.DEPLOYED, "all its changes are in a release"
    if commits_elsewhere:
        return FeatureState.IN_PROGRESS, f"{_count(commits_elsewhere, 'commit')} on other branches"
    if claimed is not None and claimed is not FeatureState.NOT_STARTED:
        return claimed, "declared, no change names it"
    return FeatureState.NOT_STARTED, "what was done for it is reverted" if reverted else "no change names it"


def _count(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number} {what}s"
