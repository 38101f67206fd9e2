"""Pane 4: which version runs where, and how well; one cell for each server while they fit."""

from collections import Counter
from collections.abc import Sequence

from cockpit.domain.fleet import Health, VersionShare
from cockpit.domain.overview import FleetSummary, Overview, ZoneSummary
from cockpit.ui.context import ScreenContext
from cockpit.ui.lines import BLANK, Line, Piece, fitted, flow, joined, line, width_of
from cockpit.ui.marks import HEALTH, OUT_OF_BAND, Mark
from cockpit.ui.moments import freshness_words, minute_of
from cockpit.ui.panes.pane import Pane

_OF_CELL = {"u": Health.UP, "f": Health.FAILING, "d": Health.DOWN, "?": Health.UNKNOWN}
_SHADES = (("█", "accent"), ("▓", "strong"), ("▒", "muted"), ("░", "muted"))
_OUT_OF_BAND_SHADE = ("◆", "warn")
_WORST_FIRST = (Health.DOWN, Health.FAILING, Health.UNKNOWN, Health.UP)


class RolloutPane(Pane):
    """Version mix and health of the fleet."""

    def title(self, overview: Overview) -> Line:
        """The version that most servers run, trouble, freshness."""
        fleet, now = overview.fleet, self.context.clock()
        if not fleet.total:
            return line(("no servers", "muted"))
        trouble = [line((f"{count} {HEALTH[health].word}", HEALTH[health].slot)) for health, count in _unwell(fleet)]
        return joined([_leading(fleet), *trouble, line(freshness_words(fleet.freshness, now, minute_of(now)))])

    def lines(self, overview: Overview, width: int, height: int) -> Sequence[Line]:
        """Bar, legend, then the zones."""
        if not overview.fleet.total:
            return _no_servers(self.context)
        return fleet_lines(overview.fleet, width - 1, height)


