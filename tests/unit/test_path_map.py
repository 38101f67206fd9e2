"""Which code base a path belongs to."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.domain.path_map import codebases_of, matches


@pytest.mark.parametrize(
    ("glob", "path", "fits"),
    [
        ("tests/contract/**", "tests/contract/pay/test_pay.py", True),
        ("tests/contract/**", "tests/contract", False),
        ("**/contract/**", "contract/a.py", True),
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/x/y/b", True),
        ("a/**/b", "a/x/yb", False),
        ("*.py", "deep/down/x.py", True),
        ("/x.py", "a/x.py", False),
        ("docs/", "a/docs/x.md", True),
        ("services/pay", "services/pay/main.py", True),
        ("services/pay", "services/payments/main.py", False),
        ("a/*", "a/b/c", False),
        ("a/?.py", "a/x.py", True),
        ("a*b*c", "axbxbxc", True),
        ("[x].py", "[x].py", True),
        ("", "x", False),
        ("/", "x", False),
    ],
)
def test_globs_mean_what_they_mean_in_gitignore(glob: str, path: str, fits: bool) -> None:
    assert matches(path, [glob]) is fits


def fits_by_trying_everything(glob: Sequence[str], path: Sequence[str]) -> bool:
    if not glob:
        return not path
    if glob == ["**"]:
        return bool(path)
    if glob[0] == "**":
        return any(fits_by_trying_everything(glob[1:], path[at:]) for at in range(len(path) + 1))
    return bool(path) and fnmatchcase(path[0], glob[0]) and fits_by_trying_everything(glob[1:], path[1:])


SEGMENT = st.text("ab", min_size=1, max_size=4)
PATTERN = st.text("ab*?", min_size=1, max_size=5).filter(lambda pattern: "**" not in pattern)
GLOB = st.lists(st.one_of(st.just("**"), PATTERN), min_size=1, max_size=4)


@given(GLOB, st.lists(SEGMENT, min_size=1, max_size=5))
def test_they_match_what_trying_everything_matches(glob: list[str], path: list[str]) -> None:
    is_plain_name = not set("*?") & set(glob[-1])
    folders = [path[:length] for length in range(1, len(path))] if is_plain_name else []
    expected = any(fits_by_trying_everything(glob, tried) for tried in (path, *folders))
    assert matches("/".join(path), ["/" + "/".join(glob)]) is expected


def test_a_glob_made_to_be_slow_is_answered() -> None:
    path = "a" * 3000 + "/" + "a/" * 1500 + "c"
    assert not matches(path, ["*a" * 20 + "b", "**/a/" * 12 + "b", "*a*a*a/**/*a*a*b"])


def test_the_first_code_base_that_fits_wins_and_names_come_in_the_order_of_the_map() -> None:
    mapping = {"api": ["services/api"], "pay": ["services"], "docs": ["*.md"]}
    assert codebases_of(["services/x.py", "services/api/y.py"], mapping) == "api+pay"
    assert codebases_of(["services/README.md"], mapping) == "pay"
    assert codebases_of(["setup.cfg"], mapping) == codebases_of([], mapping) == ""
