"""Hands-on minutes: sittings of people, no waiting, no station, and clocks that may say anything."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.domain.rollout.hands_on import SITTING_GAP, Act, hands_on

START = datetime(2026, 11, 27, 9, tzinfo=UTC)
ACTS = st.lists(
    st.builds(
        Act,
        st.sampled_from(["maria", "jon", "station:deck"]),
        st.datetimes().map(lambda moment: moment.replace(tzinfo=UTC)),
    )
)


def act(minute: float, actor: str = "maria") -> Act:
    return Act(actor, START + timedelta(minutes=minute), "rollout.promote")


@pytest.mark.parametrize(
    ("acts", "minutes"),
    [
        ([], 0),
        ([act(0)], 1),
        ([act(0), act(0.2)], 1),
        ([act(0), act(10), act(20)], 20),
        ([act(0), act(15)], 15),
        ([act(0), act(16)], 2),
        ([act(0), act(5), act(200), act(203)], 8),
        ([act(0), act(5, "jon"), act(10), act(11, "jon")], 16),
        ([act(0, "station:deck"), act(9, "station:deck")], 0),
        ([act(0), act(5, "station:deck"), act(40, "station:deck"), act(44)], 2),
        ([act(10), act(0), act(4)], 4),
        ([act(0), act(525_600), act(525_601)], 2),
    ],
)
def test_minutes_are_those_of_each_persons_sittings(acts: list[Act], minutes: float) -> None:
    assert hands_on(acts, 6).minutes == pytest.approx(minutes)


def test_it_says_whose_time_it_took_and_whether_that_is_too_much() -> None:
    taken = hands_on([act(0), act(10), act(12, "jon")], limit_hours=0.15)
    assert taken.by_person == {"maria": 10, "jon": 1}
    assert taken.is_over
    assert taken.sentence == "11 m hands-on of 2 people, over the limit of 9 m"
    assert hands_on([act(0)], 6).sentence == "1 m hands-on of 1 person, limit 6 h"


@given(ACTS)
def test_any_clocks_give_a_time_between_one_minute_and_the_longest_gap_for_each_act(acts: list[Act]) -> None:
    taken = hands_on(acts, 6)
    of_people = [act for act in acts if act.actor != "station:deck"]
    assert len(taken.by_person) <= taken.minutes <= len(of_people) * (SITTING_GAP / timedelta(minutes=1))


@given(ACTS, ACTS)
def test_more_acts_never_take_less_time(acts: list[Act], more: list[Act]) -> None:
    assert hands_on(acts + more, 6).minutes >= hands_on(acts, 6).minutes - 1e-9
