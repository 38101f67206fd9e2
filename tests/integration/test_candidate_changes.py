"""What git tells of a candidate, on real repositories: its changes, their patches, and what undoes what."""

import os
import shutil
from pathlib import Path

import pytest
from git_world import World, settings

from cockpit.config.places import find_repository
from cockpit.domain.candidate_change import CandidateChange, CandidateFacts, Revert
from cockpit.domain.change import Impact
from cockpit.errors import GitError
from cockpit.gitrun import GitRunner
from cockpit.sources import candidate_changes, git_patches
from cockpit.sources.candidate_changes import Wanted, read_candidate, resolve
from cockpit.sources.git_clone import Clone
from cockpit.sources.git_patches import read_opposite, read_patch_ids


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "payments")
    made.commit("feat: first", a__py="a = 1\nb = 2\nc = 3\n")
    made.git("tag", "v1.0.0")
    return made


def clone_of(world: World) -> Clone:
    clone = Clone(world.folder.parent / "cache" / "clone.git", find_repository(world.folder), "")
    clone.prepare()
    clone.follow(clone.ask())
    return clone


def read(world: World, commit: str = "", base: str = "v1.0.0", *, is_hotfix: bool = False) -> CandidateFacts:
    wanted = Wanted(commit or world.git("rev-parse", "HEAD"), base, is_hotfix=is_hotfix)
    return read_candidate(clone_of(world), settings(), wanted)


def only(facts: CandidateFacts) -> CandidateChange:
    [change] = facts.changes
    return change


def test_the_candidate_holds_what_came_since_its_base_and_nothing_that_came_later(world: World) -> None:
    one = world.commit("fix: one", b__py="1\n")
    two = world.commit("feat: two", c__py="2\n")
    world.commit("feat: later", d__py="3\n")
    facts = read(world, two)
    assert [change.commit for change in facts.changes] == [one, two]
    assert [change.paths for change in facts.changes] == [("b.py",), ("c.py",)]
    assert facts.changes[0].change.impact is Impact.NONE
    assert (facts.incomplete, facts.lacks, facts.missing_on_branch) == ("", (), ())


def test_the_same_patch_on_another_commit_has_the_same_id(world: World) -> None:
    one = world.commit("fix: one", b__py="1\n")
    world.git("checkout", "-q", "v1.0.0")
    world.commit("chore: between", z__py="z\n")
    world.git("cherry-pick", one)
    ids = read_patch_ids(GitRunner(world.folder / ".git"), [one, world.git("rev-parse", "HEAD")])
    assert len(ids) == 2
    assert len(set(ids.values())) == 1


@pytest.mark.parametrize("other", ["a = 1\n  b = 2\nc = 3\nd\n", "a = 1\nb = 2\nc = 3\nD\n"])
def test_a_patch_that_differs_in_white_space_alone_is_another_one(world: World, other: str) -> None:
    one = world.commit("fix: one", a__py="a = 1\nb = 2\nc = 3\nd\n")
    world.git("checkout", "-q", "v1.0.0")
    two = world.commit("fix: one", a__py=other)
    assert len(set(read_patch_ids(GitRunner(world.folder / ".git"), [one, two]).values())) == 2


def test_two_binary_files_are_two_patches(world: World) -> None:
    made = []
    for text in ("\0one", "\0two"):
        world.git("checkout", "-q", "v1.0.0")
        made.append(world.commit("fix: picture", picture=text))
    assert len(set(read_patch_ids(GitRunner(world.folder / ".git"), made).values())) == 2


def test_text_that_looks_like_the_next_commit_does_not_pass_for_one(world: World) -> None:
    fake = "f" * 40
    one = world.commit("fix: one", b__py=f"x\0\ncommit {fake}\n\n\0commit {fake}\n")
    assert list(read_patch_ids(GitRunner(world.folder / ".git"), [one])) == [one]


def test_a_merge_has_the_patch_of_all_it_brought_and_an_empty_change_has_none(world: World) -> None:
    world.git("checkout", "-qb", "topic")
    one = world.commit("fix: one", b__py="1\n")
    world.git("checkout", "-q", "main")
    merge = world.merge("topic", "Merge pull request #1 from team/topic\n\nfix: one")
    world.git("commit", "-q", "--allow-empty", "-m", "chore: nothing")
    ids = read_patch_ids(GitRunner(world.folder / ".git"), [merge, one, world.git("rev-parse", "HEAD")])
    assert ids == {merge: ids[one], one: ids[one]}


def test_patches_read_in_parts_are_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [world.commit(f"fix: {n}", **{f"f{n}__py": f"{n}\n" * 20}) for n in range(5)]
    runner = GitRunner(world.folder / ".git")
    whole = read_patch_ids(runner, made)
    monkeypatch.setattr(git_patches, "AT_ONCE", 3)
    monkeypatch.setattr(git_patches, "MOST_BYTES", 700)
    assert read_patch_ids(runner, made) == whole
    monkeypatch.setattr(git_patches, "MOST_BYTES", 100)
    assert read_patch_ids(runner, made) == {}


def test_a_revert_by_git_is_the_exact_opposite_and_an_edited_one_is_not(world: World) -> None:
    one = world.commit("feat: one", a__py="a = 9\nb = 2\nc = 3\n")
    world.git("revert", "--no-edit", "HEAD")
    exact = read(world).changes[1]
    assert exact.reverts == (Revert(one, is_exact=True),)
    world.git("reset", "-q", "--hard", one)
    world.commit(f'Revert "feat: one"\n\nThis reverts commit {one}.', a__py="a = 1\nb = 2\nc = 4\n")
    assert read(world).changes[1].reverts == (Revert(one, is_exact=False),)


