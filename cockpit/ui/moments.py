"""Moments and spans as people read them: clock times, and ages in whole minutes.

Nothing here has seconds in it unless it is finished, so a quiet screen changes once a minute at most.
"""

from datetime import datetime, timedelta, tzinfo

from cockpit.domain.freshness import Freshness


def minute_of(moment: datetime) -> datetime:
    """Return the beginning of the minute of `moment`; the screen's ages count from there."""
    return moment.replace(second=0, microsecond=0)


def clock_time(moment: datetime, now: datetime, zone: tzinfo | None) -> str:
    """Return `14:31` for today, `Wed 14:31` within a week, else `2026-11-18`; in the reader's zone."""
    local, today = moment.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    if abs(today - local) < timedelta(days=6):
        return f"{local:%a %H:%M}"
    return f"{local:%Y-%m-%d}"


def span(seconds: float) -> str:
    """Return a length of time in its two largest units: `41 s`, `4 m 12 s`, `3 h 5 m`, `2 d 4 h`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return _two(whole // 60, "m", whole % 60, "s")
    if whole < 86400:
        return _two(whole // 3600, "h", whole % 3600 // 60, "m")
    return _two(whole // 86400, "d", whole % 86400 // 3600, "h")


def age(moment: datetime, now: datetime) -> str:
    """Return how long ago `moment` was in one unit no finer than minutes: `<1 m`, `12 m`, `3 h`, `2 d`, `5 w`."""
    minutes = int((now - moment).total_seconds() // 60)
    if minutes < 1:
        return "<1 m"
    if minutes < 100:
        return f"{minutes} m"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    if minutes < 60 * 24 * 60:
        return f"{minutes // (24 * 60)} d"
    return f"{minutes // (7 * 24 * 60)} w"


def freshness_words(freshness: Freshness, now: datetime, minute: datetime, *, renewed: bool = True) -> tuple[str, str]:
    """Return (words, slot) that say how far a pane can be believed.

    `now` decides whether it is fresh, `minute` is what ages count from; nothing is live that no agent renews.
    """
    if freshness.observed_at is None:
        return "not read yet", "muted"
    old = age(freshness.observed_at, minute)
    if not freshness.is_fresh(now):
        return f"! stale, {old} old", "warn"
    if not renewed:
        return f"{old} old", "warn"
    return ("live", "muted") if old == "<1 m" else (f"{old} old", "muted")


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large} {large_unit} {small} {small_unit}" if small else f"{large} {large_unit}"
