"""When something may be released: within the window of a train, and on no holiday and in no freeze."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from cockpit.domain.decisions.calendar import Cadence, TrainCalendar
from cockpit.domain.record import record
from cockpit.domain.team_days import TeamDays, calendar_trouble, team_days
from cockpit.domain.train_calendar import Loop, is_still_to_come, loops

_DAY = timedelta(days=1)


@record(frozen=True, slots=True)
class Window:
    """Whether something may be released now."""

    is_open: bool
    reason: str
    """Why, for people: 'window of train 2026-W47', 'outside the window', 'freeze: end of the quarter'."""
    until: datetime | None = None
    """When it closes, in UTC; None while it is closed, and for one that has no end."""
    opens_at: datetime | None = None
    """When it opens again, in UTC; None while it is open, and where that is not in sight."""


def window_at(calendar: TrainCalendar, now: datetime, train: str = "") -> Window:
    """Return whether something may be released at `now`; a calendar that cannot be reckoned with keeps it closed.

    What belongs to `train`, '' for no train, may be released in the window of that train or of a later one.
    """
    trouble = calendar_trouble(calendar)
    if trouble:
        return Window(is_open=False, reason=trouble)
    days = team_days(calendar)
    if calendar.cadence is Cadence.ON_DEMAND:
        return _on_demand(days, now)
    loop, begins, ends = next(_spells(calendar, now), (None, None, None))
    if loop is None or begins is None or begins > now:
        why = _why_closed(calendar, days, now)
    elif is_still_to_come(calendar, train, loop):
        why = f"this is the window of train {loop.train}, not of {train}"
    else:
        return Window(is_open=True, reason=f"window of train {loop.train}", until=ends)
    opens = (at for other, at, _ in _spells(calendar, now) if not is_still_to_come(calendar, train, other))
    return Window(is_open=False, reason=why, opens_at=next(opens, None))


def next_change(calendar: TrainCalendar, now: datetime) -> datetime | None:
    """Return the next moment at which train, phase or window are others than at `now`, in UTC; None if there is none.

    The cut-off is one too: it is due from then on.
    """
    window = window_at(calendar, now)
    loop = next(loops(calendar, now), None)
    moments = [window.until, window.opens_at]
    if loop is not None:
        moments += [loop.showcase, loop.cutoff, loop.harden, loop.opens, loop.closes]
    return min((moment for moment in moments if moment is not None and moment > now), default=None)


def open_spells(calendar: TrainCalendar, loop: Loop) -> list[tuple[datetime, datetime]]:
    """Return from when to when the window of this loop is open; in parts where days within it are closed."""
    days = team_days(calendar)
    spells: list[tuple[datetime, datetime]] = []
    day, last = days.day_of(loop.opens), days.day_of(loop.closes)
    while day <= last:
        begins, ends = max(loop.opens, days.begin_of(day)), min(loop.closes, days.begin_of(day + _DAY))
        if begins < ends and not days.why_closed(day):
            if spells and spells[-1][1] == begins:
                begins = spells.pop()[0]
            spells.append((begins, ends))
        day += _DAY
    return spells


def _spells(calendar: TrainCalendar, now: datetime) -> Iterator[tuple[Loop, datetime, datetime]]:
    for loop in loops(calendar, now):
        for begins, ends in open_spells(calendar, loop):
            if now < ends:
                yield loop, begins, ends


def _why_closed(calendar: TrainCalendar, days: TeamDays, now: datetime) -> str:
    """A closed day is the reason only where the window would be open without it."""
    loop = next(loops(calendar, now), None)
    if loop is not None and loop.opens <= now:
        return days.why_closed(days.day_of(now))
    return "outside the window"


def _on_demand(days: TeamDays, now: datetime) -> Window:
    today = days.day_of(now)
    why = days.why_closed(today)
    if why:
        return Window(is_open=False, reason=why, opens_at=days.begin_of(days.open_day_from(today)))
    closed = days.closed_day_after(today)
    return Window(is_open=True, reason="trains on demand", until=days.begin_of(closed) if closed else None)
