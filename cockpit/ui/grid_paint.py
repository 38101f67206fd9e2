"""Painted lines of a list, and how two of them differ."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from cockpit.ui.cells import GAP, Cell, Place, fit

GUTTER = 1
"""Cells before the first column: the mark."""

MARK = "●"
THUMB = "▐"
LINES_KEPT = 1024

_PLAIN = Style()
_WITHOUT_SLOTS = {"header": Style(bold=True), "cursor": Style(reverse=True)}
"""What stands out where a theme says nothing of it."""


class GridLine(NamedTuple):
    """Everything the look of one line depends on, besides width, columns and theme."""

    cells: tuple[Cell, ...] = ()
    """Empty for a line without row."""
    cursor: bool = False
    marked: bool = False
    thumb: bool = False
    """The scrollbar's handle is on this line."""
    header: bool = False
    words: str = ""
    """Said instead of cells."""


class GridPainter:
    """Paints lines for one width, one choice of columns and one theme; throw it away when one of them changes."""

    def __init__(self, shown: Sequence[Place[Any]], width: int, ground: Style, slots: dict[str, Style]) -> None:
        self.shown = shown
        self._width = width
        self._ground = ground
        self._slots = slots
        self._mixed: dict[tuple[str, str], Style] = {}
        self.paint = lru_cache(maxsize=LINES_KEPT)(self._paint)

    def difference(self, old: GridLine, new: GridLine) -> tuple[int, int] | None:
        """Return the first cell to repaint and how many, None when the two look the same."""
        if old == new:
            return None
        if not (old.cells and new.cells) or old._replace(cells=()) != new._replace(cells=()):
            return 0, self._width
        changed = [at for at, a, b in zip(self.shown, old.cells, new.cells, strict=True) if a != b]
        start = GUTTER + changed[0].x
        return start, GUTTER + changed[-1].x + changed[-1].width - start

    def _paint(self, line: GridLine) -> Strip:
        over = "header" if line.header else "cursor" if line.cursor else ""
        ground = self._style("", over)
        segments = [Segment(MARK if line.marked else " ", self._style("mark", over))]
        if line.words:
            segments.append(Segment(fit(line.words, self._width - GUTTER), self._style("muted", over)))
        for place, cell in zip(self.shown, line.cells, strict=False):
            text = fit(cell.text, place.width, place.column.align) + " " * GAP
            segments.append(Segment(text, self._style(cell.slot, over)))
        return self._with_thumb(Strip(Segment.simplify(segments)), line, ground)

    def _with_thumb(self, strip: Strip, line: GridLine, ground: Style) -> Strip:
        if not line.thumb:
            return strip.adjust_cell_length(self._width, ground)
        thumb = Segment(THUMB, self._style("line", ""))
        return Strip([*strip.adjust_cell_length(self._width - 1, ground), thumb], self._width)

    def _style(self, slot: str, over: str) -> Style:
        """Return how a slot looks in a plain line, in the header, or under the cursor."""
        style = self._mixed.get((slot, over))
        if style is None:
            style = self._ground + self._slots.get(slot, _PLAIN)
            if over:
                above = self._slots.get(over, _WITHOUT_SLOTS[over])
                # Reversed, a coloured ink would be the ground of its own cell: the whole row gets the plain ones.
                style = (self._ground + Style(bold=style.bold) if above.reverse else style) + above
            self._mixed[slot, over] = style
        return style
