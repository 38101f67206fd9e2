"""The list widget of every pane: rows are read when visible, and only what looks different is repainted."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Generic

from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.worker import Worker

from cockpit.ui.cells import Cell, Column, Row, places
from cockpit.ui.feed import Query, RowReader
from cockpit.ui.grid_cells import GridCells
from cockpit.ui.grid_paint import GUTTER, GridLine, GridPainter
from cockpit.ui.grid_rows import GridRows
from cockpit.ui.grid_steering import GRID_KEYS, Steered
from cockpit.ui.lines import text_of, wrapped
from cockpit.ui.slots import slot_styles
from cockpit.ui.toast import toast

__all__ = ["Cell", "Column", "Grid"]


class GridMessage(Message):
    """Something happened to a row of a grid; `row` is None when there is none."""

    def __init__(self, grid: "Grid[Any]", row: Any) -> None:  # noqa: ANN401 - a row of whatever the grid shows
        super().__init__()
        self.grid = grid
        self.row = row

    @property
    def control(self) -> "Grid[Any]":
        """The grid, for `on` with a selector."""
        return self.grid


class Grid(Steered, Generic[Row], can_focus=True):
    """A list with a cursor, marks, filter and order; costs the same at a hundred and at a hundred thousand rows.

    It scrolls itself, so Textual lays nothing out when rows come and go.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS = "Grid { overflow: hidden hidden; }"
    BINDINGS: ClassVar = GRID_KEYS

    class Opened(GridMessage):
        """Enter or a double click on a row."""

    class Moved(GridMessage):
        """The cursor is on another row, or on none."""

    class Marked(Message):
        """Other rows are marked than before."""

    class Answered(Message):
        """Rows that took a while to find are shown."""

    def __init__(
        self,
        reader: RowReader[Row],
        columns: Sequence[Column[Row]],
        key_of: Callable[[Row], str],
        *,
        id: str,
        expires: Callable[[Row, datetime], object] | None = None,
    ) -> None:
        super().__init__(id=id)
        self.columns = tuple(columns)
        self._key_of = key_of
        self._rows = GridRows(reader, key_of)
        self._asked = Query()
        self._is_asked_anew = False
        self._looking: Worker[None] | None = None
        self._loaded = False
        self._told: str | None = None
        self._marked: set[str] = set()
        self._empty = ""
        self._cells = GridCells(expires, self._tell_fault)
        self._painter: GridPainter | None = None
        self._lines: list[GridLine] = []
        self._laid_out_for = Size(0, 0)

    @property
    def empty(self) -> str:
        """What is said when there are no rows."""
        return self._empty

    @empty.setter
    def empty(self, words: str) -> None:
        if words != self._empty:
            self._empty = words
            self._repaint()

    @property
    def row_count(self) -> int:
        """How many rows the query finds."""
        return self._rows.count

    @property
    def total(self) -> int:
        """How many rows there are without a filter."""
        return self._rows.total

    @property
    def query_now(self) -> Query:
        """Which rows are asked for, and in which order."""
        return self._asked

    @property
    def query_shown(self) -> Query:
        """Which rows are shown, and in which order: as asked for before while those asked for now are looked for."""
        return self._rows.query

    @property
    def cursor_row(self) -> Row | None:
        """The row under the cursor, None when there is none."""
        return self._rows.at(self._view.cursor)

    @property
    def cursor_key(self) -> str | None:
        """The key of the row under the cursor, None when there is none."""
        return self._rows.key_at(self._view.cursor)

    @property
    def marked(self) -> frozenset[str]:
        """The keys of the marked rows."""
        return frozenset(self._marked)

    @property
    def marked_in_order(self) -> list[str]:
        """The keys of the marked rows as they stand in the list; those that a filter hides come last."""
        places = {key: self._rows.position_of(key) for key in self._marked}
        return sorted(places, key=lambda key: (places[key] is None, places[key] or 0, key))

    def reload(self) -> None:
        """Read again; a chosen row keeps the cursor, or its place does when the row is gone.

        Where that takes a while, everything stays as it is until the answer is there.
        """
        if self._loaded and not self._rows.is_quick(self._asked):
            self._look_aside()
            return
        self._loaded = True
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
        self._take(self._rows.find(self._asked))

    def set_query(self, query: Query) -> None:
        """Show other rows, or another order; the cursor stays on its row where it is still shown."""
        self._asked = query
        self.reload()

    def show_columns(self, columns: Sequence[Column[Row]]) -> None:
        """Show these columns, and ask each anew what it says of the rows."""
        self.columns = tuple(columns)
        self._painter = None
        self._repaint()

    def move_to(self, key: str) -> bool:
        """Put the cursor on the row with this key; False when it is not shown."""
        position = self._rows.position_of(key)
        if position is None:
            return False
        self._choose(position)
        return True

    def action_mark(self) -> None:
        """Mark the row under the cursor, or take its mark away, and go on to the next."""
        key = self.cursor_key
        if key is not None:
            self._marked ^= {key}
            self._choose(self._view.cursor + 1)
            self.post_message(self.Marked())

    def unmark(self) -> bool:
        """Take every mark away; False when there was none."""
        if not self._marked:
            return False
        self._marked.clear()
        self._repaint()
        self.post_message(self.Marked())
        return True

    def action_open(self) -> None:
        """Tell that the row under the cursor is to be opened."""
        row = self.cursor_row
        if row is not None:
            self._chosen = True
            self.post_message(self.Opened(self, row))

    def render_line(self, y: int) -> Strip:
        """Return one line of the window."""
        if self._loaded and self._laid_out_for != self.size:
            # The first picture comes before the message that there is a size.
            self._painter = None
            self._lay_out()
        painter = self._painter
        if painter is None:
            return Strip.blank(self.size.width, self.rich_style)
        return painter.paint(self._lines[y] if y < len(self._lines) else GridLine())

    def on_mount(self) -> None:
        """Read before the first picture."""
        if not self._loaded:
            self.reload()

    def on_resize(self, _event: events.Resize) -> None:
        """Choose the columns anew and keep the cursor in sight."""
        if self._laid_out_for != self.size:
            self._painter = None
            self._repaint()

    def watch_has_focus(self, has_focus: bool) -> None:
        """Show the cursor, or hide it."""
        super().watch_has_focus(has_focus)
        self._repaint()

    def notify_style_update(self) -> None:
        """Forget every painted line: the theme or the style sheet changed."""
        super().notify_style_update()
        self._painter = None
        if self.is_mounted:
            self._repaint()

    def _look_aside(self) -> None:
        self._is_asked_anew = True
        if self._looking is None or self._looking.is_finished:
            self._looking = self.run_worker(self._look(), group="order")

    async def _look(self) -> None:
        """Find one order after the other until the newest one asked for is shown."""
        while self._is_asked_anew:
            self._is_asked_anew, asked = False, self._asked
            order = await asyncio.to_thread(self._rows.find, asked)
            if asked == self._asked:
                self._take(order)
                self.post_message(self.Answered())

    def _take(self, order: Sequence[int]) -> None:
        self._rows.show(self._asked, order)
        self._view.count = self._rows.count
        self._marked = {key for key in self._marked if self._rows.has(key)}
        position = self._rows.position_of(self._told) if self._chosen and self._told is not None else None
        if position is None:
            self._view.go(self._view.cursor)
        else:
            self._view.follow(position)
        self._show()

    def _show(self) -> None:
        """Paint what differs, and tell when another row is under the cursor."""
        self._repaint()
        key = self.cursor_key
        row_vanished = key is None and self.row_count
        if key != self._told and not row_vanished:
            self._told = key
            self.post_message(self.Moved(self, self.cursor_row))

    def _repaint(self) -> None:
        """Work out every line of the window and repaint what looks different."""
        if not self.size.area or not self._loaded:
            return
        before, painter_before = self._lines, self._painter
        painter = self._lay_out()
        if painter is not painter_before or len(before) != len(self._lines):
            self.refresh()
            return
        changes = [painter.difference(old, new) for old, new in zip(before, self._lines, strict=True)]
        regions = [Region(change[0], y, change[1], 1) for y, change in enumerate(changes) if change]
        if regions:
            self.refresh(*regions)

    def _lay_out(self) -> GridPainter:
        """Work out every line of the window."""
        width, height = self._laid_out_for = self.size
        self._view.settle(height - 1)
        painter = self._painter = self._painter or self._new_painter(width)
        self._lines = list(self._window_lines(painter, height))
        return painter

    def _new_painter(self, width: int) -> GridPainter:
        self._cells.clear()
        shown = places(self.columns, width - GUTTER - 1)
        return GridPainter(shown, width, self.rich_style, slot_styles(self.app))

    def _window_lines(self, painter: GridPainter, height: int) -> Iterable[GridLine]:
        yield GridLine(cells=self._header(painter), header=True)
        if not self.row_count:
            words = [text_of(part) for part in wrapped(self._nothing(), max(1, self.size.width - GUTTER))]
            yield from (GridLine(words=words[y] if y < len(words) else "") for y in range(height - 1))
            return
        now = self._now()
        handle = self._view.handle(height - 1)
        for y in range(height - 1):
            yield self._line(painter, self._view.top + y, now, thumb=y in handle)

    def _line(self, painter: GridPainter, position: int, now: datetime, *, thumb: bool) -> GridLine:
        cursor = self.has_focus and position == self._view.cursor
        row = self._rows.at(position)
        if row is None:
            return GridLine(cursor=cursor, thumb=thumb)
        cells = self._cells.of(painter.shown, position, row, now)
        return GridLine(cells, cursor, bool(self._marked) and self._key_of(row) in self._marked, thumb)

    def _tell_fault(self, column: Column[Row], fault: Exception) -> None:
        words = f"{column.title or column.id}: {type(fault).__name__}: {fault}"
        # Said after the painting that met it: a toast lays the screen out.
        self.call_later(toast, self.app, words, bad=True)

    def _now(self) -> datetime:
        """The screen's own clock where it has one."""
        context = getattr(self.app, "context", None)
        return datetime.now(UTC) if context is None else context.clock()

    def _header(self, painter: GridPainter) -> tuple[Cell, ...]:
        query = self._rows.query
        arrow = "▼" if query.descending else "▲"
        columns = (place.column for place in painter.shown)
        return tuple(Cell(c.title + (arrow if c.sort and c.sort == query.sort else "")) for c in columns)

    def _nothing(self) -> str:
        query = self._rows.query
        return f"Nothing fits “{query.text}”. Esc shows all again." if query.text else self._empty
