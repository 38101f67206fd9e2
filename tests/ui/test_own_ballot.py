"""One's own ballot between what everybody sees and what is edited here."""

from dataclasses import replace

from cockpit.domain.decisions.standing import BallotNow, Standing
from cockpit.ui.panes.own_ballot import OwnBallot


def shared(*features: str, train: str = "w47") -> Standing:
    return Standing(voted_train=train, ballots=(BallotNow("jon", features), BallotNow("kim", ("x",))))


def at_desk(*features: str) -> OwnBallot:
    ballot = OwnBallot()
    ballot.take(shared(*features), "jon")
    return ballot


def edit(ballot: OwnBallot, feature: str) -> None:
    ballot.draft = ballot.draft.toggled(feature)


def test_it_begins_with_what_is_shared() -> None:
    ballot = at_desk("a", "b")
    assert ballot.is_open
    assert not ballot.is_unsaved
    assert ballot.draft.features == ("a", "b")


def test_nobody_votes_where_no_lead_sits_or_no_train_is_open() -> None:
    ballot = OwnBallot()
    ballot.take(shared("a"), "")
    assert not ballot.is_open
    ballot.take(Standing(), "jon")
    assert not ballot.is_open


def test_what_is_edited_stands_over_what_somebody_shares_meanwhile() -> None:
    ballot = at_desk("a")
    edit(ballot, "b")
    ballot.take(shared("c"), "jon")
    assert ballot.draft.features == ("a", "b")


def test_what_comes_back_as_it_was_handed_in_leaves_every_change_to_be_taken_back() -> None:
    ballot = at_desk("a")
    edit(ballot, "b")
    ballot.hand_in()
    ballot.take(shared("a", "b"), "jon")
    assert ballot.draft.undone().features == ("a",)


def test_an_earlier_ballot_that_arrives_late_does_not_replace_the_one_on_its_way() -> None:
    ballot = at_desk()
    edit(ballot, "a")
    ballot.hand_in()
    edit(ballot, "b")
    ballot.hand_in()
    ballot.take(shared("a"), "jon")
    assert ballot.draft.features == ("a", "b")
    ballot.take(shared("a", "b"), "jon")
    ballot.take(shared("c"), "jon")
    assert ballot.draft.features == ("c",)


def test_a_ballot_back_to_what_it_was_follows_others_again() -> None:
    ballot = at_desk("a")
    edit(ballot, "b")
    ballot.hand_in()
    edit(ballot, "b")
    ballot.hand_in()
    ballot.take(shared("a"), "jon")
    ballot.settle()
    ballot.take(shared("c"), "jon")
    assert ballot.draft.features == ("c",)


def test_a_refused_one_goes_back_to_what_is_shared() -> None:
    ballot = at_desk("a")
    edit(ballot, "b")
    ballot.hand_in()
    ballot.withdraw()
    assert (ballot.draft.features, ballot.is_unsaved) == (("a",), False)


def test_another_train_has_a_ballot_of_its_own() -> None:
    ballot = at_desk("a")
    edit(ballot, "b")
    ballot.take(replace(shared("c"), voted_train="w48"), "jon")
    assert ballot.draft.features == ("c",)
