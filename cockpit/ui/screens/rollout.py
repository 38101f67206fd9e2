"""Behind the rollout pane while there is a rollout: the tree of it, down to each step of each server."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.widget import Widget

from cockpit.domain.decisions.rollout_record import RolloutRecord
from cockpit.domain.decisions.standing import RolloutNow
from cockpit.domain.rollout.view import RolloutView, rollout_here, view_of
from cockpit.ui.actions import FILTER, SORT
from cockpit.ui.bindings import TREE
from cockpit.ui.context import ScreenContext
from cockpit.ui.feed import Feed, Query
from cockpit.ui.grid import Cell, Column, Grid
from cockpit.ui.lines import BLANK, Line, flow, folded, joined, line
from cockpit.ui.moments import age, minute_of
from cockpit.ui.painted import PaintedLines
from cockpit.ui.panes.rollout_lines import fact_groups, heard, measured_group, title
from cockpit.ui.rollout_marks import MOOD
from cockpit.ui.screens.level import Level, keys
from cockpit.ui.screens.narrowing import Narrowing, narrowed_words
from cockpit.ui.screens.rollout_rows import SERVER, STEP_OF_SERVER, TreeRow, TreeRows

_HEAD_LINES = 5


class RolloutScreen(Level, Narrowing):
    """One rollout as a tree."""

    DEFAULT_CSS = "RolloutScreen > #facts { height: auto; }"
    BINDINGS: ClassVar = [FILTER.binding(), SORT.binding(), *TREE]

    def __init__(self, feed: Feed, context: ScreenContext) -> None:
        super().__init__(feed, context)
        now = rollout_here(feed.overview(), context.clock())
        self.environment = now.environment if now else ""
        self._rows = TreeRows(feed, self.environment)
        self._view: RolloutView | None = None
        self._now: RolloutNow | None = None
        self._rollout: RolloutRecord | None = None
        self._seen: object = None

    def title_line(self) -> Line:
        """Name the rollout and say where it stands."""
        if self._view is None:
            return line(("Rollout ", "strong"), "none is under way")
        return joined([line(("Rollout ", "strong"), title(self._view, self.context)), narrowed_words(self._grid)])

    def keys_line(self) -> Line:
        """Say how to get further."""
        deeds = [] if self.context.read_only else [("H", "halt"), ("P", "promote"), ("B", "roll back")]
        return keys(
            ("Esc", "back"), *deeds, ("Enter", "open"), ("→ ←", "unfold, fold"), ("/", "filter"), ("s", "sort"),
            ("l", "log"), ("?", "help"),
        )  # fmt: skip

    def body(self) -> Sequence[Widget]:
        """Facts above, the tree below; the keys go to the tree."""
        grid: Grid[TreeRow] = Grid(
            self._rows,
            COLUMNS,
            lambda row: row.key,
            id="rollout",
            expires=lambda _row, _now: self._view.is_heard if self._view else None,
        )
        grid.empty = "No server fits."
        return [Facts(self._facts), grid]

    AUTO_FOCUS = "#rollout"

    def on_overview(self) -> None:
        """Show the newest answer, and read the plan again when something was decided."""
        overview = self.overview
        assert overview is not None  # noqa: S101 - `show` has just put it there
        now = next((one for one in overview.standing.rollouts if one.environment == self.environment), None)
        self._view = view_of(overview, now, self.context.clock()) if now else None
        if now is not None and now != self._now:
            self._now = now
            self.run_worker(self._read_plan(now.rollout), group="plan", exclusive=True)
        seen = (now, self._view and (self._view.is_heard, self._view.mood), self._rows_revision())
        if seen != self._seen:
            self._seen = seen
            self._reload()
        self.get_child_by_id("facts", Facts).redraw()

    async def _read_plan(self, rollout: str) -> None:
        """The plan names every server; everything decided is read for it, which may take a moment."""
        decided = await asyncio.to_thread(self.feed.decided)
        found = decided.get(RolloutRecord, rollout)
        if found is not None and self.is_mounted:
            self._rollout = found
            self._reload()

    def _reload(self) -> None:
        self._rows.show(self._view, self._rollout)
        self._grid.reload()
        self.retitle()

    def _rows_revision(self) -> tuple[int, int]:
        return self.feed.rollout_servers(self.environment).revision(), self.feed.servers.revision()

    def refresh_times(self) -> None:
        """Paint ages anew."""
        self._seen = None
        super().refresh_times()

    def list_here(self) -> Grid[TreeRow]:
        """Return the tree."""
        return self._grid

    def narrowed(self) -> None:
        """Say in the title what is shown now."""
        self.retitle()

    def step_back(self) -> bool:
        """Take back marks, then filter and order."""
        return self.widen()

    def action_unfold(self) -> None:
        """Show what lies below the row."""
        self._toggle(opened=True)

    def action_fold(self) -> None:
        """Hide it again; on a row that is closed go to the one above it."""
        key = self._grid.cursor_key
        if key is not None and not self._toggle(opened=False):
            self._grid.move_to(self._rows.above(key))

    def _toggle(self, *, opened: bool | None = None) -> bool:
        key = self._grid.cursor_key
        if key is None or self._grid.query_now != Query() or not self._rows.toggle(key, opened=opened):
            return False
        self._grid.reload()
        return self._grid.move_to(key)

    @on(Grid.Opened)
    def open_row(self, message: Grid.Opened) -> None:
        """Open a server; unfold or fold what lies above servers."""
        row = message.row
        if isinstance(row, TreeRow) and row.level in (SERVER, STEP_OF_SERVER):
            from cockpit.ui.screens.rollout_server import RolloutServerScreen

            self.app.push_screen(RolloutServerScreen(self.feed, self.context, self.environment, row.server))
        else:
            self._toggle()

    def id_here(self) -> str:
        """Return the name of the server under the cursor, or the rollout's id."""
        row = self._grid.cursor_row
        return row.server if row and row.server else self._now.rollout if self._now else ""

    def log_here(self) -> str:
        """Return the log of the server under the cursor, where it lies on this machine."""
        row = self._grid.cursor_row
        live = self._rows.live_of(row.server) if row and row.server else None
        return live.log if live else ""

    def _facts(self, width: int) -> list[Line]:
        """Why it stands, what is measured, and who does it."""
        view = self._view
        if view is None:
            return [BLANK]
        now = self.context.clock()
        lines = folded(line((view.why, MOOD[view.mood].slot)), width - 2, 3) if view.why else []
        lines += [line((f"! {remark}", "bad" if "HALT" in remark else "warn")) for remark in view.remarks]
        lines += flow([heard(view, now), *fact_groups(view, self.context)], width - 2, " · ")
        lines += flow(map(measured_group, view.measured), width - 2)
        return [line(" ", shown) for shown in lines[:_HEAD_LINES]] or [BLANK]

    @property
    def _grid(self) -> Grid[TreeRow]:
        return self.get_child_by_id("rollout", Grid)


