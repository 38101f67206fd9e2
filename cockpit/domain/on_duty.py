"""Who keeps the release branch buildable: whose turn it is by the rota, unless the turn was handed over."""

from datetime import date, datetime, timedelta

from cockpit.domain.decisions.calendar import Cadence, TrainCalendar
from cockpit.domain.decisions.standing import Standing
from cockpit.domain.team_days import parsed_date, team_days
from cockpit.domain.train_calendar import loops_from

_FIRST_MONDAY = date(1970, 1, 5)


def duty_now(standing: Standing, now: datetime) -> str:
    """Return who is on duty at `now` by what a screen knows of the decisions; empty when nobody is."""
    return whose_duty(standing.calendar, standing.on_duty, standing.duty_turn, now)


def whose_duty(calendar: TrainCalendar | None, handed_to: str, handed_turn: str, now: datetime) -> str:
    """Return who is on duty at `now` when it was handed to this person last, for this turn or for good."""
    turn = turn_at(calendar, now) if calendar else ""
    is_handed = handed_to and handed_turn in ("", turn)
    return handed_to if is_handed or calendar is None else by_rota(calendar, turn)


def turn_at(calendar: TrainCalendar, now: datetime) -> str:
    """Return the turn of the rota at `now`: the train by the calendar, on demand the week.

    It is empty where there is no rota, and where the calendar cannot be reckoned with.
    """
    if not calendar.rota:
        return ""
    if calendar.cadence is not Cadence.ON_DEMAND:
        return next((loop.train for loop in loops_from(calendar, now, 1)), "")
    try:
        year, week, _ = team_days(calendar).day_of(now).isocalendar()
    except ValueError:
        return ""
    return f"{year}-W{week:02}"


def by_rota(calendar: TrainCalendar, turn: str) -> str:
    """Return whose turn this is: '2026-W47', or with a daily cadence '2026-11-19'."""
    if not (calendar.rota and turn):
        return ""
    return calendar.rota[_turns_since_the_first(calendar, turn) % len(calendar.rota)]


def _turns_since_the_first(calendar: TrainCalendar, turn: str) -> int:
    """A holiday skips a turn and moves none, so that a new one in the policy changes nobody else's."""
    first = parsed_date(calendar.rota_from, "rota_from") if calendar.rota_from else _FIRST_MONDAY
    if calendar.cadence is not Cadence.DAILY:
        return _weeks(first, date.fromisoformat(f"{turn}-1"))
    day = date.fromisoformat(turn)
    earlier_this_week = sum(weekday < day.weekday() for weekday in set(calendar.daily_on))
    return _weeks(first, day) * len(set(calendar.daily_on)) + earlier_this_week


def _weeks(first: date, day: date) -> int:
    return (_monday(day) - _monday(first)).days // 7


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
