"""The fleet as one character for each server, kept in memory and moved on by what changed."""

import sqlite3
from collections import Counter
from collections.abc import Iterable

from cockpit.cache.freshness_of import Stamps
from cockpit.domain.fleet import Health, VersionShare
from cockpit.domain.overview import FleetSummary, ZoneSummary

_LETTERS = {"up": "u", "failing": "f", "down": "d", "unknown": "?"}
_HEALTHS = ((Health.UP, "u"), (Health.FAILING, "f"), (Health.DOWN, "d"), (Health.UNKNOWN, "?"))
_BEYOND = 255

_COLUMNS = "position, zone, version, health, out_of_band"


class FleetCells:
    """What is shown of every server at a glance; lists are indexed by position."""

    def __init__(self) -> None:
        self._revision: int = -1
        self._sighted: int = -1
        self._zones: list[tuple[str, int, int]] = []
        self._letters: list[str] = []
        self._versions: list[tuple[str, bool]] = []
        self._stamp_ids: list[int] = []
        self._counts: Counter[tuple[str, bool]] = Counter()
        self._shares: tuple[VersionShare, ...] = ()
        self._rank_of: dict[tuple[str, bool], int] = {}
        self._ranks = bytearray()

    def move_on(self, connection: sqlite3.Connection, *, several_stamps: bool) -> None:
        """Read what changed since the last time, or everything when servers came, went or moved.

        Which stamp each server has matters only while there are several.
        """
        rows = connection.execute("SELECT name, revision, shape FROM tables WHERE name IN ('servers', 'sightings')")
        tables = {row[0]: row[1:] for row in rows.fetchall()}
        revision, shape = tables["servers"]
        if shape > self._revision or self._revision < 0:
            self._read_all(connection)
        elif revision > self._revision:
            self._read_changed(connection)
        if several_stamps and (tables["sightings"][0] != self._sighted or shape > self._revision):
            self._read_sightings(connection)
            self._sighted = tables["sightings"][0]
        self._revision = revision

    def summary(self, stamps: Stamps, now_us: int) -> FleetSummary:
        """Return counts and cells as they are at `now_us`; servers whose answer has expired are unknown."""
        cells = self._cells_at(stamps, now_us)
        lower = cells.lower()
        return FleetSummary(
            total=len(cells),
            by_health=tuple((health, lower.count(letter)) for health, letter in _HEALTHS),
            versions=self._shares,
            zones=tuple(self._zone_summaries(cells)),
            out_of_band=sum(share.servers for share in self._shares if share.out_of_band),
            freshness=stamps.of_fleet(),
        )

    def _read_all(self, connection: sqlite3.Connection) -> None:
        zones, letters, versions = [], [], []
        one_for_all: dict[tuple[str, bool], tuple[str, bool]] = {}
        # Row by row, and each version once: thousands of copies of a few texts would be half a megabyte.
        for _, zone, version, health, out_of_band in connection.execute(
            f"SELECT {_COLUMNS} FROM servers ORDER BY position"
        ):
            zones.append(zone)
            letters.append(_letter(health, out_of_band))
            runs = version, bool(out_of_band)
            versions.append(one_for_all.setdefault(runs, runs))
        self._zones, self._letters, self._versions = _stretches(zones), letters, versions
        self._counts = Counter(self._versions)
        self._rank()
        self._ranks = bytearray(map(self._rank_of.__getitem__, self._versions))

    def _read_changed(self, connection: sqlite3.Connection) -> None:
        rows = connection.execute(f"SELECT {_COLUMNS} FROM servers WHERE revision > ?", (self._revision,)).fetchall()
        moved = []
        for position, _, version, health, out_of_band in rows:
            self._letters[position] = _letter(health, out_of_band)
            before, now = self._versions[position], (version, bool(out_of_band))
            if before != now:
                self._versions[position] = now
                self._counts[before] -= 1
                self._counts[now] += 1
                moved.append(position)
        if moved:
            self._rank_again(moved)

    def _read_sightings(self, connection: sqlite3.Connection) -> None:
        rows = connection.execute("SELECT stamp_id FROM servers JOIN readings USING (server_id) ORDER BY position")
        self._stamp_ids = [stamp_id for (stamp_id,) in rows.fetchall()]

    def _rank_again(self, moved: list[int]) -> None:
        """Thousands of servers keep their version's place while a few change theirs."""
        before = self._rank_of
        self._rank()
        if all(self._rank_of.get(version, rank) == rank for version, rank in before.items()):
            for position in moved:
                self._ranks[position] = self._rank_of[self._versions[position]]
        else:
            self._ranks = bytearray(map(self._rank_of.__getitem__, self._versions))

    def _rank(self) -> None:
        """Give each version its place by the number of servers that run it."""
        self._counts = +self._counts
        counted = sorted(self._counts.items(), key=lambda share: (-share[1], share[0]))
        self._shares = tuple(VersionShare(version, count, band) for (version, band), count in counted)
        self._rank_of = {share[0]: min(rank, _BEYOND) for rank, share in enumerate(counted)}

    def _cells_at(self, stamps: Stamps, now_us: int) -> str:
        expired = {stamp_id for stamp_id, span in stamps.of_servers.items() if span[1] <= now_us}
        known = stamps.of_servers.keys() - expired
        if not expired:
            return "".join(self._letters)
        if not known:
            return "?" * len(self._letters)
        return "".join(
            letter if stamp_id in known else "?"
            for letter, stamp_id in zip(self._letters, self._stamp_ids, strict=True)
        )

    def _zone_summaries(self, cells: str) -> list[ZoneSummary]:
        return [
            ZoneSummary(zone, first, cells[first:end], bytes(self._ranks[first:end]))
            for zone, first, end in self._zones
        ]


def _stretches(zones: Iterable[str]) -> list[tuple[str, int, int]]:
    """Return every zone with its first position and the one behind its last: its servers stand side by side."""
    stretches, first = [], 0
    for zone, count in Counter(zones).items():
        stretches.append((zone, first, first + count))
        first += count
    return stretches


def _letter(health: str, out_of_band: int) -> str:
    letter = _LETTERS.get(health, "?")
    return letter.upper() if out_of_band else letter
