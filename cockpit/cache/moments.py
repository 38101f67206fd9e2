"""Moments as the cache keeps them: whole microseconds since 1970, so that they compare and index as numbers."""

from datetime import UTC, datetime, timedelta
from typing import overload

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US


@overload
def to_us(moment: datetime) -> int: ...
@overload
def to_us(moment: None) -> None: ...
def to_us(moment: datetime | None) -> int | None:
    """Return an aware moment in microseconds since 1970."""
    if moment is None:
        return None
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND_US + since.microseconds


@overload
def from_us(moment_us: int) -> datetime: ...
@overload
def from_us(moment_us: None) -> None: ...
def from_us(moment_us: int | None) -> datetime | None:
    """Return microseconds since 1970 as an aware UTC moment."""
    return None if moment_us is None else EPOCH + timedelta(microseconds=moment_us)


def utc_now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)
