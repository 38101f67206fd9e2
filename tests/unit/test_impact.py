"""Whether users will notice a change: by type and by the contract tests it edits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.domain.change import Impact
from cockpit.domain.impact import judge_impact

CONTRACT = ["tests/contract/**"]
NO_IMPACT = ["fix", "chore"]
KINDS = st.sampled_from(["feat", "fix", "chore", "wip", ""])


@pytest.mark.parametrize(
    ("kind", "paths", "impact", "reason"),
    [
        ("feat", ["a.py"], Impact.USER, "type feat"),
        ("feat", None, Impact.USER, "type feat"),
        ("fix", ["a.py"], Impact.NONE, "type fix, contract tests untouched"),
        ("fix", None, Impact.UNKNOWN, "type fix; its paths are not read yet"),
        ("wip", ["a.py"], Impact.UNKNOWN, "type wip is not on the team's list"),
        ("", ["a.py"], Impact.UNKNOWN, "the subject has no type"),
    ],
)
def test_the_type_decides_and_the_reason_says_so(
    kind: str, paths: list[str] | None, impact: Impact, reason: str
) -> None:
    assert judge_impact(kind, False, paths, CONTRACT, NO_IMPACT) == (impact, reason, False)


@given(KINDS, st.booleans())
def test_who_edits_a_contract_test_changes_behaviour_whatever_the_type_claims(kind: str, breaking: bool) -> None:
    paths = ["src/a.py", "tests/contract/test_pay.py"]
    expected = (Impact.USER, "edits contract test tests/contract/test_pay.py", True)
    assert judge_impact(kind, breaking, paths, CONTRACT, NO_IMPACT) == expected


@given(KINDS, st.none() | st.lists(st.sampled_from(["a.py", "docs/x.md"])))
def test_what_is_marked_as_breaking_is_always_noticed(kind: str, paths: list[str] | None) -> None:
    assert judge_impact(kind, True, paths, CONTRACT, NO_IMPACT)[0] is Impact.USER


@given(KINDS, st.booleans())
def test_nothing_is_called_harmless_before_its_paths_are_read(kind: str, breaking: bool) -> None:
    assert judge_impact(kind, breaking, None, CONTRACT, NO_IMPACT)[0] is not Impact.NONE
