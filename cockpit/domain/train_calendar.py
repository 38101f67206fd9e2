"""Which train runs by the calendar, in which phase, and what comes next and when.

A loop ends when its window closes, and the next begins there. Each of its moments is the last one of its kind before
the moment that follows it: the hardening before the window, the showcase before the hardening.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import Enum
from itertools import islice

from cockpit.domain.decisions.calendar import Cadence, TrainCalendar
from cockpit.domain.loop_days import days_of_loop, release_day_before, release_day_from
from cockpit.domain.record import record
from cockpit.domain.team_days import TeamDays, team_days

MOST_LOOPS = 60
"""How many loops are looked through for one that runs: more than a year of weekly trains."""

_DAY = timedelta(days=1)


class Phase(Enum):
    """What a train is at; in their order within a loop."""

    BETWEEN = "between"
    """The former window is closed and the showcase has not begun."""
    SHOWCASE = "showcase"
    HARDEN = "harden"
    RELEASE = "release"


@record(frozen=True, slots=True)
class Spell:
    """A phase with its moments, in UTC; it lasts until just before `ends`."""

    phase: Phase
    begins: datetime
    ends: datetime


@record(frozen=True, slots=True)
class Loop:
    """One train with its moments, in UTC and in this order; the cut-off lies anywhere before the window opens."""

    train: str
    """'2026-W47', or for a daily train '2026-11-19'."""
    began: datetime
    """When the window of the loop before closed."""
    showcase: datetime
    cutoff: datetime
    harden: datetime
    opens: datetime
    closes: datetime

    @property
    def spells(self) -> tuple[Spell, ...]:
        """Every phase that lasts, one after the other."""
        moments = (self.began, self.showcase, self.harden, self.opens, self.closes)
        spells = (Spell(*of) for of in zip(Phase, moments[:-1], moments[1:], strict=True))
        return tuple(spell for spell in spells if spell.begins < spell.ends)

    def spell_at(self, now: datetime) -> Spell:
        """Return the phase at `now`, the first before the loop and the last after it."""
        return next((spell for spell in self.spells if now < spell.ends), self.spells[-1])


def loops_from(calendar: TrainCalendar, now: datetime, count: int = 2) -> list[Loop]:
    """Return the loop at `now` and those after it, `count` in all.

    There are fewer where holidays leave none within a year of trains, and none on demand or where `calendar_trouble`
    has something to say.
    """
    return list(islice(loops(calendar, now), count))


def loops(calendar: TrainCalendar, now: datetime) -> Iterator[Loop]:
    """Yield the loop at `now` and those after it."""
    try:
        days = team_days(calendar)
    except ValueError:
        return
    if calendar.cadence is Cadence.ON_DEMAND:
        return
    began = None
    for planned in islice(_planned(calendar, days, now), MOST_LOOPS):
        began = began or planned.began
        if planned.opens < planned.closes:  # else holidays have left it no window, and it does not run
            yield replace(planned, began=began)
            began = None


def is_still_to_come(calendar: TrainCalendar, train: str, loop: Loop) -> bool:
    """Tell whether a train leaves later than that of `loop`; one that the calendar did not name says nothing of it."""
    return _is_of(calendar, train) and train > loop.train


def on_demand_phase(train: str, *, is_cut_off: bool) -> Phase:
    """Return what a train without calendar is at: it may be released as soon as it is cut off."""
    if not train:
        return Phase.BETWEEN
    return Phase.RELEASE if is_cut_off else Phase.SHOWCASE


def _planned(calendar: TrainCalendar, days: TeamDays, now: datetime) -> Iterator[Loop]:
    """Yield every loop that is not over at `now`, with or without a window."""
    here = _release_day_at(calendar, days, now)
    while True:
        yield _loop(calendar, days, here)
        here = release_day_from(calendar, days, here + _DAY)


def _release_day_at(calendar: TrainCalendar, days: TeamDays, now: datetime) -> date:
    """Holidays may push a window for weeks: the loop at `now` may have the release day of one long before."""
    here = release_day_from(calendar, days, days.day_of(now))
    while _closes(calendar, days, here) <= now:
        here = release_day_from(calendar, days, here + _DAY)
    for _ in range(MOST_LOOPS):
        former = release_day_before(calendar, days, here)
        if _closes(calendar, days, former) <= now:
            break
        here = former
    return here


def _loop(calendar: TrainCalendar, days: TeamDays, release_day: date) -> Loop:
    """What holidays or a change of clocks would put before what it follows begins together with that."""
    on = days_of_loop(calendar, days, release_day)
    began = _closes(calendar, days, release_day_before(calendar, days, release_day))
    showcase = max(began, days.moment(on.showcase, calendar.showcase))
    harden = max(showcase, days.moment(on.harden, calendar.harden))
    opens = max(harden, days.moment(on.opens, calendar.release_opens))
    return Loop(
        train=_train_id(calendar, release_day),
        began=began,
        showcase=showcase,
        cutoff=min(opens, max(began, days.moment(on.cutoff, calendar.cutoff))),
        harden=harden,
        opens=opens,
        closes=days.moment(on.closes, calendar.release_closes),
    )


def _closes(calendar: TrainCalendar, days: TeamDays, release_day: date) -> datetime:
    return days.moment(days_of_loop(calendar, days, release_day).closes, calendar.release_closes)


def _is_of(calendar: TrainCalendar, train: str) -> bool:
    pattern = r"\d{4}-\d{2}-\d{2}" if calendar.cadence is Cadence.DAILY else r"\d{4}-W\d{2}"
    return re.fullmatch(pattern, train) is not None


def _train_id(calendar: TrainCalendar, release_day: date) -> str:
    if calendar.cadence is Cadence.DAILY:
        return release_day.isoformat()
    year, week, _ = release_day.isocalendar()
    return f"{year}-W{week:02}"
