"""Adds up what the servers of each version went through since a moment, from one sample after the other.

A counter that fell was reset, and has risen from nought since. A server that changed its version begins anew under the
new one: its first sample there only says where it starts from. So does the first sample after a gap in which nobody
watched, after a clock that was set back, and of a metric that was not there before: what cannot be placed in time is
not counted. A value that is no usable number is as if it was not told, and the counter goes on from the one before.
"""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from cockpit.domain.fleet import Server
from cockpit.domain.rollout.windows import Window, merged, number_in, numbers_in, table_of

LONGEST_GAP_S = 900.0
"""Between two samples of a server; after more than that, nobody has watched."""

MOST_VERSIONS = 64
"""Versions that are kept though no server runs them any more."""

LARGEST = 1e18
"""Size of a value, either way, beyond which it counts as garbage: a float no longer tells two of them apart."""

HALF_S = 1800.0
"""Seconds of half the time before a rollout that its baseline covers."""


class Reading(NamedTuple):
    """One sample of one server; a tuple, as thousands are made each round."""

    server: str
    version: str
    at_s: float
    """Seconds since 1970; the same again is the same sample."""
    values: Mapping[str, float]


def readings_of(servers: Iterable[Server]) -> Iterator[Reading]:
    """Yield the last samples of a server list.

    A server that answers without metrics yields an empty one. Metrics that are newer than the version are left out: it
    is not known to which version they belong.
    """
    for server in servers:
        at = server.metrics_at or server.freshness.observed_at
        if at is not None and (server.version_at is None or server.version_at >= at):
            yield Reading(server.name, server.version, at.timestamp(), server.metrics)


@dataclass(slots=True)
class _Tally:
    """What is added up for one version."""

    rises: list[float]
    """In the order of the names; NaN where nothing was seen twice."""
    server_seconds: float = 0.0
    servers: int = 0
    """That run it by their last sample."""


@dataclass(slots=True)
class _Last:
    """Where one server stands."""

    version: str
    at_s: float
    values: Mapping[str, float]
    bases: list[float]
    """Last usable value of each metric, NaN for none."""
    tally: _Tally
    era: int
    """Number of restarts before its newest sample."""
    era_of_rise: int = -1
    """Number of restarts before its last increase was added up, be it nought."""