def test_what_undoes_an_earlier_release_names_nothing_of_the_candidate(world: World) -> None:
    released = world.git("rev-parse", "v1.0.0")
    world.commit(f"fix: back\n\nThis reverts commit {released}.", a__py="")
    assert only(read(world)).reverts == (Revert("", is_exact=False),)


def test_a_merge_that_brings_a_revert_of_a_merge_undoes_it(world: World) -> None:
    world.git("checkout", "-qb", "topic")
    world.commit("feat: one", b__py="1\n")
    world.git("checkout", "-q", "main")
    merge = world.merge("topic", "Merge pull request #1 from team/topic\n\nfeat: one")
    world.git("checkout", "-qb", "undo")
    world.git("revert", "--no-edit", "-m", "1", merge)
    world.git("checkout", "-q", "main")
    world.merge("undo", "Merge pull request #2 from team/undo\n\nRevert one")
    assert read(world).changes[1].reverts == (Revert(merge, is_exact=True),)


def test_a_squashed_revert_names_the_pull_request(world: World) -> None:
    one = world.commit("feat: one (#7)", b__py="1\n")
    world.git("rm", "-q", "b.py")
    world.commit('Revert "feat: one" (#8)\n\nReverts team/payments#7', c__py="")
    assert read(world).changes[1].reverts == (Revert(one, is_exact=False),)


def test_the_trailer_of_a_commit_that_a_merge_brought_speaks_for_the_merge(world: World) -> None:
    world.git("checkout", "-qb", "topic")
    world.commit("feat: drop\n\nIrreversible: drops the column \x1b[31mnotes", b__sql="1\n")
    world.commit("feat: more", b__py="1\n")
    world.git("checkout", "-q", "main")
    world.merge("topic", "Merge pull request #1 from team/topic\n\nfeat: drop notes")
    assert only(read(world)).irreversible == "drops the column [31mnotes"


def test_the_flag_of_a_change_is_what_its_trailer_says_and_of_several_none(world: World) -> None:
    world.commit("feat: export\n\nFlag: csv_export")
    assert only(read(world)).flag == "csv_export"
    world.git("commit", "-q", "--amend", "--allow-empty", "-m", "feat: export\n\nFlag: csv_export\nFlag: xls_export")
    assert only(read(world)).flag not in ("csv_export", "xls_export", "")


def test_a_hotfix_tells_what_the_branch_lacks_and_the_branch_what_it_lacks_of_the_hotfix(world: World) -> None:
    branch = world.commit("feat: goes on", b__py="1\n")
    world.git("checkout", "-qb", "hotfix", "v1.0.0")
    fix = world.commit("fix: round", c__py="1\n")
    world.git("tag", "v1.0.1")
    world.git("checkout", "-q", "main")
    wanted = Wanted(fix, "v1.0.0", is_hotfix=True)
    there = settings(release_branch="main")
    facts = read_candidate(clone_of(world), there, wanted)
    assert [stray.subject for stray in facts.missing_on_branch] == ["fix: round"]
    assert [stray.subject for stray in read(world, branch, "v1.0.1").lacks] == ["fix: round"]
    world.git("cherry-pick", fix)
    assert read_candidate(clone_of(world), there, wanted).missing_on_branch == ()


def test_a_shallow_clone_says_that_changes_may_be_missing(world: World, tmp_path: Path) -> None:
    for number in range(4):
        world.commit(f"fix: {number}")
    shallow = tmp_path / "shallow"
    world.git("clone", "-q", "--depth", "2", f"file://{world.folder}", str(shallow))
    world.git("-C", str(shallow), "remote", "remove", "origin")
    clone = Clone(tmp_path / "cache" / "clone.git", find_repository(shallow), "")
    clone.prepare()
    facts = read_candidate(clone, settings(), Wanted(world.git("rev-parse", "HEAD"), ""))
    assert "shallow" in facts.incomplete
    assert facts.changes[0].paths is None


def test_a_change_with_more_paths_than_are_kept_has_unknown_ones(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.commit("fix: many", **{f"f{n}__py": "1\n" for n in range(6)})
    assert only(read(world)).paths is not None
    monkeypatch.setattr(candidate_changes, "MOST_PATHS", 6)
    assert only(read(world)).paths is None


def test_patches_that_are_known_are_not_read_again(world: World) -> None:
    one = world.commit("fix: one")
    wanted = Wanted(one, "v1.0.0", patches={one: "known"})
    assert only(read_candidate(clone_of(world), settings(), wanted)).patch == "known"


def test_a_commit_is_named_by_tag_branch_or_the_beginning_of_its_id(world: World) -> None:
    one = world.commit("fix: one")
    runner = clone_of(world).runner
    assert {resolve(runner, name) for name in (one, one[:7], "main")} == {one}
    assert resolve(runner, "v1.0.0") == world.git("rev-parse", "v1.0.0")
    for name in ("nowhere", "--all", "HEAD~1", "", "0" * 40):
        with pytest.raises(GitError, match="knows no commit"):
            resolve(runner, name)


def test_the_opposite_of_the_first_commit_is_not_known(world: World) -> None:
    assert read_opposite(GitRunner(world.folder / ".git"), world.git("rev-parse", "v1.0.0")) == ""


def test_a_git_that_cannot_tell_white_space_apart_tells_no_patch_ids(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = world.commit("fix: one")
    old = tmp_path / "old" / "git"
    old.parent.mkdir()
    old.write_text(f'#!/bin/sh\nfor a; do [ "$a" = --verbatim ] && exit 129; done\nexec {shutil.which("git")} "$@"\n')
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{old.parent}:{os.environ['PATH']}")
    assert only(read(world, one)).patch == ""
