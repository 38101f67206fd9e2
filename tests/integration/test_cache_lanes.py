"""How the candidate's changes go, as the list of changes shows and finds it."""

from dataclasses import replace
from pathlib import Path

import pytest
from cache_world import change, commit_id

from cockpit.cache.feed import CacheFeed, open_feed
from cockpit.cache.store import Cache, open_cache
from cockpit.domain.build import Build, BuildResult
from cockpit.domain.change import NOT_LISTED, OFF_BRANCH, Change
from cockpit.domain.facts import BuildSeen, ChangesSeen, LanesSeen, PatchesSeen
from cockpit.domain.terms import Terms
from cockpit.ui.feed import Query
from cockpit.ui.shown_changes import ShownChanges

LANES = {commit_id(1): ("approved by sara", "shown on Thursday"), commit_id(2): ("waits 1 of 2", "no fast lane")}


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    made = open_cache(tmp_path / "cache.db")
    made.put(ChangesSeen([change(1), change(2), change(3)]), "git", 60.0)
    return made


@pytest.fixture
def feed(tmp_path: Path, cache: Cache) -> CacheFeed:
    return open_feed(tmp_path / "cache.db", lambda: Terms("payments"))


def shown(feed: CacheFeed, query: Query | None = None) -> dict[str, Change]:
    numbers = feed.changes.order(query or Query())
    return {row.commit_id: row for row in feed.changes.fetch(list(numbers)) if row is not None}


def lanes(feed: CacheFeed, query: Query | None = None) -> list[str]:
    return [row.lane for row in shown(feed, query).values()]


def test_a_change_shows_its_lane_with_the_reason_and_others_show_none(cache: Cache, feed: CacheFeed) -> None:
    before = feed.changes.revision()
    assert lanes(feed) == ["", "", ""]
    cache.put(LanesSeen(LANES), "shipping", 60.0)
    assert feed.changes.revision() > before
    assert lanes(feed) == ["", "waits 1 of 2", "approved by sara"]
    assert shown(feed)[commit_id(1)].lane_reason == "shown on Thursday"


def test_lanes_that_are_no_more_are_shown_no_more(cache: Cache, feed: CacheFeed) -> None:
    cache.put(LanesSeen(LANES), "shipping", 60.0)
    cache.put(LanesSeen({commit_id(2): ("fast lane", "type fix")}), "shipping", 60.0)
    assert lanes(feed) == ["", "fast lane", ""]
    assert lanes(feed, Query("sara")) == []


def test_the_same_lanes_again_write_nothing(cache: Cache, feed: CacheFeed) -> None:
    cache.put(LanesSeen(LANES), "shipping", 60.0)
    before = feed.data_version()
    cache.put(LanesSeen(dict(LANES)), "shipping", 60.0)
    assert feed.data_version() == before


def test_changes_are_found_and_ordered_by_their_lane(cache: Cache, feed: CacheFeed) -> None:
    cache.put(LanesSeen(LANES), "shipping", 60.0)
    assert lanes(feed, Query("SARA")) == ["approved by sara"]
    assert lanes(feed, Query("waits", inverse=True)) == ["", "approved by sara"]
    assert lanes(feed, Query(sort="lane", descending=True))[0] == "waits 1 of 2"
    assert lanes(feed, Query("retry", sort="lane"))[-1] == "waits 1 of 2"


def test_a_list_that_is_read_anew_is_still_found_by_its_lanes(cache: Cache, feed: CacheFeed) -> None:
    cache.put(LanesSeen(LANES), "shipping", 60.0)
    cache.put(ChangesSeen([replace(change(1), subject="described anew"), change(2)]), "git", 60.0)
    assert lanes(feed, Query("anew sara")) == ["approved by sara"]


def test_patch_ids_stay_whatever_becomes_of_the_list(cache: Cache, feed: CacheFeed) -> None:
    cache.put(PatchesSeen({commit_id(1): "patch-1"}), "shipping", 60.0)
    cache.put(PatchesSeen({commit_id(1): "another"}), "shipping", 60.0)
    cache.put(ChangesSeen([change(2)]), "git", 60.0)
    cache.put(ChangesSeen([change(1), change(2)]), "git", 60.0)
    assert {one: row.patch for one, row in shown(feed).items()} == {commit_id(1): "patch-1", commit_id(2): ""}


ASIDE = (replace(change(8), place=OFF_BRANCH, subject="mended aside"), change(1), change(9))
"""A candidate: off the branch, of its list, and on the branch but not in its list."""


def whole(feed: CacheFeed, query: Query | None = None) -> list[tuple[str, str]]:
    reader = ShownChanges(feed)
    rows = reader.fetch(list(reader.order(query or Query())))
    return [(row.commit_id, row.place) for row in rows if row is not None]


def test_what_only_the_candidate_holds_stands_above_the_list_of_the_branch(cache: Cache, feed: CacheFeed) -> None:
    before = ShownChanges(feed).revision()
    cache.put(LanesSeen({commit_id(8): ("waits 0 of 1", "why")}, changes=ASIDE), "shipping", 60.0)
    branch = [(commit_id(number), "") for number in (3, 2, 1)]
    assert whole(feed) == [(commit_id(8), OFF_BRANCH), *branch, (commit_id(9), NOT_LISTED)]
    assert ShownChanges(feed).revision() > before
    assert list(shown(feed)) == [one for one, _ in branch]
    assert whole(feed, Query("off aside waits")) == [(commit_id(8), OFF_BRANCH)]
    assert whole(feed, Query(sort="subject", descending=True))[0] == (commit_id(8), OFF_BRANCH)
    [row] = ShownChanges(feed).rows_of([commit_id(8), commit_id(7)])
    assert (row.lane, row.lane_reason) == ("waits 0 of 1", "why")


def test_strays_go_with_their_candidate_or_when_the_branch_lists_them(cache: Cache, feed: CacheFeed) -> None:
    cache.put(LanesSeen({}, changes=ASIDE), "shipping", 60.0)
    cache.put(ChangesSeen([change(1), change(8)]), "git", 60.0)
    cache.put(LanesSeen({}, changes=ASIDE), "shipping", 60.0)
    assert whole(feed) == [(commit_id(8), ""), (commit_id(1), ""), (commit_id(9), NOT_LISTED)]
    cache.put(LanesSeen({}), "shipping", 60.0)
    assert len(whole(feed)) == 2


def test_a_stray_shows_what_its_build_said(cache: Cache, feed: CacheFeed) -> None:
    build = Build("1", commit_id(8), "ci", BuildResult.FAILED, change(8).committed_at)
    cache.put(BuildSeen(build), "ci", 60.0)
    cache.put(LanesSeen({}, changes=ASIDE), "shipping", 60.0)
    [row] = ShownChanges(feed).rows_of([commit_id(8)])
    assert row.build is BuildResult.FAILED