class Figures:
    """Takes samples and gives windows; as large as the fleet, however long it runs."""

    def __init__(self, names: Iterable[str], since_s: float, *, longest_gap_s: float = LONGEST_GAP_S) -> None:
        self._names = tuple(dict.fromkeys(names))
        self._longest_gap_s = longest_gap_s
        self._since_s = self._until_s = since_s
        self._era = 0
        self._tallies: dict[str, _Tally] = {}
        self._lasts: dict[str, _Last] = {}

    @property
    def since_s(self) -> float:
        """When it began to add up."""
        return self._since_s

    @property
    def until_s(self) -> float:
        """Moment of the newest sample."""
        return self._until_s

    def feed(self, readings: Iterable[Reading]) -> None:
        """Take samples; those that are known already change nothing."""
        lasts, gap_s, era, newest_s = self._lasts, self._longest_gap_s, self._era, -math.inf
        for reading in readings:
            server, version, at_s, values = reading
            last = lasts.get(server)
            if last is not None and at_s == last.at_s:
                continue
            if at_s > newest_s:
                newest_s = at_s
            if last is None or version != last.version or not 0.0 < at_s - last.at_s <= gap_s:
                self._begin(reading, last)
                continue
            last.tally.server_seconds += at_s - last.at_s
            if last.era_of_rise != era or (values is not last.values and values != last.values):
                self._rise(last, values)
                last.era_of_rise = era
            last.values, last.at_s, last.era = values, at_s, era
        if math.isfinite(newest_s):
            self._until_s = newest_s

    def window(self, versions: Collection[str] | None = None) -> Window:
        """Return what happened to servers of these versions, or to all, since the moment."""
        tallies = [tally for name, tally in self._tallies.items() if versions is None or name in versions]
        now = [
            last.values
            for last in self._lasts.values()
            if last.era == self._era and (versions is None or last.version in versions)
        ]
        told = {name: _usable(name, now) for name in self._names}
        return Window(
            since_s=self._since_s,
            until_s=self._until_s,
            servers=len(now),
            server_seconds=sum(tally.server_seconds for tally in tallies),
            rises=dict(self._sums(tallies)),
            gauges={name: _mean(values) for name, values in told.items() if values},
            told={name: len(values) for name, values in told.items()},
        )

    def restart(self, since_s: float) -> None:
        """Forget what was added up; the next sample of each server goes on from its last one."""
        self._since_s, self._era = since_s, self._era + 1
        for tally in self._tallies.values():
            tally.rises[:] = [math.nan] * len(self._names)
            tally.server_seconds = 0.0

    def keep_only(self, servers: Collection[str]) -> None:
        """Forget servers that are no longer among these."""
        for name in [name for name in self._lasts if name not in servers]:
            self._lasts.pop(name).tally.servers -= 1

    def as_plain(self) -> dict[str, Any]:
        """Return what was added up as what JSON can hold; whoever goes on with it begins with each server anew."""
        return {
            "since_s": self._since_s,
            "until_s": self._until_s,
            "versions": {
                version: {"server_seconds": tally.server_seconds, "rises": dict(self._sums([tally]))}
                for version, tally in self._tallies.items()
                if tally.server_seconds
            },
        }

    @classmethod
    def from_plain(cls, names: Iterable[str], plain: object, *, longest_gap_s: float = LONGEST_GAP_S) -> "Figures":
        """Return what goes on from `as_plain`, also with other names; raises ValueError for anything else."""
        whole = table_of(plain, "figures")
        figures = cls(names, number_in(whole, "since_s"), longest_gap_s=longest_gap_s)
        figures._until_s = number_in(whole, "until_s")
        for version, told in table_of(whole.get("versions"), "versions").items():
            table = table_of(told, "version")
            rises = numbers_in(table, "rises", least=0.0)
            tally = figures._tally(str(version))
            tally.rises[:] = [rises.get(name, math.nan) for name in figures._names]
            tally.server_seconds = number_in(table, "server_seconds", least=0.0)
        return figures

    def _begin(self, reading: Reading, last: _Last | None) -> None:
        if last is not None:
            last.tally.servers -= 1
        tally = self._tally(reading.version)
        tally.servers += 1
        bases = [_number(reading.values.get(name)) for name in self._names]
        self._lasts[reading.server] = _Last(reading.version, reading.at_s, reading.values, bases, tally, self._era)

    def _rise(self, last: _Last, values: Mapping[str, float]) -> None:
        bases, rises = last.bases, last.tally.rises
        for index, name in enumerate(self._names):
            now = values.get(name)
            if now is None or not -LARGEST <= now <= LARGEST:
                continue
            before = bases[index]
            bases[index] = now
            # Only NaN is not equal to itself, and asking so costs less than a call.
            if before == before:
                rise = now - before if now >= before else max(now, 0.0)
                so_far = rises[index]
                rises[index] = so_far + rise if so_far == so_far else rise

    def _tally(self, version: str) -> _Tally:
        tally = self._tallies.get(version)
        if tally is None:
            self._make_room()
            tally = self._tallies[version] = _Tally([math.nan] * len(self._names))
        return tally

    def _make_room(self) -> None:
        """A server that makes up a version each time takes the place of such a one, and not of what was measured."""
        if len(self._tallies) >= MOST_VERSIONS:
            empty = [version for version, tally in self._tallies.items() if not tally.servers]
            if empty:
                del self._tallies[min(empty, key=lambda version: self._tallies[version].server_seconds)]

    def _sums(self, tallies: Collection[_Tally]) -> Iterator[tuple[str, float]]:
        for index, name in enumerate(self._names):
            known = [tally.rises[index] for tally in tallies if not math.isnan(tally.rises[index])]
            if known:
                yield name, sum(known)


class Baseline:
    """What was measured on all servers in the last half hour to hour: what a rollout that begins now is held against.

    Two halves follow each other, so that nothing grows and the old goes away. `earlier` is what was kept of a run
    before this one.
    """

    def __init__(
        self, names: Iterable[str], since_s: float, *, earlier: Window | None = None, half_s: float = HALF_S
    ) -> None:
        self._figures = Figures(names, since_s)
        self._half_s = half_s
        self._earlier = earlier

    def feed(self, readings: Iterable[Reading]) -> None:
        """Take samples from before the rollout."""
        self._figures.feed(readings)
        # A clock that was set back ends the half as well: the next one is right again.
        if not 0.0 <= self._figures.until_s - self._figures.since_s <= self._half_s:
            self._earlier = self._figures.window()
            self._figures.restart(self._figures.until_s)

    def window(self) -> Window:
        """Return what there is so far."""
        return merged(self._earlier, self._figures.window())


def _number(value: float | None) -> float:
    return value if value is not None and -LARGEST <= value <= LARGEST else math.nan


def _usable(name: str, samples: Iterable[Mapping[str, float]]) -> list[float]:
    found = [values[name] for values in samples if name in values]
    return [value for value in found if -LARGEST <= value <= LARGEST]


def _mean(values: Collection[float]) -> float:
    return sum(values) / len(values)
