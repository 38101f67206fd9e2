"""The history of the demo, before git sees it."""

from datetime import UTC, datetime
from functools import cache

import pytest

from cockpit.demo.fast_import import stream
from cockpit.demo.story import RELEASES, Story, last_release_before, tell
from cockpit.demo.work import read_product

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
SEEDS = (1, 2, 7, 99)


@cache
def story(seed: int) -> Story:
    return tell(read_product(), seed, NOW)


def unreleased(told: Story) -> list:
    commits = {commit.mark: commit for commit in told.commits}
    found, mark = [], told.release.tip
    while mark != told.tags[-1].mark:
        found.append(commits[mark])
        mark = commits[mark].parents[0]
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_tells_one_story(seed: int) -> None:
    assert stream(tell(read_product(), seed, NOW)) == stream(story(seed))


def test_another_seed_tells_another_story() -> None:
    assert stream(story(1)) != stream(story(2))


@pytest.mark.parametrize("seed", SEEDS)
def test_six_trains_have_left_and_one_is_being_prepared(seed: int) -> None:
    told = story(seed)
    assert [tag.name for tag in told.tags] == [f"v1.{38 + n}.0" for n in range(RELEASES)]
    assert 200 <= len(told.commits) <= 330
    assert 12 <= len(unreleased(told)) <= 18


@pytest.mark.parametrize("seed", SEEDS)
def test_the_next_train_holds_a_migration_and_an_edited_contract_test(seed: int) -> None:
    paths = {path for commit in unreleased(story(seed)) for path in commit.files}
    assert any(path.startswith("migrations/") for path in paths)
    assert any(path.startswith("tests/contract/") for path in paths)


@pytest.mark.parametrize("seed", SEEDS)
def test_changes_arrive_as_merges_as_squashed_and_as_plain_commits(seed: int) -> None:
    messages = [commit.message for commit in story(seed).commits]
    assert any(m.startswith("Merge pull request #") and "\n\n" in m for m in messages)
    assert any(m.split("\n")[0].endswith(")") and "(#" in m.split("\n")[0] for m in messages)
    assert any("(#" not in m and not m.startswith("Merge") for m in messages)
    assert any("\n\nFeature: " in m for m in messages)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_happens_in_the_future(seed: int) -> None:
    assert max(commit.at for commit in story(seed).commits) <= NOW.timestamp()


@pytest.mark.parametrize("hour", range(0, 24 * 8, 5))
def test_the_last_train_left_a_week_ago(hour: int) -> None:
    now = datetime(2026, 11, 16 + hour // 24, hour % 24, tzinfo=UTC)
    last = last_release_before(now)
    assert last.weekday() == now.weekday()
    assert 6 * 24 < (now - last).total_seconds() / 3600 < 8 * 24
