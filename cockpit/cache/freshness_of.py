"""Until when facts count, from the stamps of what was observed and from what the sources last answered."""

import sqlite3
from datetime import datetime

from cockpit.cache.moments import from_us
from cockpit.domain.freshness import NEVER, Freshness

Span = tuple[int, int]
"""Observed and expires, in microseconds."""


class Stamps:
    """Every stamp, by what it stands for."""

    def __init__(self, of_kind: dict[str, Span], of_servers: dict[int, Span]) -> None:
        self.of_kind = of_kind
        """The newest for each kind but servers."""
        self.of_servers = of_servers
        """By stamp id."""

    def freshness(self, kind: str) -> Freshness:
        """Return how fresh facts of this kind are."""
        return _freshness(self.of_kind.get(kind))

    def of_fleet(self) -> Freshness:
        """Return how fresh the fleet is as a whole: as its server that was seen longest ago."""
        spans = self.of_servers.values()
        return _freshness(min(spans)) if spans else NEVER

    def expiries_us(self) -> list[int]:
        """Return when each stamp expires."""
        return [span[1] for span in (*self.of_kind.values(), *self.of_servers.values())]


def read_stamps(connection: sqlite3.Connection) -> Stamps:
    """Return every stamp; a source that answered that nothing is new has confirmed what it said before."""
    rows = connection.execute(
        "SELECT stamp_id, kind, stamps.source, stamps.observed_at, stamps.expires_at, sources.observed_at,"
        " sources.expires_at FROM stamps LEFT JOIN sources ON sources.name = stamps.source"
    ).fetchall()
    of_kind: dict[str, Span] = {}
    of_servers: dict[int, Span] = {}
    for stamp_id, kind, _, observed_us, expires_us, source_observed_us, source_expires_us in rows:
        if kind == "servers":
            of_servers[stamp_id] = (observed_us, expires_us)
            continue
        confirmed = (source_observed_us or 0, source_expires_us or 0)
        of_kind[kind] = max(of_kind.get(kind, (0, 0)), (observed_us, expires_us), confirmed)
    return Stamps(of_kind, of_servers)


def _freshness(span: Span | None) -> Freshness:
    return NEVER if span is None else Freshness(from_us(span[0]), from_us(span[1]))


def next_after(expiries_us: list[int], now_us: int) -> datetime | None:
    """Return the next of these moments that is still to come."""
    return from_us(min((moment for moment in expiries_us if moment > now_us), default=None))
