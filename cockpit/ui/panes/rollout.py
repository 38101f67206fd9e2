"""Pane 4: the rollout while there is one; else which version runs where, and how well."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from cockpit.domain.fleet import Health, VersionShare
from cockpit.domain.overview import FleetSummary, Overview, ZoneSummary
from cockpit.ui.lines import BLANK, Line, Piece, fitted, flow, line
from cockpit.ui.marks import HEALTH
from cockpit.ui.panes.pane import Pane, unread
from cockpit.ui.panes.titles import aging_title
from cockpit.ui.panes.zones import HEALTH_LOOK, WORST_FIRST, shares, zone_lines
from cockpit.ui.rollout_now import shown_view

_SHADES = (("█", "accent"), ("▓", "strong"), ("▒", "muted"), ("░", "muted"))
_OUT_OF_BAND_SHADE = ("◆", "warn")
_VERSIONS_TOLD = 3


class RolloutPane(Pane):
    """Version mix and health of the fleet."""

    def title(self, overview: Overview) -> Line:
        """The rollout and where it stands; else the version that most servers run, trouble, freshness."""
        view = shown_view(overview, self.context.clock())
        if view is not None:
            from cockpit.ui.panes.rollout_lines import title

            return title(view, self.context)
        fleet = overview.fleet
        if not fleet.total:
            return line(("not read yet" if overview.terms.servers_configured else "no servers", "muted"))
        trouble = [line((f"{count} {HEALTH[health].word}", HEALTH[health].slot)) for health, count in _unwell(fleet)]
        return aging_title(_leading(fleet), trouble, fleet.freshness, overview, self.context.clock())

    def lines(self, overview: Overview, width: int, height: int) -> Sequence[Line]:
        """Bar, legend, then the zones."""
        view = shown_view(overview, self.context.clock())
        if view is not None:
            from cockpit.ui.panes.rollout_lines import rollout_lines

            return rollout_lines(view, self.context, width - 1, height)
        if not overview.fleet.total:
            return _no_servers(overview)
        return fleet_lines(overview.fleet, width - 1, height)


def lines_wanted(overview: Overview, now: datetime) -> int:
    """Return how many lines show this well, whatever their width: bar, legend, a gap, and the zones."""
    view, fleet = shown_view(overview, now), overview.fleet
    if view is not None:
        from cockpit.ui.panes import rollout_lines

        return rollout_lines.lines_wanted(view)
    return 4 + sum(1 + len(zone.cells) // 50 for zone in fleet.zones)


def fleet_lines(fleet: FleetSummary, width: int, height: int) -> list[Line]:
    """Return bar, legend and zones on `height` lines: a cell for each server if they fit, else a bar for each zone."""
    head = [line(" ", _bar(fleet, width - 1)), *_legend(fleet, width)][: max(1, height // 2)]
    room, shades = max(1, height - len(head)), _shades(fleet.versions)
    zones = zone_lines(fleet.zones, HEALTH_LOOK, width, room, lambda zone: _versions_in(fleet, zone, shades))
    gap = [BLANK] if len(zones) < room else []
    return [fitted(shown, width) for shown in (*head, *gap, *zones)]


def _no_servers(overview: Overview) -> list[Line]:
    if not overview.terms.servers_configured:
        return [
            line((" No servers are configured.", "muted")),
            line(
                (" Name them in cockpit.toml under ", "muted"),
                ("[servers.zones]", "accent"),
                (", then: cockpit check", "muted"),
            ),
        ]
    return unread(
        overview,
        "servers",
        "No server has answered yet; the agent asks them.",
        "No server has been asked yet: no agent is at work.",
    )


def _leading(fleet: FleetSummary) -> Line:
    first = fleet.versions[0] if fleet.versions else VersionShare("", fleet.total, out_of_band=False)
    return line((first.version or "version unknown", "strong"), f" {first.servers}/{fleet.total}")


def _unwell(fleet: FleetSummary) -> list[tuple[Health, int]]:
    counts = dict(fleet.by_health)
    return [(health, counts[health]) for health in WORST_FIRST[:3] if counts.get(health)]


def _bar(fleet: FleetSummary, width: int) -> Line:
    """Every version gets its share and at least one cell."""
    lengths = shares([share.servers for share in fleet.versions], max(1, width))
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
        for state in reversed(WORST_FIRST)
        if counts.get(state) or (state is Health.UP and counts.get(Health.UNKNOWN, 0) < fleet.total)
    ]
    together = flow([*groups, line(("│", "muted")), *health], width - 1)
    lines = together if len(together) == 1 else [*versions, *flow(health, width - 1)]
    return [line(" ", shown) for shown in lines]


def _versions_in(fleet: FleetSummary, zone: ZoneSummary, shades: Sequence[tuple[str, str]]) -> Line:
    """How many servers of a zone run which version, the most common first."""
    groups = [
        line(shades[index], f" {fleet.versions[index].version or 'unknown'} ", (str(servers), "muted"))
        for index, servers in Counter(zone.versions).most_common(_VERSIONS_TOLD)
        if index < len(fleet.versions)
    ]
    return line(*(line("   " if number else "", group) for number, group in enumerate(groups)))
