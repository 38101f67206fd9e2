"""Durations as people read them."""

from datetime import timedelta

_MINUTE_S = 60
_HOUR_S = 3600
_DAY_S = 86_400


def age_text(age: timedelta) -> str:
    """Return a duration in at most two units: '12 s', '4 m', '2 h 5 m', '3 d 4 h'."""
    seconds = max(0, int(age.total_seconds()))
    if seconds < _MINUTE_S:
        return f"{seconds} s"
    if seconds < _HOUR_S:
        return f"{seconds // _MINUTE_S} m"
    if seconds < _DAY_S:
        return _two(seconds // _HOUR_S, "h", seconds % _HOUR_S // _MINUTE_S, "m")
    return _two(seconds // _DAY_S, "d", seconds % _DAY_S // _HOUR_S, "h")


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large} {large_unit} {small} {small_unit}" if small else f"{large} {large_unit}"
