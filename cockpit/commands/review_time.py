"""When it is time to look at something again, as people type it."""

import re
from datetime import UTC, datetime, timedelta

from cockpit.commands.wrong_use import WrongUseError
from cockpit.text import clean

_SPAN = re.compile(r"([0-9]{1,4})\s*([mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def review_time(typed: str, now: datetime) -> datetime | None:
    """Return the moment that '30m', '4h', '2d', '16:30' or '2026-11-20 16:30' names, in UTC; None for nothing typed.

    Times of day and dates are this machine's. Raises WrongUseError for anything else, and for what has passed.
    """
    if not typed:
        return None
    moment = _after(typed, now) or _at(typed, now)
    if moment is None:
        raise WrongUseError(f"{clean(typed, 80)} is no time", next_step="Write 4h, 2d, 16:30 or 2026-11-20 16:30")
    if moment <= now:
        raise WrongUseError(f"{clean(typed, 80)} has passed", next_step="Name a time that is still to come")
    return moment.astimezone(UTC)


def _after(typed: str, now: datetime) -> datetime | None:
    span = _SPAN.fullmatch(typed.strip())
    return now + int(span[1]) * _UNITS[span[2]] if span else None


def _at(typed: str, now: datetime) -> datetime | None:
    today = now.astimezone().date().isoformat()
    for text in (typed, f"{today} {typed}"):
        try:
            return datetime.fromisoformat(text.strip()).astimezone()
        except (ValueError, OverflowError):
            continue
    return None
