"""Whether users will notice a change."""

from collections.abc import Collection, Sequence

from cockpit.domain.change import Impact
from cockpit.domain.path_map import matches

USER_KINDS = frozenset({"feat", "feature"})
"""Types that users notice whatever the team's own list says."""


def judge_impact(
    kind: str,
    breaking: bool,
    paths: Sequence[str] | None,
    contract_globs: Sequence[str],
    no_impact_kinds: Collection[str],
) -> tuple[Impact, str, bool]:
    """Return the impact, why, and whether contract tests were edited.

    Who edits the contract tests changes behaviour by definition, whatever the type claims. `paths` is None while
    they have not been read: then a claim of no impact cannot be believed yet.
    """
    edited = next((path for path in paths or () if matches(path, contract_globs)), None)
    if edited is not None:
        return Impact.USER, f"edits contract test {edited}", True
    if breaking:
        return Impact.USER, "marked as breaking", False
    if kind in USER_KINDS:
        return Impact.USER, f"type {kind}", False
    if not kind:
        return Impact.UNKNOWN, "the subject has no type", False
    if kind not in no_impact_kinds:
        return Impact.UNKNOWN, f"type {kind} is not on the team's list", False
    if paths is None:
        return Impact.UNKNOWN, f"type {kind}; its paths are not read yet", False
    return Impact.NONE, f"type {kind}, contract tests untouched", False
