"""What the release branch is said to hold, on real repositories."""

from pathlib import Path

import msgspec
import pytest
from git_world import World, settings, source_of, told

from cockpit.config.settings import Settings
from cockpit.domain.change import Impact
from cockpit.domain.facts import ChangesSeen, CommitsSeen, PathsSeen, ReleasesSeen, SizesSeen
from cockpit.errors import SourceError
from cockpit.gitrun import GitRunner
from cockpit.sources.git_changes import read_changes, read_long_list


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "payments")
    made.commit("feat: first")
    made.git("tag", "v1.0.0")
    return made


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "clone.git"


async def test_a_merge_is_one_change_by_the_author_of_the_merged_work(world: World, clone: Path) -> None:
    world.git("checkout", "-qb", "topic")
    world.commit("wip", author="Maria", a__py="1\n")
    world.commit("more wip", author="Jon", b__py="2\n3\n")
    world.git("checkout", "-q", "main")
    merge = world.merge("topic", "Merge pull request #12 from team/topic\n\nfeat(pay): export to CSV")

    sink, _ = await told(source_of(world.folder, clone))

    [change] = sink.changes
    assert (change.commit_id, change.pull_request, change.author) == (merge, 12, "Jon")
    assert (change.kind, change.scope, change.subject) == ("feat", "pay", "export to CSV")
    assert change.impact is Impact.USER
    assert sink.all(SizesSeen)[-1].sizes == {merge: (2, 3, 0)}
    assert sink.all(PathsSeen)[-1].paths == {merge: ("a.py", "b.py")}


@pytest.mark.parametrize(("most", "by_one"), [(20, 3), (20, 20), (5, 3), (3, 3), (2, 3), (20, 7)])
def test_a_long_list_read_by_two_is_the_list_that_one_reads(world: World, most: int, by_one: int) -> None:
    for number in range(7):
        world.commit(f"fix: change {number}", author="Maria", **{f"file_{number}__py": f"{number}\n"})
    runner = GitRunner(world.folder / ".git")
    read = list(read_long_list(runner, "main", ["v1.0.0"], most, by_one))
    assert read == list(read_changes(runner, "main", ["v1.0.0"], most))
    assert read[0].paths == ("file_6.py",)


async def test_squashed_plain_and_gitlab_changes_are_understood(world: World, clone: Path) -> None:
    world.commit("fix: retry on 502 (#41)")
    world.commit("No type at all")
    world.git("checkout", "-qb", "topic")
    world.commit("x")
    world.git("checkout", "-q", "main")
    world.merge("topic", "Merge branch 'topic' into 'main'\n\nfix: rounding\n\nSee merge request shop/pay!7")

    sink, _ = await told(source_of(world.folder, clone))

    assert [(change.pull_request, change.kind, change.subject) for change in sink.changes] == [
        (7, "fix", "rounding"),
        (None, "", "No type at all"),
        (41, "fix", "retry on 502"),
    ]


async def test_a_merge_without_a_title_takes_that_of_the_merged_work(world: World, clone: Path) -> None:
    world.git("checkout", "-qb", "topic")
    world.commit("fix: the real title")
    world.git("checkout", "-q", "main")
    world.merge("topic", "Merge branch 'topic'")
    sink, _ = await told(source_of(world.folder, clone))
    assert sink.changes[0].subject == "the real title"


async def test_a_fix_that_edits_a_contract_test_has_user_impact(world: World, clone: Path) -> None:
    world.commit("fix: sum", tests_of_contract_of_test_pay__py="assert 1")
    sink, _ = await told(source_of(world.folder, clone))
    assert sink.changes[0].contract_touched
    assert sink.changes[0].impact is Impact.USER


async def test_only_what_no_release_holds_is_listed_and_history_holds_everything(world: World, clone: Path) -> None:
    kept = world.commit("fix: new")
    world.git("tag", "not-a-release")
    sink, observation = await told(source_of(world.folder, clone))
    assert [change.commit_id for change in sink.changes] == [kept]
    assert [release.tag for release in sink.all(ReleasesSeen)[-1].releases] == ["v1.0.0"]
    assert sink.branch.last_release is not None
    assert sum(len(facts.commits) for facts in sink.all(CommitsSeen)) == 2
    assert sink.branch.history_complete
    assert observation.remark == ""


async def test_a_round_without_news_tells_nothing(world: World, clone: Path) -> None:
    source = source_of(world.folder, clone)
    _, first = await told(source)
    sink, second = await told(source, first.cursor)
    assert sink.facts == []
    assert second.cursor == first.cursor


async def test_a_restarted_agent_with_a_warm_cache_tells_nothing_again(world: World, clone: Path) -> None:
    _, first = await told(source_of(world.folder, clone))
    sink, _ = await told(source_of(world.folder, clone), first.cursor)
    assert sink.facts == []


async def test_new_commits_bring_the_whole_list_but_only_their_own_history(world: World, clone: Path) -> None:
    world.commit("fix: one")
    source = source_of(world.folder, clone)
    _, first = await told(source)
    new = world.commit("fix: two")
    sink, _ = await told(source, first.cursor)
    assert [change.subject for change in sink.changes] == ["two", "one"]
    assert [bytes(commit.commit_id).hex() for facts in sink.all(CommitsSeen) for commit in facts.commits] == [new]
    assert list(sink.all(SizesSeen)[-1].sizes) == [new]


async def test_a_rewritten_branch_replaces_the_list(world: World, clone: Path) -> None:
    world.commit("fix: one")
    source = source_of(world.folder, clone)
    _, first = await told(source)
    world.git("reset", "-q", "--hard", "v1.0.0")
    world.commit("fix: other")
    sink, _ = await told(source, first.cursor)
    assert [change.subject for change in sink.changes] == ["other"]


