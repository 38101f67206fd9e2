"""The week of the demo's team: its release day is today, so that the window is open while you watch."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from cockpit.demo.people import ROTA

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

LATE = 20
"""From this hour on the window would soon close: the team sits then where the day is young."""

YOUNG = 10

_MOST_WEST = -12

_LOCAL_TIME = Path("/etc/localtime")


def train_table(now: datetime, zone: str) -> str:
    """Return the table `[train]` of the settings for a team in this zone that releases today."""
    today = now.astimezone(ZoneInfo(zone)).date()

    def day(before: int) -> str:
        return DAYS[(today - timedelta(days=before)).weekday()]

    first_turn = today - timedelta(weeks=len(ROTA) * 4)
    rota = ", ".join(f'"{name}"' for name in ROTA)
    return f"""\
[train]
cadence = "weekly"
time_zone = "{zone}"
showcase = "{day(2)} 14:00"
cutoff = "{day(1)} 16:00"
harden = "{day(1)} 16:30"
release = "{day(0)} 00:00-23:59"
rota = [{rota}]
rota_from = "{first_turn}"
"""


def team_zone(now: datetime) -> str:
    """Return the name of this machine's time zone, or of one where the day is young when it is nearly over here."""
    here = _machine_zone()
    if now.astimezone(ZoneInfo(here)).hour < LATE:
        return here
    ahead = max(_MOST_WEST, YOUNG - now.astimezone(UTC).hour)
    # POSIX counts the hours the other way round.
    return f"Etc/GMT{-ahead:+}"


def _machine_zone() -> str:
    linked = str(_LOCAL_TIME.resolve()).partition("zoneinfo/")[2]
    return next((name for name in (os.environ.get("TZ", ""), linked) if _is_known(name)), "UTC")


def _is_known(name: str) -> bool:
    try:
        return bool(name) and ZoneInfo(name).key == name
    except (ValueError, OSError, LookupError):
        return False
