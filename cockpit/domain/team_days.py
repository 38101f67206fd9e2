"""The team's calendar as it is reckoned with: its time zone, and its holidays and freezes as dates."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache

from cockpit.domain.decisions.calendar import Cadence, Moment, Stretch, TrainCalendar
from cockpit.domain.record import record

MIDNIGHT = Moment(0, 0)

_YEARS = range(1970, 3000)

_DAY = timedelta(days=1)


@record(frozen=True, slots=True)
class ClosedDays:
    """Whole days, both included, on which nothing ships."""

    first: date
    last: date
    reason: str
    """'holiday: Christmas', 'freeze: end of the quarter'."""


@record(frozen=True, slots=True)
class TeamDays:
    """What turns days and times of the team into moments, and moments into days of the team."""

    zone: tzinfo
    holidays: tuple[ClosedDays, ...]
    freezes: tuple[ClosedDays, ...]

    def moment(self, day: date, at: Moment) -> datetime:
        """Return the moment, in UTC, at which the team's clocks show this time of this day.

        A time that clocks skip is read by the offset before the skip, one that they show twice is the first of the
        two; as RFC 5545, 3.3.5, has it.
        """
        wall = datetime(day.year, day.month, day.day, at.hour, at.minute, tzinfo=self.zone)
        return wall.astimezone(UTC)

    def day_of(self, moment: datetime) -> date:
        """Return the day that the team's calendar shows at this moment."""
        return moment.astimezone(self.zone).date()

    def begin_of(self, day: date) -> datetime:
        """Return the first moment of this day, in UTC."""
        return self.moment(day, MIDNIGHT)

    def is_holiday(self, day: date) -> bool:
        """Tell whether this day is a holiday."""
        return any(days.first <= day <= days.last for days in self.holidays)

    def workday_from(self, day: date) -> date:
        """Return this day, or the first one after it that is no holiday."""
        while days := _first_over(self.holidays, day):
            day = days.last + _DAY
        return day

    def workday_until(self, day: date) -> date:
        """Return this day, or the last one before it that is no holiday."""
        while days := _first_over(self.holidays, day):
            day = days.first - _DAY
        return day

    def why_closed(self, day: date) -> str:
        """Return why nothing ships on this day; empty where something may."""
        days = _first_over((*self.freezes, *self.holidays), day)
        return days.reason if days else ""

    def open_day_from(self, day: date) -> date:
        """Return this day, or the first one after it on which something may ship."""
        while days := _first_over((*self.freezes, *self.holidays), day):
            day = days.last + _DAY
        return day

    def closed_day_after(self, day: date) -> date | None:
        """Return the first day after this one on which nothing ships."""
        return min((days.first for days in (*self.freezes, *self.holidays) if days.first > day), default=None)


def _first_over(stretches: tuple[ClosedDays, ...], day: date) -> ClosedDays | None:
    return next((days for days in stretches if days.first <= day <= days.last), None)


@lru_cache(maxsize=4)
def team_days(calendar: TrainCalendar) -> TeamDays:
    """Return what this calendar is reckoned with; raises ValueError, in words for people, where it cannot be."""
    _check_moments(calendar)
    return TeamDays(
        zone=_zone(calendar.time_zone),
        holidays=tuple(_closed(days, "holiday") for days in calendar.holidays),
        freezes=tuple(_closed(days, "freeze") for days in calendar.freezes),
    )


def calendar_trouble(calendar: TrainCalendar) -> str:
    """Return why no train can run by this calendar, for people; empty when it can."""
    try:
        team_days(calendar)
    except ValueError as error:
        return str(error)
    return ""


def parsed_date(text: str, what: str) -> date:
    """Return the ISO date in `text`; raises ValueError that names `what` it should have been."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{what} is no date like 2026-12-24: {text!r}") from None
    if day.year not in _YEARS:
        raise ValueError(f"{what} lies in no year from {_YEARS[0]} to {_YEARS[-1]}: {text}")
    return day


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC  # known also where no time zones are installed
    from zoneinfo import ZoneInfo  # costs a start 3 ms

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"this machine knows no time zone {name!r}") from None


def _closed(days: Stretch, what: str) -> ClosedDays:
    first, last = parsed_date(days.first, f"the first day of a {what}"), parsed_date(days.last, f"its last day, {what}")
    if last < first:
        raise ValueError(f"a {what} ends before it begins: {days.first} to {days.last}")
    return ClosedDays(first, last, f"{what}: {days.reason}" if days.reason else what)


def _check_moments(calendar: TrainCalendar) -> None:
    for name in ("showcase", "cutoff", "harden", "release_opens", "release_closes"):
        at: Moment = getattr(calendar, name)
        if not (0 <= at.weekday <= 6 and 0 <= at.hour <= 23 and 0 <= at.minute <= 59):
            raise ValueError(f"{name} is no time of the week: day {at.weekday}, {at.hour:02}:{at.minute:02}")
    if _closes_at_once(calendar):
        raise ValueError("the release window closes when it opens")
    if not calendar.daily_on or not all(0 <= day <= 6 for day in calendar.daily_on):
        raise ValueError("daily_on names no weekday")
    if calendar.rota_from:
        parsed_date(calendar.rota_from, "rota_from")


def _closes_at_once(calendar: TrainCalendar) -> bool:
    opens, closes = calendar.release_opens, calendar.release_closes
    if calendar.cadence is Cadence.WEEKLY:
        return opens == closes
    return calendar.cadence is Cadence.DAILY and (opens.hour, opens.minute) == (closes.hour, closes.minute)
