"""The lines around the panes, their titles, and the keys at the bottom."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from cockpit.ui.layout import PANES, Plan, frame_lines
from cockpit.ui.lines import BLANK, Line, Piece, fitted, line, text_of, width_of
from cockpit.ui.painted import PaintedLines

NAMES = {"branch": "Branch", "features": "Top five", "changes": "Changes", "rollout": "Rollout", "alerts": "Alerts"}

Placed = tuple[int, int, Line]
"""A line that lies over the frame at column x, no wider than the second number."""


class Frame(PaintedLines):
    """Paints everything between the panes; the panes lie over it."""

    def __init__(self) -> None:
        super().__init__(id="frame")
        self._plan: Plan | None = None
        self._focused = ""
        self._titles: Mapping[str, Line] = {}
        self._badges: Mapping[str, Line] = {}
        self._keys: Line = BLANK

    def take(self, plan: Plan, focused: str) -> None:
        """Take a new plan, or another focused pane."""
        self._plan, self._focused = plan, focused
        self.redraw()

    def tell(self, titles: Mapping[str, Line], badges: Mapping[str, Line], keys: Line) -> None:
        """Take what titles, tabs and footer say."""
        self._titles, self._badges, self._keys = titles, badges, keys
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Line]:
        """Return frame, titles and keys."""
        plan = self._plan
        if plan is None or not plan.panes:
            return ()
        top = plan.header.height
        cells = self._line_cells(plan)
        return [_row(cells.get(top + y, {}), self._over_row(plan, top + y, width), width) for y in range(height)]

    def _line_cells(self, plan: Plan) -> dict[int, dict[int, Piece]]:
        """Cells by row and column; those of the focused pane stand out."""
        own = frame_lines([plan.boxes[self._focused]]) if self._focused in plan.boxes else {}
        rows: dict[int, dict[int, Piece]] = {}
        for (x, y), character in frame_lines(plan.boxes.values()).items():
            rows.setdefault(y, {})[x] = Piece(character, "accent" if (x, y) in own else "line")
        return rows

    def _over_row(self, plan: Plan, y: int, width: int) -> list[Placed]:
        over = [
            (region.x + 1, region.width - 2, self._title(name, tabs=plan.tabs))
            for name, region in plan.panes.items()
            if region.y - 1 == y
        ]
        if plan.tabs and y == plan.header.height:
            over.append((2, width - 4, self._tabs()))
        if y == plan.footer.y:
            over.append((2, width - 4, line(" ", self._keys, " ")))
        return sorted(over)

    def _title(self, name: str, *, tabs: bool) -> Line:
        said = self._titles.get(name, BLANK)
        if tabs:
            return said
        number = str(PANES.index(name) + 1)
        slot = "accent" if name == self._focused else "strong"
        return line(" ", (number, "accent"), " ", (NAMES[name], slot), (" ─ ", "line") if said else "", said, " ")

    def _tabs(self) -> Line:
        parts: Line = BLANK
        for number, name in enumerate(PANES, 1):
            slot = "accent" if name == self._focused else "muted"
            mark = "▸" if name == self._focused else " "
            parts = line(
                parts, (mark, "accent"), (f"{number} {NAMES[name]} ", slot), self._badges.get(name, BLANK), " "
            )
        return parts


def _row(cells: Mapping[int, Piece], over: Sequence[Placed], width: int) -> Line:
    pieces: list[Piece] = []
    x = 0
    for start, room, text in over:
        shown = fitted(text, room)
        if not text_of(shown).strip():
            continue
        pieces += _base(cells, x, start)
        pieces += shown
        x = start + width_of(shown)
    pieces += _base(cells, x, width)
    return tuple(pieces)


def _base(cells: Mapping[int, Piece], start: int, end: int) -> list[Piece]:
    blank = Piece(" ")
    run = (cells.get(x, blank) for x in range(start, end))
    return [Piece("".join(piece.text for piece in same), slot) for slot, same in groupby(run, lambda piece: piece.slot)]
