"""How the candidate's changes go, as the list of changes shows and finds it."""

from dataclasses import replace
from pathlib import Path

import pytest
from cache_world import change, commit_id

from cockpit.cache.feed import CacheFeed, open_feed
from cockpit.cache.store import Cache, open_cache
from cockpit.domain.change import Change
from cockpit.domain.facts import ChangesSeen, LanesSeen, PatchesSeen
from cockpit.domain.terms import Terms
from cockpit.ui.feed import Query

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
