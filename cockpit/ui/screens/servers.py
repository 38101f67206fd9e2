"""Behind the rollout pane: every server."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.widget import Widget

from cockpit.domain.fleet import Server
from cockpit.ui.actions import FILTER, SORT
from cockpit.ui.grid import Cell, Column, Grid
from cockpit.ui.lines import BLANK, Line, joined, line
from cockpit.ui.marks import HEALTH, OUT_OF_BAND
from cockpit.ui.moments import age, freshness_words, minute_of
from cockpit.ui.screens.level import Level, keys
from cockpit.ui.screens.narrowing import Narrowing, narrowed_words
from cockpit.ui.screens.opening import open_behind


class ServersScreen(Level, Narrowing):
    """The server list."""

    BINDINGS: ClassVar = [FILTER.binding(), SORT.binding()]

    _seen: tuple[int, object] | None = None

    def title_line(self) -> Line:
        """Return the counts."""
        if self.overview is None:
            return BLANK
        fleet, now = self.overview.fleet, self.context.clock()
        counts = [
            line(f"{count} ", (HEALTH[health].word, HEALTH[health].slot)) for health, count in fleet.by_health if count
        ]
        fresh = line(freshness_words(fleet.freshness, now, minute_of(now)))
        return joined([line(("Servers ", "strong"), str(fleet.total)), narrowed_words(self._grid), *counts, fresh])

    def keys_line(self) -> Line:
        """Say how to get further."""
        return keys(
            ("Esc", "back"),
            ("/", "filter"),
            ("s", "sort"),
            ("Enter", "open"),
            ("Space", "mark"),
            ("o", "browser"),
            ("y", "copy name"),
        )

    def body(self) -> Sequence[Widget]:
        """One list."""
        grid: Grid[Server] = Grid(
            self.feed.servers,
            COLUMNS,
            lambda server: server.name,
            id="servers",
            expires=lambda server, now: server.freshness.is_fresh(now),
        )
        grid.empty = "No server fits, or none is known."
        return [grid]

    def on_overview(self) -> None:
        """Read the list again when its rows changed, or when what is known of them has expired."""
        seen = (self.feed.servers.revision(), self.overview.fleet.by_health if self.overview else ())
        if seen != self._seen:
            self._seen = seen
            self._grid.reload()

    def refresh_times(self) -> None:
        """Paint ages anew."""
        self._seen = None
        super().refresh_times()

    def list_here(self) -> Grid[Server]:
        """Return the one list."""
        return self._grid

    def narrowed(self) -> None:
        """Say in the title what is shown now."""
        self.retitle()

    def step_back(self) -> bool:
        """Take back marks, then filter and order."""
        return self.widen()

    @on(Grid.Opened)
    def open_row(self, message: Grid.Opened) -> None:
        """Open the server."""
        open_behind(self.app, message.row, self.feed, self.context)

    def id_here(self) -> str:
        """Return the name of the server under the cursor."""
        return self._grid.cursor_key or ""

    def link_here(self) -> str:
        """Return the address of the server under the cursor."""
        row = self._grid.cursor_row
        return row.url if row else ""

    @property
    def _grid(self) -> Grid[Server]:
        return self.get_child_by_id("servers", Grid)


def _health(server: Server, now: datetime) -> Cell:
    mark = HEALTH[server.health_at(now)]
    return Cell(mark.text, mark.slot)


def _version(server: Server, _now: datetime) -> Cell:
    return Cell(f"{server.version or '?'}", OUT_OF_BAND.slot if server.out_of_band else "")


def _band(server: Server, _now: datetime) -> Cell:
    return Cell(OUT_OF_BAND.text, OUT_OF_BAND.slot) if server.out_of_band else Cell("")


def _latency(server: Server, _now: datetime) -> Cell:
    return Cell(f"{server.latency_s * 1000:.0f} ms" if server.latency_s is not None else "", "muted")


def _observed(server: Server, now: datetime) -> Cell:
    seen = server.freshness.observed_at
    return Cell(age(seen, minute_of(now)) if seen else "never", "muted" if server.freshness.is_fresh(now) else "warn")


def _metrics(server: Server, _now: datetime) -> Cell:
    return Cell("  ".join(f"{name} {value:.6g}" for name, value in sorted(server.metrics.items())), "muted")


COLUMNS: tuple[Column[Server], ...] = (
    Column("name", "server", 22, lambda server, _now: Cell(server.name, "strong"), sort="name", most=36),
    Column("zone", "zone", 12, lambda server, _now: Cell(server.zone), priority=4, sort="zone", most=20),
    Column("health", "health", 10, _health, sort="health"),
    Column("version", "version", 16, _version, priority=1, sort="version", most=24),
    Column("band", "", 13, _band, priority=5),
    Column("latency", "answers", 9, _latency, align="right", priority=3, sort="latency"),
    Column("observed", "seen", 6, _observed, align="right", priority=6),
    Column("reason", "reason", None, lambda server, _now: Cell(server.reason), priority=2, most=60),
    Column("metrics", "metrics", 60, _metrics, priority=9),
)
