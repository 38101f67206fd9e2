"""The board in the cache: what git knows, ranked by what the ledger decides, whichever came last."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cache_world import change, commit_id, feature
from ledger_world import Desk, make_remote, remote_at

from cockpit.cache.feed import CacheFeed, open_feed
from cockpit.domain.decisions.bodies import BallotCast, FeatureMerged, FeatureProposed, TrainOpened
from cockpit.domain.decisions.standing import BallotNow
from cockpit.domain.facts import ChangesSeen, FeaturesSeen
from cockpit.domain.feature import Backing, FeatureState
from cockpit.domain.terms import Terms
from cockpit.ui.feed import Query


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    remote = make_remote(tmp_path / "remote.git")
    desk = Desk(tmp_path / "jon", remote_at(remote), "jon")
    desk.begin()
    desk.decide("train.open", "w47", TrainOpened())
    yield desk
    desk.close()


@pytest.fixture
def feed(desk: Desk) -> Iterator[CacheFeed]:
    feed = open_feed(desk.folder / "cache.db", lambda: Terms("payments"))
    yield feed
    feed.close()


def board(feed: CacheFeed) -> list[tuple[int, str, int]]:
    rows = feed.features.fetch(feed.features.order(Query()))
    return [(row.rank, row.feature_id, row.backing.points) for row in rows if row]


def test_a_ballot_reorders_what_git_told_before(desk: Desk, feed: CacheFeed) -> None:
    desk.cache.put(FeaturesSeen([feature(1), feature(2)]), "features", 600)
    assert board(feed) == [(1, "f1", 0), (2, "f2", 0)]
    before = feed.features.revision()
    desk.decide("ballot", "w47", BallotCast(("f2",)))
    assert board(feed) == [(1, "f2", 5), (2, "f1", 0)]
    assert feed.features.revision() > before


def test_what_git_tells_later_is_ranked_by_ballots_cast_before(desk: Desk, feed: CacheFeed) -> None:
    desk.decide("ballot", "w47", BallotCast(("f2",)))
    desk.cache.put(FeaturesSeen([feature(1), feature(2)]), "features", 600)
    assert board(feed) == [(1, "f2", 5), (2, "f1", 0)]


def test_all_that_ballots_say_comes_back_as_it_was_put(desk: Desk, feed: CacheFeed) -> None:
    desk.decide("ballot", "w47", BallotCast(("f1",)))
    desk.decide("ballot", "w47", BallotCast(("f2", "f1")), actor="kim")
    desk.decide("train.open", "w48", TrainOpened())
    desk.decide("ballot", "w48", BallotCast(("f1",)))
    desk.decide("ballot", "w48", BallotCast(("f2",)), actor="kim")
    row = feed.features.fetch([feed.features.number_of("f1") or 0])[0]
    assert row is not None
    assert row.backing == Backing(5, (("jon", 1),), ("kim",), (("w47", 1),))


def test_a_proposal_is_on_the_board_at_once_and_its_id_is_told_to_who_looks_for_commits(
    desk: Desk, feed: CacheFeed
) -> None:
    desk.decide("feature.propose", "csv", FeatureProposed("Export to CSV"))
    assert board(feed) == [(1, "csv", 0)]
    assert feed.proposed() == ("csv",)


def test_a_merged_feature_hands_its_changes_to_the_other(desk: Desk, feed: CacheFeed) -> None:
    desk.decide("feature.propose", "f1", FeatureProposed("One"))
    desk.decide("feature.propose", "f2", FeatureProposed("Two"))
    desk.cache.put(ChangesSeen([change(7)]), "git", 600)
    desk.cache.put(FeaturesSeen([feature(1, [7]), feature(2)]), "features", 600)
    desk.decide("feature.merge", "f1", FeatureMerged("f2"))
    (row,) = feed.features.fetch(feed.features.order(Query()))
    assert row is not None
    assert (row.feature_id, row.state, row.commits) == ("f2", FeatureState.IN_PROGRESS, (commit_id(7),))
    (shipped,) = feed.changes.fetch(feed.changes.order(Query()))
    assert shipped is not None
    assert shipped.feature_id == "f2"


def test_the_overview_says_who_voted_and_how(desk: Desk, feed: CacheFeed) -> None:
    desk.decide("ballot", "w47", BallotCast(("f2", "f1")))
    desk.decide("ballot", "w47", BallotCast(()), actor="kim")
    standing = feed.overview().standing
    assert standing.voted_train == "w47"
    assert standing.ballots == (BallotNow("jon", ("f2", "f1")),)


def test_a_ledger_read_anew_leaves_the_board_as_it_was(desk: Desk, feed: CacheFeed, tmp_path: Path) -> None:
    desk.cache.put(FeaturesSeen([feature(1), feature(2)]), "features", 600)
    desk.decide("ballot", "w47", BallotCast(("f2",)))
    other = Desk(tmp_path / "kim", desk.chain.remote, "kim")
    other.cache.put(FeaturesSeen([feature(1), feature(2)]), "features", 600)
    other.sync()
    there = open_feed(other.folder / "cache.db", lambda: Terms("payments"))
    assert board(there) == board(feed) == [(1, "f2", 5), (2, "f1", 0)]
    there.close()
    other.close()
