"""On which days a train's phases begin: weekly by the days of the week, daily by the days on which trains leave."""

from datetime import date, timedelta

from cockpit.domain.decisions.calendar import Cadence, Moment, TrainCalendar
from cockpit.domain.record import record
from cockpit.domain.team_days import TeamDays

_DAY = timedelta(days=1)


@record(frozen=True, slots=True)
class LoopDays:
    """The day of each moment of one loop, after holidays have pushed it."""

    showcase: date
    cutoff: date
    harden: date
    opens: date
    closes: date


def days_of_loop(calendar: TrainCalendar, days: TeamDays, release_day: date) -> LoopDays:
    """Return the days of the loop whose window would open on this release day if that were no holiday."""
    if calendar.cadence is Cadence.DAILY:
        return _days_of_daily(calendar, days, release_day)
    harden = release_day - _between(calendar.harden, calendar.release_opens)
    showcase = harden - _between(calendar.showcase, calendar.harden)
    cutoff = release_day - _between(calendar.cutoff, calendar.release_opens)
    opens = days.workday_from(release_day)
    return LoopDays(
        showcase=days.workday_from(showcase),
        cutoff=days.workday_from(cutoff),
        harden=days.workday_from(harden),
        opens=opens,
        closes=days.workday_from(opens + _between(calendar.release_opens, calendar.release_closes)),
    )


def release_day_from(calendar: TrainCalendar, days: TeamDays, day: date) -> date:
    """Return the first release day that is not before `day`."""
    if calendar.cadence is Cadence.DAILY:
        while day.weekday() not in calendar.daily_on or days.is_holiday(day):
            day = days.workday_from(day + _DAY)
        return day
    return day + timedelta(days=(calendar.release_opens.weekday - day.weekday()) % 7)


def release_day_before(calendar: TrainCalendar, days: TeamDays, day: date) -> date:
    """Return the last release day before `day`."""
    if calendar.cadence is Cadence.DAILY:
        day = days.workday_until(day - _DAY)
        while day.weekday() not in calendar.daily_on:
            day = days.workday_until(day - _DAY)
        return day
    return release_day_from(calendar, days, day) - timedelta(days=7)


def _days_of_daily(calendar: TrainCalendar, days: TeamDays, release_day: date) -> LoopDays:
    """What comes before the window lies on the same day or on the release day before: nobody works in between."""

    def last(at: Moment, before: Moment, day: date) -> date:
        return day if _time(at) <= _time(before) else release_day_before(calendar, days, day)

    harden = last(calendar.harden, calendar.release_opens, release_day)
    is_over_midnight = _time(calendar.release_closes) < _time(calendar.release_opens)
    return LoopDays(
        showcase=last(calendar.showcase, calendar.harden, harden),
        cutoff=last(calendar.cutoff, calendar.release_opens, release_day),
        harden=harden,
        opens=release_day,
        closes=release_day + _DAY if is_over_midnight else release_day,
    )


def _between(at: Moment, then: Moment) -> timedelta:
    """How many days later the first `then` after `at` is."""
    days = (then.weekday - at.weekday) % 7
    return timedelta(days=days or (7 if _time(at) > _time(then) else 0))


def _time(at: Moment) -> tuple[int, int]:
    return at.hour, at.minute
