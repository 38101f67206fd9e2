"""A lead who asks why a feature is fourth is answered in sentences."""

from dataclasses import replace

from cockpit.domain.feature import Backing, Feature, FeatureState
from cockpit.domain.ordinals import ordinal
from cockpit.domain.why_ranked import RULE, why_ranked

CSV = Feature("csv", "Export to CSV", "finance", "critical", 4, FeatureState.NOT_STARTED)


def ranked(rank: int, title: str, points: int, *places: tuple[str, int], **more: object) -> Feature:
    return replace(CSV, rank=rank, title=title, backing=Backing(points, places, **more))  # type: ignore[arg-type]


def test_points_places_and_dissent_are_told() -> None:
    feature = ranked(4, "Export", 11, ("jon", 1), ("kim", 3), ("ada", 3), dissent=("sam",))
    assert why_ranked(feature, None, None) == (
        "4th with 11 points (5 + 3 + 3), on 3 of 4 ballots.",
        "1st for jon; 3rd for kim and ada.",
        "sam left it out.",
        RULE,
    )


def test_what_parts_it_from_its_neighbours_is_told() -> None:
    above = ranked(1, "Hooks", 9, ("jon", 1), ("kim", 2))
    here = ranked(2, "Export", 8, ("sam", 1), ("kim", 3))
    below = ranked(3, "Refunds", 8, ("jon", 2), ("ada", 2))
    told = why_ranked(here, above, below)
    assert "Hooks (1st) stands above it by 1 point, 9 to 8." in told
    assert "It stands above Refunds (3rd) with as many points and more first places, 1 to 0." in told


def test_a_full_tie_is_told_as_one_of_age() -> None:
    upper, lower = ranked(1, "Hooks", 5, ("jon", 1)), ranked(2, "Export", 5, ("kim", 1))
    assert "with as many points and first places: the older one comes first" in why_ranked(lower, upper, None)[2]


def test_a_feature_on_no_ballot_is_told_as_such() -> None:
    feature = ranked(6, "Export", 0, dissent=("jon", "kim"))
    assert why_ranked(feature, None, None) == ("6th with no points: it is on none of 2 ballots.", RULE)


def test_without_ballots_age_alone_counts() -> None:
    above, here = ranked(1, "Hooks", 0), ranked(2, "Export", 0)
    told = why_ranked(here, above, None)
    assert told[0] == "2nd: no lead has cast a ballot yet, the oldest feature comes first."
    assert told[1] == "Hooks (1st) stands above it because it is older."


def test_ranks_in_earlier_trains_are_told() -> None:
    feature = ranked(1, "Export", 5, ("jon", 1), earlier=(("w46", 3), ("w45", 12)))
    assert "Before: 3rd in w46, 12th in w45." in why_ranked(feature, None, None)


def test_ordinals_read_as_people_say_them() -> None:
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 112)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "112th",
    ]  # fmt: skip
