"""One board of what the file and the ledger ask for, in the order of the ballots."""

from chain import Chain

from cockpit.domain.ballots import own_ballot, voted_train
from cockpit.domain.decisions.bodies import (
    BallotCast,
    FeatureClosed,
    FeatureEdited,
    FeatureMerged,
    FeatureProposed,
    TrainClosed,
    TrainOpened,
)
from cockpit.domain.feature import Feature, FeatureState
from cockpit.domain.feature_intents import close, edit, merge
from cockpit.domain.priority_board import priority_board

STATE = FeatureState


def seen(*names: str) -> list[Feature]:
    """Features as `features.toml` asks for them, in this order."""
    return [Feature(name, f"{name} of the file", "", "", rank, STATE.NOT_STARTED) for rank, name in enumerate(names, 1)]


def voting(*trains: str) -> Chain:
    chain = Chain()
    for train in trains or ("w47",):
        chain.add("maria", "train.open", train, TrainOpened())
    return chain


def vote(chain: Chain, lead: str, *features: str, train: str = "w47") -> None:
    assert chain.add(lead, "ballot", train, BallotCast(features)).is_effective


def propose(chain: Chain, name: str, title: str = "", **words: str) -> None:
    assert chain.add("sara", "feature.propose", name, FeatureProposed(title or name, **words)).is_effective


def order(chain: Chain, features: list[Feature]) -> list[str]:
    return [row.feature_id for row in priority_board(chain.decided, features)]


def test_without_ballots_the_file_comes_first_in_its_own_order_and_then_proposals_by_age() -> None:
    chain = voting()
    propose(chain, "z-first")
    propose(chain, "a-second")
    assert order(chain, seen("m", "k")) == ["m", "k", "z-first", "a-second"]


def test_ballots_order_the_board_and_every_rank_is_told() -> None:
    chain = voting()
    vote(chain, "jon", "c", "b")
    vote(chain, "kim", "c")
    board = priority_board(chain.decided, seen("a", "b", "c"))
    assert [(row.rank, row.feature_id, row.backing.points) for row in board] == [(1, "c", 10), (2, "b", 4), (3, "a", 0)]
    assert board[1].backing.dissent == ("kim",)


def test_a_leads_newer_ballot_replaces_the_former() -> None:
    chain = voting()
    vote(chain, "jon", "a")
    vote(chain, "jon", "b")
    assert order(chain, seen("a", "b")) == ["b", "a"]


def test_the_words_of_the_ledger_stand_over_those_of_the_file() -> None:
    chain = voting()
    propose(chain, "csv", "Export to CSV", requester="finance", claimed_urgency="critical", link="https://x.example/1")
    (row,) = priority_board(chain.decided, seen("csv"))
    assert (row.title, row.requester, row.claimed_urgency) == ("Export to CSV", "finance", "critical")
    assert row.link == "https://x.example/1"


def test_a_link_that_no_browser_should_follow_is_left_out() -> None:
    chain = voting()
    propose(chain, "csv", link="/etc/passwd")
    assert priority_board(chain.decided, [])[0].link == ""


def test_a_merged_feature_counts_for_the_other_and_leaves_the_board() -> None:
    chain = voting()
    propose(chain, "csv")
    propose(chain, "export")
    vote(chain, "jon", "x", "export", "csv")
    chain.add("jon", "feature.merge", "export", FeatureMerged("csv"))
    board = {row.feature_id: row for row in priority_board(chain.decided, [])}
    assert "export" not in board
    assert board["csv"].backing.places == (("jon", 2),)
    assert own_ballot(chain.decided, "w47", "jon") == ("x", "csv")


def test_a_merged_feature_brings_its_commits_and_how_far_they_have_come() -> None:
    chain = voting()
    propose(chain, "csv")
    propose(chain, "export")
    chain.add("jon", "feature.merge", "export", FeatureMerged("csv"))
    begun = Feature("export", "", "", "", 1, STATE.ON_BRANCH, "2 changes on the branch", ("c2", "c1"))
    shipped = Feature("csv", "", "", "", 2, STATE.DEPLOYED, "all its changes are in a release", ("c0",))
    (row,) = priority_board(chain.decided, [begun, shipped])
    assert (row.state, row.state_reason) == (STATE.ON_BRANCH, "2 changes on the branch, as export")
    assert row.commits == ("c0", "c2", "c1")


def test_a_closed_feature_is_on_no_board_and_counts_on_no_ballot() -> None:
    chain = voting()
    propose(chain, "csv")
    vote(chain, "jon", "csv", "x")
    vote(chain, "kim", "csv")
    chain.add("sara", "feature.close", "csv", FeatureClosed("done by hand"))
    board = priority_board(chain.decided, seen("x", "csv"))
    assert [(row.feature_id, row.backing.points) for row in board] == [("x", 4)]
    assert board[0].backing.ballots == 1


def test_somebody_may_vote_for_what_nobody_has_described() -> None:
    chain = voting()
    vote(chain, "jon", "rumour")
    (row,) = priority_board(chain.decided, [])
    assert (row.feature_id, row.title, row.state) == ("rumour", "rumour", STATE.NOT_STARTED)


def test_leads_vote_for_the_newer_of_two_open_trains() -> None:
    chain = voting("w46", "w47")
    vote(chain, "jon", "old", train="w46")
    vote(chain, "jon", "new", train="w47")
    assert voted_train(chain.decided) == "w47"
    assert order(chain, seen("old", "new")) == ["new", "old"]


def test_a_feature_tells_how_it_ranked_in_earlier_trains_newest_first() -> None:
    chain = voting("w45")
    vote(chain, "jon", "a", "b", train="w45")
    chain.add("maria", "train.close", "w45", TrainClosed())
    chain.add("maria", "train.open", "w46", TrainOpened())
    vote(chain, "jon", "b", train="w46")
    chain.add("maria", "train.open", "w47", TrainOpened())
    board = {row.feature_id: row.backing.earlier for row in priority_board(chain.decided, seen("a", "b", "c"))}
    assert board == {"a": (("w45", 1),), "b": (("w46", 1), ("w45", 2)), "c": ()}


def test_the_last_ballots_order_the_board_while_no_train_is_open() -> None:
    chain = voting()
    vote(chain, "jon", "b")
    chain.add("maria", "train.close", "w47", TrainClosed())
    assert voted_train(chain.decided) == ""
    assert order(chain, seen("a", "b")) == ["b", "a"]


def test_a_feature_of_the_file_is_proposed_before_it_is_edited_merged_or_closed() -> None:
    chain = voting()
    propose(chain, "csv")
    in_file, in_ledger = Feature("x", "X", "sales", "high", 1, STATE.NOT_STARTED), seen("csv")[0]
    intents = [
        *edit(chain.decided, in_file, FeatureEdited(title="Y")),
        *merge(chain.decided, in_file, in_ledger),
        *close(chain.decided, in_ledger, "no"),
    ]
    kinds = ["feature.propose", "feature.edit", "feature.propose", "feature.merge", "feature.close"]
    assert [intent.kind for intent in intents] == kinds
    assert intents[0].body == FeatureProposed("X", "sales", "high")


def test_what_the_intents_say_is_what_the_fold_takes() -> None:
    chain = voting()
    for intent in merge(chain.decided, *seen("export", "csv")):
        assert chain.add("jon", intent.kind, intent.target, intent.body).is_effective
    assert order(chain, seen("export", "csv")) == ["csv"]
