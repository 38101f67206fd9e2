"""Servers by zone: a cell for each while they fit, else a bar for each zone."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

from cockpit.domain.fleet import Health
from cockpit.ui.lines import BLANK, Line, Piece, fitted, joined, line, width_of
from cockpit.ui.marks import HEALTH, OUT_OF_BAND, Mark

WORST_FIRST = (Health.DOWN, Health.FAILING, Health.UNKNOWN, Health.UP)
BLOCK = 10
"""Cells that stand together, so that they can be counted."""

_OF_CELL = {"u": Health.UP, "f": Health.FAILING, "d": Health.DOWN, "?": Health.UNKNOWN}
_RUN = re.compile(r"(\S)(?:\1| )*")
_BETWEEN = 3
"""Empty cells between two zones on one line."""


class Zone(Protocol):
    """Servers that stand together, one character for each."""

    @property
    def zone(self) -> str:
        """Its name."""

    @property
    def cells(self) -> str:
        """One character for each server, in name order."""


Shown = TypeVar("Shown", bound=Zone)


class CellGroup(NamedTuple):
    """Servers that a bar counts together."""

    letters: str
    mark: Mark
    bar: str
    """What the bar is made of."""
    told: bool
    """Whether their number is said beside the bar."""


class CellLook:
    """What the characters of cells mean, and how they look."""

    def __init__(
        self,
        marks: Mapping[str, Mark],
        groups: Sequence[CellGroup],
        *,
        well: str,
        slot_of: Callable[[str], str],
        urgent: str = "",
        asides: Sequence[CellGroup] = (),
    ) -> None:
        """`groups` are the best first; those of `asides` are counted again, beside the bar alone.

        `well` are the characters of servers that are as they should be; `slot_of` says how their share is painted.
        Of zones that find no room those with characters of `urgent` stay first, the first character the most.
        """
        self.groups = groups
        self.asides = asides
        self.well = well
        self.slot_of = slot_of
        self._urgent = urgent
        self._signs = str.maketrans({letter: mark.sign for letter, mark in marks.items()})
        self._slots = {mark.sign: mark.slot for mark in marks.values()}

    def share(self, cells: str) -> int:
        """Return how many are as they should be."""
        return sum(cells.count(letter) for letter in self.well)

    def rank(self, cells: str) -> tuple[int, ...]:
        """Return where a zone stands among others, the most urgent first."""
        return *(-cells.count(letter) for letter in self._urgent), self.share(cells) - len(cells)

    def line(self, cells: str) -> Line:
        """Return the cells in blocks; neighbours with one look become one piece."""
        blocks = " ".join(cells[at : at + BLOCK] for at in range(0, len(cells), BLOCK)).translate(self._signs)
        return tuple(Piece(run[0], self._slots.get(run[1], "warn")) for run in _RUN.finditer(blocks))


def cell_mark(cell: str) -> Mark:
    """Return the mark of one character of `ZoneSummary.cells`; health speaks before version."""
    health = _OF_CELL.get(cell.lower(), Health.UNKNOWN)
    return OUT_OF_BAND if cell.isupper() and health is Health.UP else HEALTH[health]


_MARKS = {cell: cell_mark(cell) for lower in _OF_CELL for cell in (lower, lower.upper())}


def _health_slot(cells: str) -> str:
    """Servers that are silent are not known to be down."""
    if cells.count("u") + cells.count("U") == len(cells):
        return "muted"
    return "bad" if any(cell in cells for cell in "dDfF") else "warn"


HEALTH_LOOK = CellLook(
    _MARKS,
    [
        CellGroup(
            "".join({cell, cell.upper()}),
            HEALTH[_OF_CELL[cell]],
            # A bar tells shares; the sign of a server that is up would look like so many servers.
            "■" if cell == "u" else HEALTH[_OF_CELL[cell]].sign,
            told=cell != "u",
        )
        for cell in "u?fd"
    ],
    well="uU",
    slot_of=_health_slot,
    asides=[CellGroup("UFD", OUT_OF_BAND, "", told=True)],
)


class _Prefix(NamedTuple):
    """Widths of the two columns before the cells."""

    name: int
    share: int

    @property
    def width(self) -> int:
        """Cells before the first server."""
        return self.name + self.share + 4


def zone_lines(
    zones: Sequence[Shown], look: CellLook, width: int, room: int, says: Callable[[Shown], Line]
) -> list[Line]:
    """Return the zones on at most `room` lines: each for itself, side by side, or as bars."""
    return _Zones(zones, look, width, says).lines(room)


def shares(counts: Sequence[int], width: int) -> list[int]:
    """Cut `width` in proportion to `counts`, nothing below one, the largest taking what rounding leaves."""
    shown = list(counts[:width])
    total = sum(shown) or 1
    lengths = [max(1, count * width // total) for count in shown]
    if lengths:
        largest = lengths.index(max(lengths))
        lengths[largest] = max(1, lengths[largest] + width - sum(lengths))
    return lengths + [0] * (len(counts) - len(shown))


def least_lines(zones: Sequence[Shown], look: CellLook, width: int) -> int:
    """Return on how few lines all zones can be shown."""
    return _Zones(zones, look, width, lambda _zone: BLANK).least()


class _Zones(Generic[Shown]):
    """Zones on lines of one width; `says` tells what is to be said of a zone beside its servers."""

    def __init__(self, zones: Sequence[Shown], look: CellLook, width: int, says: Callable[[Shown], Line]) -> None:
        self._zones = zones
        self._look = look
        self._width = width
        self._says = says
        name = max((width_of(line(zone.zone or "no zone")) for zone in zones), default=0)
        share = max((len(self._share(zone)) for zone in zones), default=0)
        self._prefix = _Prefix(min(name, max(4, width // 4)), share)

    def lines(self, room: int) -> list[Line]:
        """Return them on at most `room` lines."""
        if self._lines_apart() <= room:
            return self._apart()
        abreast = self._abreast()
        if abreast and -(-len(self._zones) // abreast) <= room:
            return self._side_by_side(abreast)
        return self._bars(room)

    def least(self) -> int:
        """Return on how few lines all of them fit."""
        return -(-len(self._zones) // max(1, self._abreast()))

    def _share(self, zone: Shown) -> str:
        return f"{self._look.share(zone.cells)}/{len(zone.cells)}"

    def _head(self, zone: Shown) -> Line:
        prefix = self._prefix
        short = fitted(line(zone.zone or "no zone"), prefix.name)
        share = (self._share(zone).rjust(prefix.share), self._look.slot_of(zone.cells))
        return line(" ", short, " " * (prefix.name - width_of(short) + 1), share, "  ")

    def _step(self) -> int:
        """How many servers fit on one line, in whole blocks."""
        return max(1, (self._width - self._prefix.width + 1) // (BLOCK + 1)) * BLOCK

    def _lines_apart(self) -> int:
        step = self._step()
        return sum(max(1, -(-len(zone.cells) // step)) for zone in self._zones)

    def _apart(self) -> list[Line]:
        """Each zone begins on a line of its own; what is said of it stands behind its cells where there is room."""
        step, width, before = self._step(), self._width, self._prefix.width
        longest = _room_of(min(step, max((len(zone.cells) for zone in self._zones), default=0)))
        lines: list[Line] = []
        for zone in self._zones:
            first, *more = [zone.cells[at : at + step] for at in range(0, len(zone.cells), step)] or [""]
            said = self._says(zone)
            fits = width_of(said) <= width - before - longest - _BETWEEN
            gap = " " * (longest - _room_of(len(first)) + _BETWEEN)
            lines.append(line(self._head(zone), self._look.line(first), gap if fits else "", said if fits else BLANK))
            lines += [line(" " * before, self._look.line(cells)) for cells in more]
        return lines

    def _abreast(self) -> int:
        """How many zones fit side by side; 0 when one alone is too long for a line."""
        longest = max((len(zone.cells) for zone in self._zones), default=0)
        return (self._width + _BETWEEN) // (self._prefix.width + _room_of(longest) + _BETWEEN)

    def _side_by_side(self, abreast: int) -> list[Line]:
        longest = _room_of(max(len(zone.cells) for zone in self._zones))
        lines: list[Line] = []
        for at in range(0, len(self._zones), abreast):
            parts = [
                line(
                    self._head(zone),
                    self._look.line(zone.cells),
                    " " * (longest - _room_of(len(zone.cells)) + _BETWEEN),
                )
                for zone in self._zones[at : at + abreast]
            ]
            lines.append(line(*parts))
        return lines

    def _bars(self, room: int) -> list[Line]:
        """A bar for each zone; where zones are too many, those with trouble come first."""
        shown, hidden = list(self._zones), 0
        if len(shown) > room:
            shown.sort(key=lambda zone: self._look.rank(zone.cells))
            hidden = len(shown) - (room - 1)
            shown = shown[: room - 1]
        largest = max((len(zone.cells) for zone in self._zones), default=1)
        lines = [self._bar(zone, largest) for zone in shown]
        if hidden:
            lines.append(line((f" and {hidden} more zones: Enter lists every server", "muted")))
        return lines

    def _bar(self, zone: Shown, largest: int) -> Line:
        counts = {group: _count(zone, group) for group in self._look.groups}
        present = [group for group in self._look.groups if counts[group]]
        full = max(8, (self._width - self._prefix.width) // 2)
        lengths = shares([counts[group] for group in present], max(len(present), full * len(zone.cells) // largest))
        bar = line(*((group.bar * length, group.mark.slot) for group, length in zip(present, lengths, strict=True)))
        told = [group for group in reversed(self._look.groups) if group.told]
        trouble = [
            line((f"{count} {group.mark.word}", group.mark.slot))
            for group in (*told, *self._look.asides)
            if (count := _count(zone, group))
        ]
        return line(self._head(zone), bar, " " * (full - width_of(bar) + 2), joined([*trouble, self._says(zone)]))


def _count(zone: Zone, group: CellGroup) -> int:
    return sum(zone.cells.count(letter) for letter in group.letters)


def _room_of(cells: int) -> int:
    """How wide so many servers are in blocks."""
    return cells + max(0, cells - 1) // BLOCK