def fleet_lines(fleet: FleetSummary, width: int, height: int) -> list[Line]:
    """Return bar, legend and zones on `height` lines: a cell for each server if they fit, else a bar for each zone."""
    head = [line(" ", _bar(fleet, width - 1)), *_legend(fleet, width)][: max(1, height // 2)]
    lines = [*head, *_zone_lines(fleet, width, max(1, height - len(head)))]
    return [fitted(shown, width) for shown in lines]


def _zone_lines(fleet: FleetSummary, width: int, room: int) -> list[Line]:
    for zones in (_zones_apart(fleet, width), _zones_together(fleet.zones, width)):
        if zones and len(zones) <= room:
            return [BLANK, *zones] if len(zones) < room else zones
    return _zone_bars(fleet.zones, width, room)


def cell_mark(cell: str) -> Mark:
    """Return the mark of one character of `ZoneSummary.cells`; health speaks before version."""
    health = _OF_CELL.get(cell.lower(), Health.UNKNOWN)
    return OUT_OF_BAND if cell.isupper() and health is Health.UP else HEALTH[health]


def _no_servers(context: ScreenContext) -> list[Line]:
    if context.servers_configured:
        return [line((" No server has been asked yet; the agent is on its way.", "muted"))]
    return [
        line((" No servers are configured.", "muted")),
        line(
            (" Name them in cockpit.toml under ", "muted"),
            ("[servers.zones]", "accent"),
            (", then: cockpit check", "muted"),
        ),
    ]


def _leading(fleet: FleetSummary) -> Line:
    first = fleet.versions[0] if fleet.versions else VersionShare("", fleet.total, out_of_band=False)
    return line((first.version or "version unknown", "strong"), f" {first.servers}/{fleet.total}")


def _unwell(fleet: FleetSummary) -> list[tuple[Health, int]]:
    counts = dict(fleet.by_health)
    return [(health, counts[health]) for health in _WORST_FIRST[:3] if counts.get(health)]


def _bar(fleet: FleetSummary, width: int) -> Line:
    """Every version gets its share and at least one cell."""
    lengths = _shares([share.servers for share in fleet.versions], max(1, width))
    return tuple(
        Piece(shade[0] * length, shade[1]) for shade, length in zip(_shades(fleet.versions), lengths, strict=True)
    )


def _shades(versions: Sequence[VersionShare]) -> list[tuple[str, str]]:
    shades, next_plain = [], 0
    for share in versions:
        if share.out_of_band:
            shades.append(_OUT_OF_BAND_SHADE)
            continue
        shades.append(_SHADES[min(next_plain, len(_SHADES) - 1)] if share.version else ("?", "warn"))
        next_plain += bool(share.version)
    return shades


def _shares(counts: Sequence[int], width: int) -> list[int]:
    """Cut `width` in proportion to `counts`, nothing below one, the largest taking what rounding leaves."""
    shown = list(counts[:width])
    total = sum(shown) or 1
    lengths = [max(1, count * width // total) for count in shown]
    if lengths:
        largest = lengths.index(max(lengths))
        lengths[largest] = max(1, lengths[largest] + width - sum(lengths))
    return lengths + [0] * (len(counts) - len(shown))


def _legend(fleet: FleetSummary, width: int) -> list[Line]:
    groups = []
    for share, (sign, slot) in zip(fleet.versions, _shades(fleet.versions), strict=True):
        word = " out-of-band" if share.out_of_band else ""
        groups.append(
            line((sign, slot), f" {share.version or 'unknown'} ", (str(share.servers), "strong"), (word, "warn"))
        )
    versions = flow(groups, width - 1)[:2]
    counts = dict(fleet.by_health)
    health = [
        line((HEALTH[state].sign, HEALTH[state].slot), f" {counts.get(state, 0)} ", (HEALTH[state].word, "muted"))
        for state in reversed(_WORST_FIRST)
        if counts.get(state) or state is Health.UP
    ]
    together = flow([*groups, line(("│", "muted")), *health], width - 1)
    lines = together if len(together) == 1 else [*versions, *flow(health, width - 1)]
    return [line(" ", shown) for shown in lines]


def _cells(zone: ZoneSummary, start: int, end: int) -> Line:
    """Neighbours with one look become one piece."""
    pieces: list[Piece] = []
    for cell in zone.cells[start:end]:
        mark = cell_mark(cell)
        if pieces and pieces[-1].slot == mark.slot:
            pieces[-1] = Piece(pieces[-1].text + mark.sign, mark.slot)
        else:
            pieces.append(Piece(mark.sign, mark.slot))
    return tuple(pieces)


def _zones_apart(fleet: FleetSummary, width: int) -> list[Line]:
    """One zone begins on each line; what runs there stands behind its cells where there is room."""
    label = _label_width(fleet.zones, width)
    step = max(1, width - label - 2)
    longest = min(step, max((len(zone.cells) for zone in fleet.zones), default=0))
    lines: list[Line] = []
    for zone in fleet.zones:
        for start in range(0, max(1, len(zone.cells)), step):
            name = _label(zone.zone, label) if start == 0 else line(" " * (label + 2))
            cells = _cells(zone, start, start + step)
            said = _zone_words(fleet, zone) if start == 0 else BLANK
            room = width - label - 2 - longest - 2
            gap = " " * (longest + 2 - width_of(cells))
            lines.append(line(name, cells, gap, said) if width_of(said) <= room else line(name, cells))
    return lines


def _zone_words(fleet: FleetSummary, zone: ZoneSummary) -> Line:
    """How many are up, and how many run which version."""
    up = sum(1 for cell in zone.cells if cell.lower() == "u")
    count = len(zone.cells)
    shades = _shades(fleet.versions)
    running = [
        line(shades[index], f" {fleet.versions[index].version or 'unknown'} ", (str(servers), "muted"))
        for index, servers in Counter(zone.versions).most_common()
        if index < len(fleet.versions)
    ]
    return joined([line((f"{up}/{count} up", "" if up == count else "bad")), *running])


def _zones_together(zones: Sequence[ZoneSummary], width: int) -> list[Line]:
    """Several zones on a line; nothing when one of them is too long for that."""
    groups = [line((f"{zone.zone} ", "muted"), _cells(zone, 0, len(zone.cells))) for zone in zones]
    if any(width_of(group) > width - 1 for group in groups):
        return []
    return [line(" ", shown) for shown in flow(groups, width - 1)]


def _zone_bars(zones: Sequence[ZoneSummary], width: int, room: int) -> list[Line]:
    """A bar and counts for each zone; where zones are too many, those with trouble come first."""
    shown, hidden = list(zones), 0
    if len(shown) > room:
        shown.sort(key=lambda zone: -sum(1 for cell in zone.cells if cell.lower() != "u"))
        hidden = len(shown) - (room - 1)
        shown = shown[: room - 1]
    label = _label_width(zones, width)
    largest = max((len(zone.cells) for zone in zones), default=1)
    lines = [_zone_bar(zone, label, width, largest) for zone in shown]
    if hidden:
        lines.append(line((f" and {hidden} more zones: Enter lists every server", "muted")))
    return lines


def _zone_bar(zone: ZoneSummary, label: int, width: int, largest: int) -> Line:
    counts = Counter(_OF_CELL.get(cell.lower(), Health.UNKNOWN) for cell in zone.cells)
    words = [
        line((f"{counts[health]} {HEALTH[health].word}", HEALTH[health].slot))
        for health in _WORST_FIRST
        if counts[health]
    ]
    odd = sum(1 for cell in zone.cells if cell.isupper())
    if odd:
        words.append(line((f"{odd} {OUT_OF_BAND.word}", OUT_OF_BAND.slot)))
    present = [health for health in reversed(_WORST_FIRST) if counts[health]]
    room = max(len(present), (width - label - 2) // 2 * len(zone.cells) // max(1, largest))
    lengths = _shares([counts[health] for health in present], room)
    bar = tuple(
        Piece(HEALTH[health].sign * length, HEALTH[health].slot)
        for health, length in zip(present, lengths, strict=True)
    )
    return line(_label(zone.zone, label), bar, "  ", joined(words))


def _label_width(zones: Sequence[ZoneSummary], width: int) -> int:
    return min(max((len(zone.zone) for zone in zones), default=0), max(4, width // 4))


def _label(name: str, width: int) -> Line:
    short = fitted(line(name or "no zone"), width)
    return line(" ", short, " " * max(1, width + 1 - width_of(short)))
