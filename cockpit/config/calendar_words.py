"""Times of the week and stretches of days as people write them in `cockpit.toml`."""

import re
from datetime import date

from cockpit.domain.decisions.calendar import Moment, Stretch

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_WHOLE = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_MOMENT = re.compile(r"(?P<day>[A-Za-z]{3,9}) +(?P<hour>\d{1,2}):(?P<minute>\d{2})")
_WINDOW = re.compile(r"(?P<opens>\S+ +\S+?) *- *(?P<closes>\d{1,2}:\d{2})")
_DAY = r"\d{4}-\d{2}-\d{2}"
_TO = r"\.\.|-|–|to\b"
_STRETCH = re.compile(rf"(?P<first>{_DAY})( *({_TO}) *(?P<last>{_DAY}))?(:? +(?P<reason>(?!{_TO}|{_DAY})\S.*))?")
"""What looks like another end of it is no reason: one day would be frozen where two weeks were meant."""


def moment_of(text: str) -> Moment:
    """Return the time of the week that 'Thu 14:00' says; raises ValueError."""
    found = _MOMENT.fullmatch(text.strip())
    if found is None or int(found["hour"]) > 23 or int(found["minute"]) > 59:
        raise ValueError(f"expected a day and a time like 'Thu 14:00', found {text!r}")
    return Moment(weekday_of(found["day"]), int(found["hour"]), int(found["minute"]))


def weekday_of(text: str) -> int:
    """Return the day of the week that 'Thu' says, 0 for Monday; raises ValueError."""
    day = text.strip().lower()
    found = next((number for number, name in enumerate(DAYS) if day == name or day == _WHOLE[number]), None)
    if found is None:
        raise ValueError(f"expected a day like 'Thu', found {text!r}")
    return found


def window_of(text: str) -> tuple[Moment, Moment]:
    """Return when the window of 'Wed 09:00-16:00' opens and closes; raises ValueError."""
    found = _WINDOW.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"expected a day with two times like 'Wed 09:00-16:00', found {text!r}")
    opens = moment_of(found["opens"])
    closes = moment_of(f"{DAYS[opens.weekday]} {found['closes']}")
    if (closes.hour, closes.minute) <= (opens.hour, opens.minute):
        raise ValueError(f"the window of {text!r} closes before it opens")
    return opens, closes


def stretch_of(text: str) -> Stretch:
    """Return the days of '2026-12-24..2026-12-26 Christmas'; raises ValueError."""
    found = _STRETCH.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"expected dates and a reason like '2026-12-24..2026-12-26 Christmas', found {text!r}")
    first, last = day_of(found["first"]), day_of(found["last"] or found["first"])
    if last < first:
        raise ValueError(f"{text!r} ends before it begins")
    return Stretch(first.isoformat(), last.isoformat(), found["reason"] or "")


def day_of(text: str) -> date:
    """Return the day of '2026-11-16'; raises ValueError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"expected a date like '2026-11-16', found {text!r}") from None