class Facts(PaintedLines):
    """A few lines above the tree, as many as there is to say."""

    def __init__(self, facts: Callable[[int], list[Line]]) -> None:
        super().__init__(id="facts")
        self._facts = facts

    def redraw(self) -> None:
        """Take the lines that are needed, then paint what differs."""
        lines = len(self._facts(self.app.size.width))
        if self.styles.height is None or self.styles.height.value != lines:
            self.styles.height = lines
        super().redraw()

    def draw(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002 - all of it is shown
        """Return the facts."""
        return self._facts(width)


def _name(row: TreeRow, _now: datetime) -> Cell:
    sign = {True: "▾ ", False: "▸ ", None: "  "}[row.is_open]
    return Cell(f"{'  ' * row.level}{sign}{row.name}", "strong" if row.level < SERVER else "")


def _status(row: TreeRow, _now: datetime) -> Cell:
    return Cell(row.mark.text, row.mark.slot)


def _age(row: TreeRow, now: datetime) -> Cell:
    return Cell(age(row.since, minute_of(now)) if row.since else "", "muted")


COLUMNS: tuple[Column[TreeRow], ...] = (
    Column("server", "server", 30, _name, sort="server", most=44),
    Column("state", "state", 14, _status, sort="state"),
    Column("age", "age", 5, _age, align="right", priority=2, sort="age"),
    Column("zone", "zone", 8, lambda row, _now: Cell(row.zone, "muted"), priority=4, sort="zone", most=16),
    Column("version", "version", 12, lambda row, _now: Cell(row.version), priority=3, most=18),
    Column("info", "info", None, lambda row, _now: Cell(row.info), priority=1, most=80),
)
