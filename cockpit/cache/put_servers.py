"""How answers of servers are stored, so that an answer that says nothing new writes next to nothing.

A server's row changes with its version and health. Its latency and metrics change with every answer and are kept
apart, as readings. When it was seen is a stamp it shares with the servers that were asked together with it: asked
again together, one stamp is written and none of the servers.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cockpit.cache.custody import known_cut_releases, read_cut_releases
from cockpit.cache.moments import to_us
from cockpit.cache.rows import Row, release_of
from cockpit.cache.stamps import new_stamp, restamp
from cockpit.cache.words import ID_CHARACTERS, fold
from cockpit.cache.writing import Step, Writing
from cockpit.domain.custody import CutReleases
from cockpit.domain.facts import ProbesSeen
from cockpit.domain.fleet import Probe
from cockpit.domain.out_of_band import ReleasedVersions

PROBES_A_STEP = 2000
TRANSITIONS_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Standing:
    """What is stored of one server besides its readings; times are microseconds."""

    server_id: int
    position: int
    zone: str
    url: str
    version: str
    commit_id: str
    health: str
    reason: str
    out_of_band: int
    """0 or 1."""
    version_at: int | None
    """None: confirmed by the last answer."""
    health_since: int
    digest: str
    custody: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What changes with every answer."""

    stamp_id: int
    latency_s: float | None
    metrics: Mapping[str, float]
    metrics_at: int | None
    """None: told by the last answer."""


@dataclass(slots=True)
class Fleet:
    """Everything the writer knows of the servers, by name."""

    standing: dict[str, Standing]
    readings: dict[str, Reading]
    said: dict[str, Row] = field(default_factory=dict)
    """What each said last, as it said it: most say the same again, and then nothing else is looked at."""


def probes_steps(facts: ProbesSeen) -> Iterator[Step]:
    """Store answers; with `complete` servers that are not among them leave the fleet."""
    probes = sorted({probe.server: probe for probe in facts.probes}.values(), key=lambda probe: probe.server)
    if not probes and not facts.complete:
        return
    round_ = _Round(oldest_us=min((to_us(probe.observed_at) for probe in probes), default=0))
    yield lambda writing: _settle(writing, round_, probes, complete=facts.complete)
    for start in range(0, len(probes), PROBES_A_STEP):
        part = probes[start : start + PROBES_A_STEP]
        yield lambda writing, part=part: _put_probes(writing, round_, part)  # type: ignore[misc]
    yield lambda writing: _confirm(writing, round_)


@dataclass(slots=True)
class _Round:
    """What the transactions of one batch of answers share."""

    oldest_us: int
    """The oldest of the answers: no server may look fresher than it is."""
    places: dict[str, int] = field(default_factory=dict)
    stamp_id: int = 0
    moved_on: bool = False
    """Whether the stamp was there before and has yet to be renewed."""


def judge_versions(writing: Writing) -> None:
    """Judge every server's version anew against the releases."""
    fleet, released = known_fleet(writing), _released(writing)
    _store_standing(
        writing,
        fleet,
        {
            name: replace(standing, out_of_band=1 - standing.out_of_band)
            for name, standing in fleet.standing.items()
            if released.is_out_of_band(standing.version, standing.commit_id) != standing.out_of_band
        },
    )


def judge_custody(writing: Writing) -> None:
    """Judge every server's digest anew against the releases that were cut."""
    fleet, cut = known_fleet(writing), read_cut_releases(writing)
    judged = {name: _in_custody(standing, cut) for name, standing in fleet.standing.items()}
    _store_standing(writing, fleet, {name: new for name, new in judged.items() if new != fleet.standing[name]})


def _in_custody(standing: Standing, cut: CutReleases) -> Standing:
    custody = cut.custody_of(standing.version, standing.commit_id, standing.digest)
    return replace(standing, custody=custody.value)


def known_fleet(writing: Writing) -> Fleet:
    """Return what the cache has of every server."""

    def read() -> Fleet:
        standing = writing.execute(
            "SELECT name, server_id, position, zone, url, version, commit_id, health, reason, out_of_band, version_at,"
            " health_since, digest, custody FROM servers"
        )
        readings = writing.execute(
            "SELECT name, stamp_id, latency_s, metrics, metrics_at FROM readings JOIN servers USING (server_id)"
        )
        return Fleet(
            {row[0]: Standing(*row[1:]) for row in standing},
            {row[0]: Reading(row[1], row[2], json.loads(row[3]), row[4]) for row in readings},
        )

    fleet: Fleet = writing.recall("fleet", ("servers", "readings"), read)
    return fleet


