"""When the phases of a train begin, on the team's clock."""

from enum import Enum

from cockpit.domain.record import record


class Cadence(Enum):
    """How often a train leaves."""

    WEEKLY = "weekly"
    DAILY = "daily"
    ON_DEMAND = "on demand"


@record(frozen=True, slots=True)
class Moment:
    """A time of the week on the team's clock."""

    weekday: int
    """0 is Monday."""
    hour: int
    minute: int = 0


@record(frozen=True, slots=True)
class Stretch:
    """Whole days, both included, with a reason: a holiday or a freeze."""

    first: str
    """ISO date, '2026-12-20'."""
    last: str
    reason: str = ""


@record(frozen=True, slots=True)
class TrainCalendar:
    """When the phases of a train begin, on the team's clock."""

    cadence: Cadence = Cadence.WEEKLY
    time_zone: str = "UTC"
    """IANA name, 'Europe/Berlin'."""
    showcase: Moment = Moment(3, 14)
    cutoff: Moment = Moment(4, 16)
    harden: Moment = Moment(0, 9)
    release_opens: Moment = Moment(2, 9)
    release_closes: Moment = Moment(2, 16)
    daily_on: tuple[int, ...] = (0, 1, 2, 3, 4)
    """Weekdays on which a daily train leaves; 0 is Monday. Of the moments above only the times of day count then."""
    holidays: tuple[Stretch, ...] = ()
    """The window is closed; a phase that begins then begins on the next day that is none."""
    freezes: tuple[Stretch, ...] = ()
    """Nothing ships, for a reason."""
    rota: tuple[str, ...] = ()
    """Who is on duty, train by train; a hand-over for one turn counts for that turn alone."""
    rota_from: str = ""
    """ISO date of a day in the week of the first of the rota; empty counts from the first Monday of 1970."""
