"""The train in few words, as the header says it."""

from datetime import datetime, timedelta, tzinfo

from cockpit.domain.decisions.calendar import Cadence, TrainCalendar
from cockpit.domain.decisions.standing import Standing
from cockpit.domain.team_days import calendar_trouble
from cockpit.domain.train_calendar import Loop, Phase, loops_from, on_demand_phase
from cockpit.domain.train_window import Window, window_at

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def train_words(standing: Standing, now: datetime, zone: tzinfo | None = None, *, is_short: bool = False) -> str:
    """Return 'train 2026-W47 WED RELEASE window until 16:00', in short '2026-W47 RELEASE until 16:00'.

    It is empty where no policy names a calendar. Times are those of `zone`, None for this machine's.
    """
    calendar = standing.calendar
    if calendar is None:
        return ""
    trouble = calendar_trouble(calendar)
    if trouble:
        return f"no train: {trouble}"
    if calendar.cadence is Cadence.ON_DEMAND:
        return _on_demand(standing, window_at(calendar, now))
    return _by_calendar(standing, calendar, now, zone, is_short=is_short)


def clock_words(moment: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """Return '16:00' for today, 'Fri 16:00' within the six days around it, else '2 Dec 16:00'; in this zone."""
    local, today = moment.astimezone(zone), now.astimezone(zone)
    time = f"{local:%H:%M}"
    if local.date() == today.date():
        return time
    if abs(local - today) < timedelta(days=6):
        return f"{weekday_words(local)} {time}"
    return f"{local.day} {_MONTHS[local.month - 1]} {time}"


def day_words(moment: datetime, zone: tzinfo | None = None) -> str:
    """Return 'Fri  2 Dec 16:00', always as wide; in this zone."""
    local = moment.astimezone(zone)
    return f"{weekday_words(local)} {local.day:>2} {_MONTHS[local.month - 1]} {local:%H:%M}"


def weekday_words(local: datetime) -> str:
    """Return 'Fri', in English wherever the machine stands."""
    return _WEEKDAYS[local.weekday()]


def _on_demand(standing: Standing, window: Window) -> str:
    phase = on_demand_phase(standing.train, is_cut_off=standing.is_cut_off)
    closed = "" if window.is_open else f" {window.reason}"
    if phase is Phase.BETWEEN:
        return f"no train is open{closed}"
    return f"train {standing.train} {phase.value.upper()} on demand{closed}"


def _by_calendar(
    standing: Standing, calendar: TrainCalendar, now: datetime, zone: tzinfo | None, *, is_short: bool
) -> str:
    loop = next(iter(loops_from(calendar, now, 1)), None)
    if loop is None:
        return "no train within a year: holidays"
    phase = loop.spell_at(now).phase
    rest = _until(calendar, now, zone) if phase is Phase.RELEASE else _what_comes(standing, loop, now, zone)
    if is_short:
        return f"{loop.train} {phase.value.upper()} {rest.replace('window until', 'until')}"
    return f"train {loop.train} {weekday_words(now.astimezone(zone)).upper()} {phase.value.upper()} {rest}"


def _until(calendar: TrainCalendar, now: datetime, zone: tzinfo | None) -> str:
    window = window_at(calendar, now)
    return f"window until {clock_words(window.until, now, zone)}" if window.until else window.reason


def _what_comes(standing: Standing, loop: Loop, now: datetime, zone: tzinfo | None) -> str:
    if loop.spell_at(now).phase is Phase.BETWEEN:
        return f"showcase {clock_words(loop.showcase, now, zone)}"
    if now < loop.cutoff and not (standing.is_cut_off and standing.train == loop.train):
        return f"cut-off {clock_words(loop.cutoff, now, zone)}"
    if now < loop.harden:
        return f"harden {clock_words(loop.harden, now, zone)}"
    return f"window {clock_words(loop.opens, now, zone)}"