def _settle(writing: Writing, round_: _Round, probes: Sequence[Probe], *, complete: bool) -> None:
    """Let servers that are gone leave, give each its place by zone and name, and find the stamp of the round."""
    fleet = known_fleet(writing)
    zones = {probe.server: probe.zone for probe in probes}
    if complete:
        _remove(writing, fleet, [name for name in fleet.standing if name not in zones])
    if probes:
        _choose_stamp(writing, round_, fleet, zones.keys())
    zones = {name: standing.zone for name, standing in fleet.standing.items()} | zones
    round_.places = {name: place for place, name in enumerate(sorted(zones, key=lambda name: (zones[name], name)))}
    moved = {
        name: replace(standing, position=round_.places[name])
        for name, standing in fleet.standing.items()
        if standing.position != round_.places[name]
    }
    _store_standing(writing, fleet, moved, moved=True)


def _choose_stamp(writing: Writing, round_: _Round, fleet: Fleet, names: Collection[str]) -> None:
    """Take the stamp that these servers share and no other has, or a new one."""
    stamps = {fleet.readings[name].stamp_id if name in fleet.readings else 0 for name in names}
    sharing = sum(reading.stamp_id in stamps for reading in fleet.readings.values())
    if len(stamps) == 1 and sharing == len(names):
        (round_.stamp_id,), round_.moved_on = stamps, True
    else:
        round_.stamp_id = new_stamp(writing, "servers", round_.oldest_us)


def _confirm(writing: Writing, round_: _Round) -> None:
    """Renew the stamp once every answer is stored; a crash before leaves servers older than they are."""
    if round_.moved_on:
        restamp(writing, round_.stamp_id, round_.oldest_us)
    else:
        unused = "kind = 'servers' AND stamp_id NOT IN (SELECT stamp_id FROM readings)"
        writing.execute(f"DELETE FROM stamps WHERE {unused}")


def _remove(writing: Writing, fleet: Fleet, names: Collection[str]) -> None:
    if not names:
        return
    writing.touch("servers", "readings", moved=True)
    ids = [(fleet.standing[name].server_id,) for name in names]
    writing.many("DELETE FROM servers WHERE server_id = ?", ids)
    writing.many("DELETE FROM readings WHERE server_id = ?", ids)
    for name in names:
        del fleet.standing[name]
        fleet.readings.pop(name, None)
        fleet.said.pop(name, None)


def _put_probes(writing: Writing, round_: _Round, probes: Sequence[Probe]) -> None:
    fleet = known_fleet(writing)
    new_words = [probe for probe in probes if fleet.said.get(probe.server) != _words_of(probe)]
    observed = _observed_before(writing) if new_words else {}
    released = _released(writing) if new_words else None
    cut = known_cut_releases(writing) if new_words else None
    standings, readings = {}, {}
    next_id = writing.next_id("servers")
    for probe in new_words:
        name, old = probe.server, fleet.standing.get(probe.server)
        old_reading = fleet.readings.get(name)
        seen_us = observed.get(old_reading.stamp_id, 0) if old_reading else 0
        standing = _standing(probe, old, seen_us, round_.places[name], next_id)
        if released is not None:
            out_of_band = released.is_out_of_band(standing.version, standing.commit_id)
            standing = replace(standing, out_of_band=int(out_of_band))
        if cut is not None:
            standing = _in_custody(standing, cut)
        next_id += old is None
        if standing != old:
            standings[name] = standing
        readings[name] = _reading(probe, old_reading, seen_us, round_.stamp_id)
        fleet.said[name] = _words_of(probe)
    for probe in probes:
        known = readings.get(probe.server) or fleet.readings[probe.server]
        if known.stamp_id != round_.stamp_id:
            readings[probe.server] = replace(known, stamp_id=round_.stamp_id)
    _note_transitions(writing, fleet, standings)
    _store_standing(writing, fleet, standings)
    _store_readings(writing, fleet, readings)


def _words_of(probe: Probe) -> Row:
    return (
        probe.zone, probe.url, probe.health, probe.reason, probe.version, probe.commit_id, probe.latency_s,
        probe.metrics, probe.digest,
    )  # fmt: skip