async def test_a_branch_set_back_loses_its_changes(world: World, clone: Path) -> None:
    world.commit("fix: one")
    source = source_of(world.folder, clone)
    _, first = await told(source)
    world.git("reset", "-q", "--hard", "v1.0.0")
    sink, _ = await told(source, first.cursor)
    assert sink.changes == []


async def test_a_moved_tag_moves_what_is_released(world: World, clone: Path) -> None:
    world.commit("fix: one")
    source = source_of(world.folder, clone)
    _, first = await told(source)
    world.git("tag", "-f", "v1.0.0")
    sink, _ = await told(source, first.cursor)
    assert sink.changes == []


async def test_the_newest_train_is_found_and_the_next_one_when_it_is_deleted(world: World, clone: Path) -> None:
    world.git("branch", "release/1.9")
    world.git("checkout", "-qb", "release/1.10")
    world.commit("fix: on the train")
    source = source_of(world.folder, clone)
    sink, first = await told(source)
    assert (sink.branch.release_branch, sink.branch.ahead, sink.branch.behind) == ("release/1.10", 1, 0)
    world.git("checkout", "-q", "main")
    world.git("branch", "-D", "release/1.10")
    sink, _ = await told(source, first.cursor)
    assert sink.branch.release_branch == "release/1.9"
    assert sink.changes == []


async def test_a_configured_branch_that_is_gone_is_said_with_those_that_are_there(world: World, clone: Path) -> None:
    with pytest.raises(SourceError) as caught:
        await told(source_of(world.folder, clone, settings(release_branch="stable")))
    assert "stable" in str(caught.value)
    assert "main" in caught.value.next_step


async def test_trailers_and_ids_in_the_text_tie_a_change_to_its_feature(world: World, clone: Path) -> None:
    features = '[[feature]]\nid = "CSV-1"\ntitle = "Export"\n'
    world.commit("docs: features", features__toml=features)
    world.commit("feat(csv-1): by scope")
    world.commit("feat: part of CSV-12, another one")
    world.commit("feat: by trailer\n\nFeature: CSV-1")
    sink, _ = await told(source_of(world.folder, clone))
    assert [change.feature_id for change in sink.changes] == ["CSV-1", "", "CSV-1", ""]


async def test_new_settings_tell_the_same_commits_anew(world: World, clone: Path) -> None:
    world.commit("fix: x", web_of_page__html="<p>")
    _, first = await told(source_of(world.folder, clone))
    wanted = msgspec.convert({"changes": {"codebases": {"web": ["web/**"]}}}, Settings)
    sink, _ = await told(source_of(world.folder, clone, wanted), first.cursor)
    assert sink.changes[0].codebase == "web"


async def test_ten_thousand_unreleased_changes_are_listed(tmp_path: Path, clone: Path) -> None:
    world = World(tmp_path / "big")
    lines = [b"feature done\n"]
    for number in range(10_001):
        lines.append(
            b"commit refs/heads/main\nmark :%d\nauthor A <a@b> %d +0000\ncommitter A <a@b> %d +0000\ndata 7\nfix: %03d"
            % (number + 1, 1_600_000_000 + number, 1_600_000_000 + number, number % 100)
            + b"\nM 100644 inline f%d\ndata 2\n%02d\n" % (number % 50, number % 97)
        )
        if number == 0:
            lines.append(b"reset refs/tags/v1\nfrom :1\n\n")
    world.git(
        "fast-import", "--quiet", given=b"".join(line.replace(b"data 7", b"data 8") for line in lines) + b"done\n"
    )
    sink, _ = await told(source_of(world.folder, clone))
    assert len(sink.changes) == 10_000
    assert len({commit_id for facts in sink.all(SizesSeen) for commit_id in facts.sizes}) == 10_000
    assert len(sink.all(ChangesSeen)) == 1


@pytest.mark.parametrize("title", ["Merge branch 'main' into release", "Merge remote-tracking branch 'origin/main'"])
async def test_a_merge_of_the_trunk_says_so_and_does_not_pose_as_what_it_brought(
    world: World, clone: Path, title: str
) -> None:
    world.git("checkout", "-qb", "release")
    world.commit("fix: on release (#1)", release__txt="1")
    world.git("checkout", "-q", "main")
    world.commit("feat: on main (#2)", author="Someone Else", main__txt="2")
    world.git("checkout", "-q", "release")
    world.merge("main", title)
    sink, _ = await told(source_of(world.folder, clone))
    change = next(change for change in sink.changes if change.kind == "merge")
    assert (change.subject, change.pull_request) == ("merge of main", None)
    assert change.author != "Someone Else"


async def test_the_main_branch_may_bear_any_name_and_a_branch_that_ends_like_it_is_another(
    world: World, clone: Path
) -> None:
    world.git("checkout", "-qb", "work")
    world.commit("feat: it all")
    world.git("checkout", "-qb", "release")
    world.commit("fix: on release")
    for branch, name in (("work", "1"), ("joe/main", "2")):
        world.git("checkout", "-q", "-B", branch, "work")
        world.commit(f"feat: change {name}", **{f"file{name}": name})
        world.git("checkout", "-q", "release")
        world.merge(branch, f"Merge branch '{branch}' into release")
    sink, _ = await told(source_of(world.folder, clone, settings(main_branch="work")))
    assert [change.subject for change in sink.changes if change.kind != "fix"][:2] == ["change 2", "merge of work"]
