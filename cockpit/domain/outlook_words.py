"""This train and the next in words, as page and command list them."""

from datetime import datetime, tzinfo

from cockpit.domain.commit import SHORT
from cockpit.domain.decisions.calendar import TrainCalendar
from cockpit.domain.decisions.records import TrainRecord
from cockpit.domain.record import record
from cockpit.domain.team_days import team_days
from cockpit.domain.train_calendar import Loop, Phase
from cockpit.domain.train_needs import Need
from cockpit.domain.train_window import Window
from cockpit.domain.train_words import clock_words, day_words, weekday_words


@record(frozen=True, slots=True)
class LoopRow:
    """One line of a loop as page and command list it."""

    name: str
    """'showcase', 'cut-off', 'harden', 'window'."""
    when: str
    is_now: bool
    """Whether the train is in the phase that begins there."""


def loop_rows(loop: Loop, now: datetime, zone: tzinfo | None = None) -> list[LoopRow]:
    """Return the moments of a loop in their order, in `zone`."""
    phase = loop.spell_at(now).phase if loop.began <= now else None
    rows = [
        (loop.showcase, LoopRow("showcase", day_words(loop.showcase, zone), phase is Phase.SHOWCASE)),
        (loop.cutoff, LoopRow("cut-off", day_words(loop.cutoff, zone), is_now=False)),
        (loop.harden, LoopRow("harden", day_words(loop.harden, zone), phase is Phase.HARDEN)),
        (loop.opens, LoopRow("window", _window_words(loop, zone), phase is Phase.RELEASE)),
    ]
    return [row for _, row in sorted(rows, key=lambda of: of[0])]


def record_words(train: TrainRecord | None) -> str:
    """Return what was decided of a train: 'opened by maria, cut off at 9f2c1e4'."""
    if train is None:
        return "not open"
    parts = [f"opened by {train.opened.actor}"]
    if train.cut_off is not None:
        parts.append(f"cut off at {train.candidate[:SHORT]} by {train.cut_off.actor}")
    if train.release:
        parts.append(f"released as {train.release}")
    if train.closed is not None:
        parts.append(f"closed by {train.closed.actor}" + (f": {train.reason}" if train.reason else ""))
    return ", ".join(parts)


def due_words(need: Need, now: datetime, zone: tzinfo | None = None) -> str:
    """Return 'by Fri 16:00', or 'since Fri 16:00' where it is late; empty on demand."""
    if need.due_at is None:
        return ""
    return f"{'by' if now < need.due_at else 'since'} {clock_words(need.due_at, now, zone)}"


def window_words(window: Window, now: datetime, zone: tzinfo | None = None) -> str:
    """Return 'open until 16:00: window of train 2026-W47', 'closed until Wed 09:00: freeze: audit'."""
    ends = window.until if window.is_open else window.opens_at
    until = f" until {clock_words(ends, now, zone)}" if ends else ""
    return f"{'open' if window.is_open else 'closed'}{until}: {window.reason}"


def zone_remark(calendar: TrainCalendar, now: datetime, zone: tzinfo | None = None) -> str:
    """Return what the team's clock shows where that is another time than in `zone`; else nothing."""
    try:
        team = now.astimezone(team_days(calendar).zone)
    except ValueError:
        return ""
    if team.utcoffset() == now.astimezone(zone).utcoffset():
        return ""
    return f"times are yours; the team's clock ({calendar.time_zone}) shows {weekday_words(team)} {team:%H:%M}"


def _window_words(loop: Loop, zone: tzinfo | None) -> str:
    opens, closes = loop.opens.astimezone(zone), loop.closes.astimezone(zone)
    until = f"{closes:%H:%M}" if opens.date() == closes.date() else day_words(closes, zone)
    return f"{day_words(opens, zone)} – {until}"