def _standing(probe: Probe, old: Standing | None, seen_us: int, position: int, new_id: int) -> Standing:
    observed_us = to_us(probe.observed_at)
    told = bool(probe.version)
    same_health = old is not None and old.health == probe.health.value
    return Standing(
        server_id=old.server_id if old else new_id,
        position=position,
        zone=probe.zone,
        url=probe.url,
        version=probe.version or (old.version if old else ""),
        commit_id=probe.commit_id or (old.commit_id if old and not told else ""),
        health=probe.health.value,
        reason=probe.reason,
        out_of_band=old.out_of_band if old else 0,
        version_at=None if told or old is None or not old.version else _own_time(old.version_at, seen_us),
        health_since=old.health_since if old and same_health else observed_us,
        digest=probe.digest or (old.digest if old and not told else ""),
        custody=old.custody if old else "",
    )


def _reading(probe: Probe, old: Reading | None, seen_us: int, stamp_id: int) -> Reading:
    if probe.metrics is not None:
        return Reading(stamp_id, probe.latency_s, dict(probe.metrics), None)
    if old is None:
        return Reading(stamp_id, probe.latency_s, {}, None)
    metrics_at = _own_time(old.metrics_at, seen_us) if old.metrics else None
    return Reading(stamp_id, probe.latency_s, old.metrics, metrics_at)


def _own_time(own_us: int | None, seen_us: int) -> int:
    return seen_us if own_us is None else own_us


def _observed_before(writing: Writing) -> dict[int, int]:
    return dict(writing.execute("SELECT stamp_id, observed_at FROM stamps WHERE kind = 'servers'"))


def _note_transitions(writing: Writing, fleet: Fleet, changed: Mapping[str, Standing]) -> None:
    rows = []
    for name, new in changed.items():
        old = fleet.standing.get(name)
        if old and (old.health, old.version) != (new.health, new.version):
            values = (old.health, new.health, old.version, new.version, new.reason, writing.revision)
            rows.append((name, writing.now_us, *values))
    if not rows:
        return
    writing.touch("transitions")
    writing.many(
        "INSERT INTO transitions (server, at, health_before, health, version_before, version, reason, revision)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    newest = "SELECT max(transition_id) FROM transitions"
    writing.execute(f"DELETE FROM transitions WHERE transition_id <= ({newest}) - ?", (TRANSITIONS_KEPT,))


def _store_standing(writing: Writing, fleet: Fleet, changed: Mapping[str, Standing], *, moved: bool = False) -> None:
    if not changed:
        return
    writing.touch("servers", moved=moved or any(name not in fleet.standing for name in changed))
    writing.many(
        f"INSERT OR REPLACE INTO servers VALUES ({', '.join('?' * 16)})",
        (_server_row(name, standing, writing.revision) for name, standing in changed.items()),
    )
    fleet.standing.update(changed)


def _server_row(name: str, standing: Standing, revision: int) -> Row:
    out_of_band = "out-of-band" if standing.out_of_band else ""
    commit_id = standing.commit_id
    words = fold(
        name,
        standing.zone,
        standing.version,
        commit_id[:ID_CHARACTERS],
        standing.health,
        standing.reason,
        out_of_band,
        standing.custody,
    )
    return (
        standing.server_id, standing.position, name, standing.zone, standing.url, standing.version, commit_id,
        standing.health, standing.reason, standing.out_of_band, standing.version_at, standing.health_since,
        words, revision, standing.digest, standing.custody,
    )  # fmt: skip


def _store_readings(writing: Writing, fleet: Fleet, changed: Mapping[str, Reading]) -> None:
    if not changed:
        return
    writing.touch("readings")
    if any(
        name not in fleet.readings or fleet.readings[name].stamp_id != new.stamp_id for name, new in changed.items()
    ):
        writing.touch("sightings", moved=True)
    writing.many(
        "INSERT OR REPLACE INTO readings VALUES (?, ?, ?, ?, ?, ?)",
        (
            (
                fleet.standing[name].server_id, reading.stamp_id, reading.latency_s, json.dumps(reading.metrics),
                reading.metrics_at, writing.revision,
            )
            for name, reading in changed.items()
        ),
    )  # fmt: skip
    fleet.readings.update(changed)


def _released(writing: Writing) -> ReleasedVersions:
    return ReleasedVersions(map(release_of, writing.execute("SELECT tag, commit_id, released_at FROM releases")))
