"""Which branch, which title, which feature, which complaint: the rules over what git tells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.errors import GitError, GitTrouble, SourceGarbageError
from cockpit.git_complaint import complaint_of
from cockpit.sources.detection import codebases, command_for_tests, contract_globs, tag_pattern
from cockpit.sources.feature_mentions import FeatureMentions
from cockpit.sources.features_file import parse_features
from cockpit.sources.git_branches import choose_branches, detect_release
from cockpit.sources.git_changes import Tip, title_of
from cockpit.sources.git_records import columns, fields
from cockpit.sources.git_refs import RefSnapshot, is_safe_name


def _snapshot(*branches: str, head: str = "") -> RefSnapshot:
    return RefSnapshot({f"refs/heads/{name}": f"{number:040x}" for number, name in enumerate(branches, 1)}, head)


def test_release_comes_before_trains_and_trains_go_by_version_then_date() -> None:
    assert detect_release({"main": "", "release": "", "release/9": ""}, {}) == "release"
    assert detect_release({"release/1.9": "", "release/1.10": ""}, {"release/1.9": 9}) == "release/1.10"
    assert detect_release({"release/a-1": "", "release/b-1": ""}, {"release/a-1": 9, "release/b-1": 1}) == "release/a-1"
    assert detect_release({"main": ""}, {}) == ""


def test_the_main_branch_is_what_the_remote_says_then_main_then_master() -> None:
    assert choose_branches(_snapshot("main", "trunk", head="refs/heads/trunk"), "", "").main == "trunk"
    assert choose_branches(_snapshot("master", "main"), "", "").main == "main"
    assert choose_branches(_snapshot("x", "master"), "", "").release == "master"
    assert choose_branches(_snapshot("only"), "", "").release == "only"
    assert choose_branches(_snapshot(), "", "").head == ""


def test_a_branch_that_is_configured_and_not_there_is_refused() -> None:
    with pytest.raises(GitError) as caught:
        choose_branches(_snapshot("main"), "stable", "")
    assert caught.value.trouble is GitTrouble.REFUSED


@pytest.mark.parametrize(
    "name", ["", "a..b", "a b", "a\x1b", "a.lock", "-x", "a/", "a~1", "a:b", "/a", "a//b", "a@{1}"]
)
def test_names_git_would_refuse_are_not_safe(name: str) -> None:
    assert not is_safe_name(name)


@pytest.mark.parametrize("name", ["refs/heads/main", "release/1.0", "支払い", "feature#1"])
def test_names_git_allows_are_safe(name: str) -> None:
    assert is_safe_name(name)


@given(st.lists(st.binary(max_size=20).map(lambda raw: raw.replace(b"\0", b"x")), max_size=20), st.integers(1, 7))
def test_fields_do_not_depend_on_how_the_stream_was_cut(parts: list[bytes], size: int) -> None:
    stream = b"".join(part + b"\0" for part in parts)
    assert list(fields(stream[at : at + size] for at in range(0, len(stream), size))) == parts


@given(
    st.lists(st.lists(st.sampled_from([b"", b"a", b"bc"]), min_size=3, max_size=3), max_size=9),
    st.integers(1, 7),
    st.integers(1, 4),
)
def test_columns_hold_the_records_of_the_stream_so_many_at_a_time(
    records: list[list[bytes]], size: int, rows: int
) -> None:
    stream = b"".join(field + b"\0" for record in records for field in record) + b"cut\0short"
    blocks = list(columns((stream[at : at + size] for at in range(0, len(stream), size)), 3, rows))
    assert [list(record) for block in blocks for record in zip(*block, strict=True)] == records
    assert [len(block[0]) for block in blocks[:-1]] == [rows] * (len(blocks) - 1)


@pytest.mark.parametrize(
    ("message", "tip", "title"),
    [
        ("feat: plain", None, "feat: plain"),
        ("Merge pull request #1 from a/b\n\nfeat: x", None, "feat: x"),
        ("Merge branch 'a' into 'main'\n\nSee merge request a/b!3", Tip("A", "fix: y\n\nz"), "fix: y"),
        ("Merged in topic (pull request #4)\n\nfix: z", None, "fix: z"),
        ("Merge branch 'a'", None, "Merge branch 'a'"),
        ("Merge two lists of prices", Tip("A", "other"), "Merge two lists of prices"),
    ],
)
def test_the_title_is_what_a_person_wrote(message: str, tip: Tip | None, title: str) -> None:
    assert title_of(message, tip) == title


@pytest.mark.parametrize(
    ("message", "feature"),
    [
        ("feat: x\n\nFeature: csv-1", "CSV-1"),
        ("feat: CSV-10 now", "CSV-10"),
        ("feat: CSV-100 now", ""),
        ("feat: pre-CSV-1", ""),
        ("feat(csv-1): CSV-10", "CSV-1"),
        ("feat: x\n\nFeature: NEW-7", "NEW-7"),
        ("feat: nothing", ""),
    ],
)
def test_a_feature_is_named_by_trailer_or_as_a_word(message: str, feature: str) -> None:
    assert FeatureMentions(["CSV-1", "CSV-10"]).feature_of(message) == feature


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[[feature]]\nid = 'A'\n", "f.toml:1: title"),
        ("\n[[feature]]\nid = 'A'\ntitle = 'x'\nrank = 1\n", "f.toml:2: rank"),
        ("[[feature]]\nid = 'A'\ntitle = 'x'\n[[feature]]\nid = 'a'\ntitle = 'y'\n", "f.toml:4: id"),
        ("[feature]\nid = 'A'\n", "f.toml: feature"),
        ("features = []\n", "f.toml: features"),
        ("[[feature", "f.toml"),
        ("feature = [1]", "f.toml"),
        ("feature = " + "[" * 5000, "f.toml"),
    ],
)
def test_a_wrong_file_of_features_names_line_and_key(text: str, where: str) -> None:
    with pytest.raises(SourceGarbageError) as caught:
        parse_features(text, "f.toml")
    assert caught.value.where == where


def test_hostile_texts_of_features_are_cleaned_and_links_are_http() -> None:
    [feature] = parse_features('[[feature]]\nid = "A"\ntitle = "x\\u001b[2J"\nlink = "javascript:1"\n', "f.toml")
    assert feature.title == "x[2J"
    assert feature.link == ""


@pytest.mark.parametrize(
    ("printed", "trouble"),
    [
        (b"fatal: Could not read from remote repository.\n\nPlease make sure access rights", GitTrouble.REFUSED),
        (
            b"git@host: Permission denied (publickey).\nfatal: Could not read from remote.",
            GitTrouble.REFUSED,
        ),
        (b"fatal: unable to access 'https://h/': Could not resolve host: h", GitTrouble.UNREACHABLE),
        (b"fatal: detected dubious ownership in repository at '/r'", GitTrouble.REFUSED),
        (b"fatal: Unable to create '/r/packed-refs.lock': File exists.", GitTrouble.LOCKED),
        (b"fatal: write error: No space left on device", GitTrouble.NO_SPACE),
        (b"error: object file objects/aa/bb is empty\nfatal: loose object aabb is corrupt", GitTrouble.DAMAGED),
        (b"fatal: something else", GitTrouble.OTHER),
    ],
)
def test_complaints_are_understood(printed: bytes, trouble: GitTrouble) -> None:
    assert complaint_of(printed, 128, "git x").trouble is trouble


def test_a_complaint_shows_neither_credentials_nor_control_codes() -> None:
    error = complaint_of(b"fatal: unable to access 'https://joe:pw@h/': \x1b[31mno", 128, "git fetch")
    assert "pw" not in str(error)
    assert "\x1b" not in str(error)


@pytest.mark.parametrize(
    ("tags", "pattern"),
    [
        (["v1.0", "v1.1", "nightly"], "v*"),
        (["release-1.0", "release-1.1", "v1"], "release-*"),
        (["1.0", "1.1"], "[0-9]*"),
        (["pay/v1.0"], "pay/v*"),
        ([], "v*"),
    ],
)
def test_the_tag_pattern_is_that_of_most_versions(tags: list[str], pattern: str) -> None:
    assert tag_pattern(tags)[0] == pattern


@pytest.mark.parametrize(
    ("files", "program"),
    [
        ({"tox.ini": ""}, "tox"),
        ({"pyproject.toml": "[tool.pytest.ini_options]"}, "python3"),
        ({"package.json": '{"scripts": {"test": "jest"}}'}, "npm"),
        ({"go.mod": ""}, "go"),
        ({"Cargo.toml": ""}, "cargo"),
        ({"Makefile": "all:\ntest: all\n"}, "make"),
        ({"tests/test_x.py": ""}, "python3"),
    ],
)
def test_the_test_command_is_read_from_the_tree(files: dict[str, str], program: str) -> None:
    command, _ = command_for_tests(list(files), files.__getitem__)
    assert command[0] == program


def test_a_tree_without_tests_has_no_test_command() -> None:
    assert command_for_tests(["Makefile"], {"Makefile": "all:"}.__getitem__) == ((), "")


def test_contract_tests_and_code_bases_are_found_by_folder() -> None:
    paths = ["tests/contract/test_a.py", "api/a.py", "api/b.py", "web/a.js", "docs/a.md", ".ci/run"]
    assert contract_globs(paths) == ("tests/contract/**",)
    assert [name for name, _ in codebases(paths)] == ["api", "tests", "web"]
