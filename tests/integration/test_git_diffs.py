"""The text of a change, however odd or large it is."""

from pathlib import Path

import pytest
from git_world import World, source_of

from cockpit.config.places import find_repository
from cockpit.domain.change import Diff
from cockpit.errors import SourceError
from cockpit.sources.git_clone import Clone


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "r")


def _read(world: World, clone: Path, commit_id: str) -> Diff:
    Clone(clone, find_repository(world.folder), "").prepare()
    return source_of(world.folder, clone).read_diff(commit_id)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "clone.git"


def test_a_root_commit_is_shown_against_nothing(world: World, clone: Path) -> None:
    commit_id = world.commit("feat: first\n\nWith a body", a__txt="1\n2\n")
    diff = _read(world, clone, commit_id)
    assert [(file.path, file.status, file.added, file.removed) for file in diff.files] == [("a.txt", "A", 2, 0)]
    assert diff.message == "feat: first\n\nWith a body"
    assert "+2" in diff.patch.split("\n")
    assert diff.truncated == ""


def test_a_merge_is_shown_against_its_first_parent(world: World, clone: Path) -> None:
    world.commit("feat: first", a__txt="1")
    world.git("checkout", "-qb", "topic")
    world.commit("x", b__txt="1")
    world.git("checkout", "-q", "main")
    world.commit("y", c__txt="1")
    diff = _read(world, clone, world.merge("topic", "Merge"))
    assert [file.path for file in diff.files] == ["b.txt"]


def test_a_renamed_file_has_both_names(world: World, clone: Path) -> None:
    world.commit("feat: first", old__txt="a\nb\nc\nd\n")
    world.git("mv", "old.txt", "new.txt")
    diff = _read(world, clone, world.commit("refactor: rename", other__txt="x"))
    renamed = next(file for file in diff.files if file.status == "R")
    assert (renamed.old_path, renamed.path, renamed.added, renamed.removed) == ("old.txt", "new.txt", 0, 0)


def test_a_binary_file_has_no_lines(world: World, clone: Path) -> None:
    (world.folder / "logo.png").write_bytes(bytes(range(256)))
    diff = _read(world, clone, world.commit("feat: logo"))
    logo = next(file for file in diff.files if file.path == "logo.png")
    assert (logo.added, logo.removed) == (None, None)
    assert "Binary files" in diff.patch


def test_a_huge_patch_is_cut_and_says_so(world: World, clone: Path) -> None:
    diff = _read(world, clone, world.commit("feat: big", big__txt="line of text\n" * 300_000))
    assert "larger than 2 MB" in diff.truncated
    assert diff.files[0].added == 300_000


def test_a_patch_of_many_lines_is_cut_and_says_so(world: World, clone: Path) -> None:
    diff = _read(world, clone, world.commit("feat: long", long__txt="x\n" * 30_000))
    assert "more than 20000 lines" in diff.truncated
    assert len(diff.patch.split("\n")) == 20_000


def test_a_minified_line_is_cut_and_says_so(world: World, clone: Path) -> None:
    diff = _read(world, clone, world.commit("feat: min", app__js="x" * 500_000))
    assert "lines are cut" in diff.truncated
    assert max(map(len, diff.patch.split("\n"))) <= 4096


def test_hostile_bytes_in_names_and_text_come_out_harmless(world: World, clone: Path) -> None:
    (world.folder / "a\x1b[31m\nb").write_bytes(b"\x1b]0;pwned\x07 \xff\n")
    diff = _read(world, clone, world.commit("feat: evil \x1b[2J"))
    everything = diff.patch + diff.message + "".join(file.path for file in diff.files)
    assert "\x1b" not in everything
    assert "\x07" not in everything


@pytest.mark.parametrize("commit_id", ["0" * 40, "HEAD", "--output=x", "", "main"])
def test_what_is_no_commit_here_is_refused(world: World, clone: Path, commit_id: str) -> None:
    world.commit("feat: first")
    with pytest.raises(SourceError):
        _read(world, clone, commit_id)
    assert not (clone / "x").exists()
