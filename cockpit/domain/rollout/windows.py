"""What was measured on some servers since a moment: what the analysis compares."""

import math
import sys
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from cockpit.domain.record import record


@record(frozen=True, slots=True)
class Window:
    """Counters and gauges of the servers of one version, or of all, since a moment."""

    since_s: float
    """Seconds since 1970, by the clock that took the samples; for display alone."""
    until_s: float
    """Of the newest sample."""
    servers: int = 0
    """That told something since then and run the version now."""
    server_seconds: float = 0.0
    """Seconds that were watched, added up over the servers."""
    rises: Mapping[str, float] = field(default_factory=dict)
    """Metric to how much it rose over all servers; one that was never seen twice on a server is not there."""
    gauges: Mapping[str, float] = field(default_factory=dict)
    """Metric to the mean of its last values per server."""
    told: Mapping[str, int] = field(default_factory=dict)
    """Metric to how many of the servers tell it."""

    def share(self, metric: str, per: str) -> float | None:
        """Return the rise of one metric for each one of another, None where it cannot be told."""
        rise, whole = self.rises.get(metric), self.rises.get(per)
        return _ratio(rise, whole)

    def rate(self, metric: str) -> float | None:
        """Return the rise a second and server, None where it cannot be told."""
        return _ratio(self.rises.get(metric), self.server_seconds)

    def as_plain(self) -> dict[str, Any]:
        """Return it as what JSON can hold."""
        return {
            "since_s": self.since_s,
            "until_s": self.until_s,
            "servers": self.servers,
            "server_seconds": self.server_seconds,
            "rises": dict(self.rises),
            "gauges": dict(self.gauges),
            "told": dict(self.told),
        }

    @classmethod
    def from_plain(cls, plain: object) -> "Window":
        """Return what `as_plain` gave; raises ValueError for anything else."""
        table = table_of(plain, "window")
        return cls(
            since_s=number_in(table, "since_s"),
            until_s=number_in(table, "until_s"),
            servers=int(number_in(table, "servers", least=0.0)),
            server_seconds=number_in(table, "server_seconds", least=0.0),
            rises=numbers_in(table, "rises", least=0.0),
            gauges=numbers_in(table, "gauges"),
            told={name: int(count) for name, count in numbers_in(table, "told", least=0.0).items()},
        )


def merged(earlier: Window | None, later: Window) -> Window:
    """Return two windows that follow each other as one; gauges are those of the later one, where it has any."""
    if earlier is None:
        return later
    names = {**earlier.rises, **later.rises}
    standing = later if later.servers else earlier
    return Window(
        since_s=earlier.since_s,
        until_s=later.until_s if later.servers else earlier.until_s,
        servers=standing.servers,
        server_seconds=earlier.server_seconds + later.server_seconds,
        rises={name: earlier.rises.get(name, 0.0) + later.rises.get(name, 0.0) for name in names},
        gauges=standing.gauges,
        told=standing.told,
    )


def _ratio(rise: float | None, whole: float | None) -> float | None:
    return rise / whole if rise is not None and whole is not None and rise >= 0 and whole > 0 else None


def table_of(plain: object, what: str) -> Mapping[Any, Any]:
    """Return plain data as a table; raises ValueError where it is none."""
    if isinstance(plain, Mapping):
        return plain
    raise ValueError(f"{what} is no table")


def number_in(plain: Mapping[Any, Any], name: str, least: float = -math.inf) -> float:
    """Return a finite number of plain data; raises ValueError where there is none."""
    return _number(plain.get(name), name, least)


def numbers_in(plain: Mapping[Any, Any], name: str, least: float = -math.inf) -> dict[str, float]:
    """Return finite numbers by name out of plain data; raises ValueError where there are none."""
    return {str(key): _number(value, name, least) for key, value in table_of(plain.get(name), name).items()}


def _number(value: object, name: str, least: float) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= least and _is_finite(value):
        return float(value)
    raise ValueError(f"{name} holds {str(value)[:40]}, which is no usable number")


def _is_finite(value: float) -> bool:
    """An integer of a file may be larger than any float, and NaN is not comparable."""
    return abs(value) <= sys.float_info.max
