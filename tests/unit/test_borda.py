"""The order that ballots come to: fair to every lead, and never against support."""

import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cockpit.domain.borda import PLACES, Ballot, Ranked, ballot, tally

NAMES = st.sampled_from("abcdefgh")
ORDERS = st.lists(NAMES, max_size=PLACES, unique=True)
CAST = st.dictionaries(st.sampled_from(["ada", "jon", "kim", "maria", "sam"]), ORDERS)
AGES = st.fixed_dictionaries({name: st.integers(-3, 3) for name in "abcdefgh"})


def ballots(cast: dict[str, list[str]]) -> list[Ballot]:
    return [ballot(lead, features, lambda name: name) for lead, features in cast.items()]


def ranked(cast: dict[str, list[str]], ages: dict[str, int] | None = None) -> dict[str, Ranked]:
    return {one.feature: one for one in tally(ballots(cast), ages or {})}


def test_places_are_worth_five_points_to_one() -> None:
    found = ranked({"jon": ["a", "b", "c", "d", "e"]})
    assert [found[name].points for name in "abcde"] == [5, 4, 3, 2, 1]


def test_points_of_every_ballot_are_added_up() -> None:
    found = ranked({"jon": ["a", "b"], "kim": ["b", "c"], "ada": ["c"]})
    assert [(one.feature, one.points) for one in found.values()] == [("b", 9), ("c", 9), ("a", 5)]


def test_equal_points_go_to_more_first_places() -> None:
    cast = {"jon": ["a", "c", "b"], "kim": ["x", "y", "b", "z", "a"]}
    found = ranked(cast, {"b": 1, "a": 2})
    assert (found["a"].points, found["b"].points) == (6, 6)
    assert found["a"].rank < found["b"].rank


def test_a_full_tie_goes_to_the_older_feature_and_then_to_the_id() -> None:
    assert [one.feature for one in tally((), {"young": 9, "old": 2, "twin": 2})] == ["old", "twin", "young"]


def test_a_feature_nobody_described_is_the_youngest() -> None:
    found = ranked({"jon": ["new"], "kim": ["known"]}, {"known": 70})
    assert found["known"].rank < found["new"].rank


def test_support_and_dissent_are_told_by_name() -> None:
    found = ranked({"jon": ["a"], "kim": ["b", "a"], "ada": ["b"]})["a"]
    assert found.places == (("jon", 1), ("kim", 2))
    assert found.dissent == ("ada",)
    assert (found.support, found.first_places) == (2, 1)


def test_who_casts_an_empty_ballot_leaves_nothing_out() -> None:
    assert ranked({"jon": ["a"], "kim": []})["a"].dissent == ()


def test_of_two_names_for_one_feature_the_better_place_counts_once() -> None:
    cast = ballot("jon", ["x", "old", "new", "y"], {"x": "x", "old": "new", "new": "new", "y": "y"}.__getitem__)
    assert cast.places == {"x": 1, "new": 2, "y": 4}


def test_a_name_that_counts_for_nothing_leaves_its_place_empty() -> None:
    assert ballot("jon", ["gone", "a"], {"gone": "", "a": "a"}.__getitem__).places == {"a": 2}


@given(CAST, AGES, st.randoms())
def test_the_order_of_the_ballots_does_not_matter(
    cast: dict[str, list[str]], ages: dict[str, int], chance: random.Random
) -> None:
    shuffled = ballots(cast)
    chance.shuffle(shuffled)
    assert tally(shuffled, ages) == tally(ballots(cast), ages)


@given(CAST, AGES)
def test_every_feature_has_a_rank_of_its_own_and_no_more_points_than_the_one_above(
    cast: dict[str, list[str]], ages: dict[str, int]
) -> None:
    order = tally(ballots(cast), ages)
    assert [one.rank for one in order] == list(range(1, len(ages) + 1))
    assert {one.feature for one in order} == set(ages)
    assert all(upper.points >= lower.points for upper, lower in pairwise(order))


@given(CAST, AGES)
def test_every_point_given_is_counted(cast: dict[str, list[str]], ages: dict[str, int]) -> None:
    given_points = sum(sum(range(PLACES + 1 - len(order), PLACES + 1)) for order in cast.values())
    assert sum(one.points for one in tally(ballots(cast), ages)) == given_points


@given(CAST, AGES, NAMES, st.data())
def test_more_support_never_lowers_a_feature(
    cast: dict[str, list[str]], ages: dict[str, int], feature: str, data: st.DataObject
) -> None:
    lead = data.draw(st.sampled_from(["ada", "jon", "kim", "maria", "sam"]))
    before = cast.get(lead, [])
    worst = before.index(feature) if feature in before else len(before)
    place = data.draw(st.integers(0, min(worst, PLACES - 1)))
    others = [name for name in before if name != feature]
    raised = {**cast, lead: [*others[:place], feature, *others[place:]][:PLACES]}
    assert ranked(raised, ages)[feature].rank <= ranked(cast, ages)[feature].rank
