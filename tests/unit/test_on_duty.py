"""Who is on duty: by the rota, train by train, unless a turn was handed over."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.domain.decisions.bodies import CallHanded, DutyHanded
from cockpit.domain.decisions.calendar import Cadence, Stretch, TrainCalendar
from cockpit.domain.decisions.standing import LedgerState
from cockpit.domain.decisions.standing_of import standing_of
from cockpit.domain.duties import call_owner_of, duty_of
from cockpit.domain.on_duty import by_rota, duty_now, turn_at
from tests.unit.chain import Chain, policy

ROTA = ("olu", "maria", "jon")
WEEKLY = TrainCalendar(rota=ROTA, rota_from="2026-11-18")
DAILY = TrainCalendar(Cadence.DAILY, rota=ROTA, rota_from="2026-11-18")
NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
WEEK = timedelta(days=7)


def chain(calendar: TrainCalendar) -> Chain:
    return Chain(policy(calendar=calendar))


def on_duty(one: Chain, now: datetime) -> str:
    """Page and header must never name two people."""
    person = duty_of(one.decided, now)
    assert duty_now(standing_of(one.decided, LedgerState()), now) == person
    return person


def test_the_duty_goes_from_train_to_train_when_the_window_closes() -> None:
    one = chain(WEEKLY)
    assert [on_duty(one, NOW + WEEK * number) for number in range(4)] == ["olu", "maria", "jon", "olu"]
    assert [on_duty(one, NOW.replace(hour=hour)) for hour in (15, 16)] == ["olu", "maria"]


def test_the_rota_goes_back_before_its_first_week_too() -> None:
    assert by_rota(WEEKLY, "2026-W46") == "jon"


def test_a_daily_rota_turns_on_the_days_on_which_trains_leave() -> None:
    days = ("2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19", "2026-11-20", "2026-11-23")
    assert [by_rota(DAILY, day) for day in days] == ["olu", "maria", "jon", "olu", "maria", "jon"]


def test_on_demand_the_rota_turns_with_the_week_of_the_teams_calendar() -> None:
    calendar = TrainCalendar(Cadence.ON_DEMAND, "Pacific/Kiritimati", rota=ROTA, rota_from="2026-11-18")
    assert turn_at(calendar, datetime(2026, 11, 22, 9, 59, tzinfo=UTC)) == "2026-W47"
    assert turn_at(calendar, datetime(2026, 11, 22, 10, 0, tzinfo=UTC)) == "2026-W48"


def test_a_turn_that_was_handed_over_goes_back_to_the_rota_with_the_next_train() -> None:
    one = chain(WEEKLY)
    assert one.add("olu", "duty", "", DutyHanded("jon", turn="2026-W47")).is_effective
    assert [on_duty(one, NOW), on_duty(one, NOW + WEEK)] == ["jon", "maria"]


def test_a_hand_over_for_no_turn_stands_until_the_next_hand_over() -> None:
    one = chain(WEEKLY)
    one.add("olu", "duty", "", DutyHanded("jon"))
    assert on_duty(one, NOW + WEEK) == "jon"
    one.add("olu", "duty", "", DutyHanded("maria", turn="2026-W48"))
    assert [on_duty(one, NOW), on_duty(one, NOW + WEEK)] == ["olu", "maria"]


def test_without_rota_and_hand_over_nobody_is_on_duty() -> None:
    one = chain(TrainCalendar())
    assert on_duty(one, NOW) == ""
    one.add("olu", "duty", "", DutyHanded("jon"))
    assert on_duty(one, NOW) == "jon"


def test_where_the_calendar_cannot_be_reckoned_with_no_turn_is_guessed() -> None:
    one = chain(TrainCalendar(time_zone="Mars/Olympus", rota=ROTA))
    assert on_duty(one, NOW) == ""


def test_each_environment_has_a_call_owner_of_its_own() -> None:
    one = chain(WEEKLY)
    one.add("maria", "call", "production", CallHanded("olu"))
    owners = [call_owner_of(one.decided, name) for name in ("staging", "production")]
    assert owners == ["", "olu"]


@pytest.mark.parametrize("calendar", [WEEKLY, DAILY], ids=["weekly", "daily"])
@settings(deadline=None)
@given(now=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_new_holiday_changes_the_duty_of_no_other_train(calendar: TrainCalendar, now: datetime) -> None:
    changes = {"holidays": (Stretch("2026-12-22", "2027-01-02"),)}
    with_holidays = TrainCalendar(calendar.cadence, rota=ROTA, rota_from="2026-11-18", **changes)
    turn = turn_at(with_holidays, now)
    assert by_rota(with_holidays, turn) == by_rota(calendar, turn)
