"""Which train runs in which phase, on the team's clocks, through holidays and changes of clocks."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.domain.decisions.calendar import Cadence, Moment, Stretch, TrainCalendar
from cockpit.domain.team_days import calendar_trouble, team_days
from cockpit.domain.train_calendar import Loop, Phase, loops_from
from cockpit.domain.train_window import next_change, window_at

BERLIN = TrainCalendar(time_zone="Europe/Berlin")
DAILY = TrainCalendar(
    Cadence.DAILY,
    "Europe/Berlin",
    showcase=Moment(0, 14),
    cutoff=Moment(0, 16),
    harden=Moment(0, 17),
    release_opens=Moment(0, 9),
    release_closes=Moment(0, 12),
)
ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Asia/Beirut",
    "Africa/Casablanca", "Pacific/Apia",
)  # fmt: skip


def at(text: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def told(loop: Loop, zone: str = "Europe/Berlin") -> list[str]:
    moments = (loop.showcase, loop.cutoff, loop.harden, loop.opens, loop.closes)
    return [f"{moment.astimezone(ZoneInfo(zone)):%m-%d %H:%M}" for moment in moments]


def phase_at(calendar: TrainCalendar, now: datetime) -> tuple[str, Phase]:
    loop = loops_from(calendar, now, 1)[0]
    return loop.train, loop.spell_at(now).phase


@pytest.mark.parametrize(
    ("now", "train", "phase"),
    [
        ("2026-11-11 16:00", "2026-W47", Phase.BETWEEN),
        ("2026-11-12 14:00", "2026-W47", Phase.SHOWCASE),
        ("2026-11-15 23:59", "2026-W47", Phase.SHOWCASE),
        ("2026-11-16 09:00", "2026-W47", Phase.HARDEN),
        ("2026-11-18 08:59", "2026-W47", Phase.HARDEN),
        ("2026-11-18 09:00", "2026-W47", Phase.RELEASE),
        ("2026-11-18 15:59", "2026-W47", Phase.RELEASE),
        ("2026-11-18 16:00", "2026-W48", Phase.BETWEEN),
    ],
)
def test_a_weekly_train_is_shown_hardened_and_released(now: str, train: str, phase: Phase) -> None:
    assert phase_at(BERLIN, at(now)) == (train, phase)


def test_a_loop_has_its_moments_on_the_teams_clock() -> None:
    loop, after = loops_from(BERLIN, at("2026-11-13 12:00"))
    assert told(loop) == ["11-12 14:00", "11-13 16:00", "11-16 09:00", "11-18 09:00", "11-18 16:00"]
    assert (after.train, after.began) == ("2026-W48", loop.closes)


def test_a_cut_off_may_come_before_the_showcase() -> None:
    calendar = TrainCalendar(time_zone="Europe/Berlin", cutoff=Moment(3, 12))
    assert told(loops_from(calendar, at("2026-11-13 12:00"))[0])[:2] == ["11-12 14:00", "11-12 12:00"]


def test_the_week_of_a_train_is_that_of_its_window_also_over_the_new_year() -> None:
    trains = [loop.train for loop in loops_from(BERLIN, at("2026-12-22 12:00"), 4)]
    assert trains == ["2026-W52", "2026-W53", "2027-W01", "2027-W02"]


def test_a_daily_train_is_shown_on_the_working_day_before() -> None:
    loop, after = loops_from(DAILY, at("2026-11-20 13:00"))
    assert loop.train == "2026-11-23"
    assert told(loop) == ["11-20 14:00", "11-20 16:00", "11-20 17:00", "11-23 09:00", "11-23 12:00"]
    assert after.train == "2026-11-24"


def test_no_daily_train_leaves_on_a_holiday_or_on_a_day_without_trains() -> None:
    calendar = TrainCalendar(Cadence.DAILY, holidays=(Stretch("2026-11-19", "2026-11-19"),), daily_on=(2, 3, 5))
    trains = [loop.train for loop in loops_from(calendar, at("2026-11-18 08:00"), 4)]
    assert trains == ["2026-11-18", "2026-11-21", "2026-11-25", "2026-11-26"]


def test_a_daily_window_may_end_after_midnight() -> None:
    calendar = TrainCalendar(Cadence.DAILY, release_opens=Moment(0, 22), release_closes=Moment(0, 2))
    window = window_at(calendar, at("2026-11-19 01:00", "UTC"))
    assert (window.is_open, window.until) == (True, at("2026-11-19 02:00", "UTC"))
    assert phase_at(calendar, at("2026-11-19 01:00", "UTC")) == ("2026-11-18", Phase.RELEASE)


def test_on_demand_no_train_runs_by_the_calendar() -> None:
    assert loops_from(TrainCalendar(Cadence.ON_DEMAND), at("2026-11-18 12:00")) == []


def test_a_phase_that_would_begin_on_a_holiday_begins_on_the_next_day_that_is_none() -> None:
    calendar = TrainCalendar(
        time_zone="Europe/Berlin",
        holidays=(Stretch("2026-11-12", "2026-11-12"), Stretch("2026-11-16", "2026-11-16"),
                  Stretch("2026-11-18", "2026-11-19")),
    )  # fmt: skip
    loop, after = loops_from(calendar, at("2026-11-12 12:00"))
    assert told(loop) == ["11-13 14:00", "11-13 16:00", "11-17 09:00", "11-20 09:00", "11-20 16:00"]
    assert after.showcase == loop.closes


def test_trains_that_holidays_leave_no_window_do_not_run() -> None:
    calendar = TrainCalendar(time_zone="Europe/Berlin", holidays=(Stretch("2026-12-20", "2027-01-03"),))
    late, after = loops_from(calendar, at("2026-12-22 12:00"))
    assert (late.train, late.spell_at(at("2026-12-22 12:00")).phase) == ("2026-W52", Phase.SHOWCASE)
    assert told(late)[2:] == ["01-04 09:00", "01-04 09:00", "01-04 16:00"]
    assert (after.train, after.began, told(after)[3]) == ("2027-W01", late.closes, "01-06 09:00")


def test_years_of_holidays_leave_no_train_in_sight() -> None:
    calendar = TrainCalendar(holidays=(Stretch("2020-01-01", "2999-12-31"),))
    assert loops_from(calendar, at("2026-11-18 12:00")) == []
    assert window_at(calendar, at("2026-11-18 12:00")).opens_at is None


def test_the_window_keeps_its_time_of_day_when_clocks_change() -> None:
    before, after = loops_from(BERLIN, at("2026-10-20 12:00"))
    assert (before.opens.hour, after.opens.hour) == (7, 8)
    assert told(before)[3:] == ["10-21 09:00", "10-21 16:00"]
    assert told(after)[3:] == ["10-28 09:00", "10-28 16:00"]


def test_a_time_that_clocks_skip_is_read_by_the_offset_before() -> None:
    calendar = TrainCalendar(Cadence.DAILY, "Europe/Berlin", release_opens=Moment(0, 2, 30), daily_on=tuple(range(7)))
    loop = loops_from(calendar, at("2026-03-29 01:00"), 1)[0]
    assert loop.opens == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_a_time_that_clocks_show_twice_is_the_first_of_the_two() -> None:
    calendar = TrainCalendar(Cadence.DAILY, "Europe/Berlin", release_closes=Moment(0, 2, 30), daily_on=tuple(range(7)))
    loop = loops_from(calendar, at("2026-10-25 01:00"), 1)[0]
    assert loop.closes == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_window_that_lies_in_the_hour_that_clocks_skip_still_has_its_length() -> None:
    calendar = TrainCalendar(
        Cadence.DAILY, "Europe/Berlin", release_opens=Moment(0, 2, 0), release_closes=Moment(0, 2, 30),
        daily_on=tuple(range(7)),
    )  # fmt: skip
    loop = loops_from(calendar, at("2026-03-29 00:30"), 1)[0]
    assert loop.closes - loop.opens == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("now", "is_open", "reason", "until", "opens_at"),
    [
        ("2026-11-18 08:00", False, "outside the window", None, "2026-11-18 09:00"),
        ("2026-11-18 09:00", True, "window of train 2026-W47", "2026-11-18 16:00", None),
        ("2026-11-18 16:00", False, "outside the window", None, "2026-12-02 09:00"),
        ("2026-11-25 12:00", False, "freeze: audit", None, "2026-12-02 09:00"),
        ("2026-11-26 12:00", False, "outside the window", None, "2026-12-02 09:00"),
    ],
)
def test_the_window_says_why_it_is_closed_and_when_it_opens(
    now: str, *, is_open: bool, reason: str, until: str | None, opens_at: str | None
) -> None:
    calendar = TrainCalendar(time_zone="Europe/Berlin", freezes=(Stretch("2026-11-24", "2026-11-26", "audit"),))
    window = window_at(calendar, at(now))
    assert (window.is_open, window.reason) == (is_open, reason)
    assert window.until == (at(until) if until else None)
    assert window.opens_at == (at(opens_at) if opens_at else None)


def test_a_holiday_within_a_window_of_several_days_closes_it_for_that_day() -> None:
    calendar = TrainCalendar(
        time_zone="Europe/Berlin", release_opens=Moment(1, 9), holidays=(Stretch("2026-11-18", "2026-11-18", "rest"),)
    )
    open_now, closed = window_at(calendar, at("2026-11-17 12:00")), window_at(calendar, at("2026-11-18 12:00"))
    assert open_now.until == at("2026-11-18 00:00")
    assert (closed.reason, closed.opens_at) == ("holiday: rest", at("2026-11-19 00:00"))


def test_on_demand_only_closed_days_close_the_window() -> None:
    calendar = TrainCalendar(Cadence.ON_DEMAND, freezes=(Stretch("2026-11-20", "2026-11-22", "sale"),))
    before, within = window_at(calendar, at("2026-11-18 23:00")), window_at(calendar, at("2026-11-21 12:00"))
    assert (before.is_open, before.until) == (True, at("2026-11-20 00:00", "UTC"))
    assert (within.is_open, within.reason, within.opens_at) == (False, "freeze: sale", at("2026-11-23 00:00", "UTC"))


@pytest.mark.parametrize(
    ("calendar", "words"),
    [
        (BERLIN, ""),
        (TrainCalendar(time_zone="Mars/Olympus"), "this machine knows no time zone 'Mars/Olympus'"),
        (TrainCalendar(time_zone="../../etc/passwd"), "this machine knows no time zone '../../etc/passwd'"),
        (TrainCalendar(showcase=Moment(7, 9)), "showcase is no time of the week: day 7, 09:00"),
        (TrainCalendar(release_closes=Moment(2, 9)), "the release window closes when it opens"),
        (TrainCalendar(holidays=(Stretch("Xmas", "Xmas"),)), "the first day of a holiday is no date like 2026-12-24: "),
        (TrainCalendar(freezes=(Stretch("2026-12-24", "2026-12-23"),)), "a freeze ends before it begins: "),
        (TrainCalendar(freezes=(Stretch("0001-01-01", "2026-12-23"),)), "lies in no year from 1970 to 2999"),
        (TrainCalendar(daily_on=()), "daily_on names no weekday"),
        (TrainCalendar(rota_from="soon"), "rota_from is no date like 2026-12-24: 'soon'"),
    ],
)
def test_a_calendar_that_cannot_be_reckoned_with_says_why_and_keeps_the_window_closed(
    calendar: TrainCalendar, words: str
) -> None:
    now = at("2026-11-18 12:00")
    assert words in calendar_trouble(calendar)
    if words:
        assert (loops_from(calendar, now), next_change(calendar, now)) == ([], None)
        assert (window_at(calendar, now).is_open, words in window_at(calendar, now).reason) == (False, True)


MOMENTS = st.builds(Moment, st.integers(0, 6), st.integers(0, 23), st.sampled_from((0, 15, 30, 59)))
DAYS = st.dates(datetime(2026, 1, 1).date(), datetime(2027, 12, 31).date())  # noqa: DTZ001
STRETCHES = st.builds(
    lambda first, length: Stretch(first.isoformat(), (first + timedelta(days=length)).isoformat(), "away"),
    DAYS, st.integers(0, 16),
)  # fmt: skip
CALENDARS = st.builds(
    TrainCalendar,
    cadence=st.sampled_from((Cadence.WEEKLY, Cadence.DAILY)),
    time_zone=st.sampled_from(ZONES),
    showcase=MOMENTS, cutoff=MOMENTS, harden=MOMENTS, release_opens=MOMENTS, release_closes=MOMENTS,
    daily_on=st.sets(st.integers(0, 6), min_size=1).map(tuple),
    holidays=st.lists(STRETCHES, max_size=4).map(tuple),
    freezes=st.lists(STRETCHES, max_size=3).map(tuple),
).filter(lambda calendar: not calendar_trouble(calendar))  # fmt: skip
NOWS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@settings(deadline=None)
@given(CALENDARS, NOWS)
def test_phases_follow_each_other_without_gap_or_overlap(calendar: TrainCalendar, now: datetime) -> None:
    found = loops_from(calendar, now, 4)
    assert len(found) == 4
    spells = [spell for loop in found for spell in loop.spells]
    assert all(one.ends == after.begins for one, after in pairwise(spells))
    assert all(spell.begins < spell.ends for spell in spells)
    assert spells[0].begins <= now < found[0].closes
    for loop in found:
        assert loop.began <= loop.showcase <= loop.harden <= loop.opens < loop.closes
        assert loop.began <= loop.cutoff <= loop.opens
    assert len({loop.train for loop in found}) == 4


@settings(deadline=None)
@given(CALENDARS, NOWS, st.integers(0, 999))
def test_nothing_changes_before_the_next_change_and_it_lies_ahead(
    calendar: TrainCalendar, now: datetime, thousandths: int
) -> None:
    def state(moment: datetime) -> tuple[object, ...]:
        loop = loops_from(calendar, moment, 1)[0]
        return loop, loop.spell_at(moment), loop.cutoff <= moment, window_at(calendar, moment).is_open

    change = next_change(calendar, now)
    assert change is not None
    assert change > now
    assert state(now + (change - now) // 1000 * thousandths) == state(now)
    assert state(change) != state(now)


@settings(deadline=None)
@given(CALENDARS, NOWS)
def test_the_window_is_open_only_in_the_release_phase_and_on_no_closed_day(
    calendar: TrainCalendar, now: datetime
) -> None:
    window, days = window_at(calendar, now), team_days(calendar)
    phase = phase_at(calendar, now)[1]
    assert window.is_open == (phase is Phase.RELEASE and not days.why_closed(days.day_of(now)))
    if window.is_open:
        assert window.until is not None
        assert now < window.until
    elif window.opens_at is not None:
        assert now < window.opens_at
        assert window_at(calendar, window.opens_at).is_open


@settings(deadline=None)
@given(st.sampled_from(ZONES), NOWS)
def test_the_moments_are_those_of_the_teams_clocks(zone: str, now: datetime) -> None:
    """At noon no clocks change."""
    noon = Moment(3, 12)
    calendar = TrainCalendar(time_zone=zone, showcase=noon, cutoff=Moment(4, 12), harden=Moment(0, 12),
                             release_opens=Moment(2, 10), release_closes=Moment(2, 12))  # fmt: skip
    for loop in loops_from(calendar, now, 3):
        local = loop.showcase.astimezone(ZoneInfo(zone))
        assert (local.weekday(), local.hour, local.minute) == (noon.weekday, 12, 0)
