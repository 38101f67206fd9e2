"""The zones of the fleet: a cell for each server while they fit, else a bar for each zone."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from cockpit.domain.fleet import Health
from cockpit.domain.overview import FleetSummary, ZoneSummary
from cockpit.ui.lines import BLANK, Line, Piece, fitted, joined, line, width_of
from cockpit.ui.marks import HEALTH, OUT_OF_BAND, Mark

WORST_FIRST = (Health.DOWN, Health.FAILING, Health.UNKNOWN, Health.UP)
BLOCK = 10
"""Cells that stand together, so that they can be counted."""

_OF_CELL = {"u": Health.UP, "f": Health.FAILING, "d": Health.DOWN, "?": Health.UNKNOWN}
_RUN = re.compile(r"(\S)(?:\1| )*")
_BETWEEN = 3
"""Empty cells between two zones on one line."""
_BAR_OF = {**{health: mark.sign for health, mark in HEALTH.items()}, Health.UP: "■"}
"""A bar tells shares; the sign of a server that is up would look like so many servers."""

Versions = Callable[[ZoneSummary], Line]
"""Says what runs in a zone."""


def cell_mark(cell: str) -> Mark:
    """Return the mark of one character of `ZoneSummary.cells`; health speaks before version."""
    health = _OF_CELL.get(cell.lower(), Health.UNKNOWN)
    return OUT_OF_BAND if cell.isupper() and health is Health.UP else HEALTH[health]


_MARKS = {cell: cell_mark(cell) for lower in _OF_CELL for cell in (lower, lower.upper())}
_SIGNS = str.maketrans({cell: mark.sign for cell, mark in _MARKS.items()})
_SLOTS = {mark.sign: mark.slot for mark in _MARKS.values()}


class _Prefix(NamedTuple):
    """Widths of the two columns before the cells."""

    name: int
    share: int

    @property
    def width(self) -> int:
        """Cells before the first server."""
        return self.name + self.share + 4


def zone_lines(fleet: FleetSummary, width: int, room: int, versions: Versions) -> list[Line]:
    """Return the zones on at most `room` lines: each for itself, side by side, or as bars."""
    zones, prefix = fleet.zones, _prefix(fleet.zones, width)
    if _lines_apart(zones, prefix, width) <= room:
        return _apart(zones, prefix, width, versions)
    abreast = _abreast(zones, prefix, width)
    if abreast and -(-len(zones) // abreast) <= room:
        return _side_by_side(zones, prefix, abreast)
    return _bars(zones, prefix, width, room, versions)


def shares(counts: Sequence[int], width: int) -> list[int]:
    """Cut `width` in proportion to `counts`, nothing below one, the largest taking what rounding leaves."""
    shown = list(counts[:width])
    total = sum(shown) or 1
    lengths = [max(1, count * width // total) for count in shown]
    if lengths:
        largest = lengths.index(max(lengths))
        lengths[largest] = max(1, lengths[largest] + width - sum(lengths))
    return lengths + [0] * (len(counts) - len(shown))


def _prefix(zones: Sequence[ZoneSummary], width: int) -> _Prefix:
    name = max((width_of(line(zone.zone or "no zone")) for zone in zones), default=0)
    share = max((len(_share_up(zone)) for zone in zones), default=0)
    return _Prefix(min(name, max(4, width // 4)), share)


def _share_up(zone: ZoneSummary) -> str:
    return f"{_up(zone)}/{len(zone.cells)}"


def _up(zone: ZoneSummary) -> int:
    return zone.cells.count("u") + zone.cells.count("U")


def _head(zone: ZoneSummary, prefix: _Prefix) -> Line:
    short = fitted(line(zone.zone or "no zone"), prefix.name)
    share = (_share_up(zone).rjust(prefix.share), _worst_slot(zone))
    return line(" ", short, " " * (prefix.name - width_of(short) + 1), share, "  ")


def _worst_slot(zone: ZoneSummary) -> str:
    """Servers that are silent are not known to be down."""
    if _up(zone) == len(zone.cells):
        return "muted"
    return "bad" if any(cell in zone.cells for cell in "dDfF") else "warn"


def _cells(cells: str) -> Line:
    """Neighbours with one look become one piece."""
    blocks = " ".join(cells[at : at + BLOCK] for at in range(0, len(cells), BLOCK)).translate(_SIGNS)
    return tuple(Piece(run[0], _SLOTS.get(run[1], "warn")) for run in _RUN.finditer(blocks))


def _room_of(cells: int) -> int:
    """How wide so many servers are in blocks."""
    return cells + max(0, cells - 1) // BLOCK


def _step(prefix: _Prefix, width: int) -> int:
    """How many servers fit on one line, in whole blocks."""
    return max(1, (width - prefix.width + 1) // (BLOCK + 1)) * BLOCK


def _lines_apart(zones: Sequence[ZoneSummary], prefix: _Prefix, width: int) -> int:
    step = _step(prefix, width)
    return sum(max(1, -(-len(zone.cells) // step)) for zone in zones)


def _apart(zones: Sequence[ZoneSummary], prefix: _Prefix, width: int, versions: Versions) -> list[Line]:
    """Each zone begins on a line of its own; what runs there stands behind its cells where there is room."""
    step = _step(prefix, width)
    longest = _room_of(min(step, max((len(zone.cells) for zone in zones), default=0)))
    lines: list[Line] = []
    for zone in zones:
        first, *more = [zone.cells[at : at + step] for at in range(0, len(zone.cells), step)] or [""]
        said = versions(zone)
        fits = width_of(said) <= width - prefix.width - longest - _BETWEEN
        gap = " " * (longest - _room_of(len(first)) + _BETWEEN)
        lines.append(line(_head(zone, prefix), _cells(first), gap if fits else "", said if fits else BLANK))
        lines += [line(" " * prefix.width, _cells(cells)) for cells in more]
    return lines


def _abreast(zones: Sequence[ZoneSummary], prefix: _Prefix, width: int) -> int:
    """How many zones fit side by side; 0 when one alone is too long for a line."""
    longest = max((len(zone.cells) for zone in zones), default=0)
    return (width + _BETWEEN) // (prefix.width + _room_of(longest) + _BETWEEN)


def _side_by_side(zones: Sequence[ZoneSummary], prefix: _Prefix, abreast: int) -> list[Line]:
    longest = _room_of(max(len(zone.cells) for zone in zones))
    lines: list[Line] = []
    for at in range(0, len(zones), abreast):
        parts = [
            line(_head(zone, prefix), _cells(zone.cells), " " * (longest - _room_of(len(zone.cells)) + _BETWEEN))
            for zone in zones[at : at + abreast]
        ]
        lines.append(line(*parts))
    return lines


def _bars(zones: Sequence[ZoneSummary], prefix: _Prefix, width: int, room: int, versions: Versions) -> list[Line]:
    """A bar for each zone; where zones are too many, those with trouble come first."""
    shown, hidden = list(zones), 0
    if len(shown) > room:
        shown.sort(key=lambda zone: _up(zone) - len(zone.cells))
        hidden = len(shown) - (room - 1)
        shown = shown[: room - 1]
    largest = max((len(zone.cells) for zone in zones), default=1)
    lines = [_bar(zone, prefix, width, largest, versions) for zone in shown]
    if hidden:
        lines.append(line((f" and {hidden} more zones: Enter lists every server", "muted")))
    return lines


def _bar(zone: ZoneSummary, prefix: _Prefix, width: int, largest: int, versions: Versions) -> Line:
    counts = {
        health: sum(zone.cells.count(known) for known in {cell, cell.upper()}) for cell, health in _OF_CELL.items()
    }
    present = [health for health in reversed(WORST_FIRST) if counts[health]]
    full = max(8, (width - prefix.width) // 2)
    lengths = shares([counts[health] for health in present], max(len(present), full * len(zone.cells) // largest))
    bar = line(*((_BAR_OF[h] * length, HEALTH[h].slot) for h, length in zip(present, lengths, strict=True)))
    trouble = [line((f"{counts[h]} {HEALTH[h].word}", HEALTH[h].slot)) for h in WORST_FIRST[:3] if counts[h]]
    odd = sum(zone.cells.count(cell) for cell in "UFD")
    if odd:
        trouble.append(line((f"{odd} {OUT_OF_BAND.word}", OUT_OF_BAND.slot)))
    return line(_head(zone, prefix), bar, " " * (full - width_of(bar) + 2), joined([*trouble, versions(zone)]))
