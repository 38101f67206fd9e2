"""The lines around the panes, their titles, and the keys at the bottom."""

from collections.abc import Mapping, Sequence

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
        self._bare: dict[int, dict[int, Piece]] = {}
        """Line characters by row and column."""

    def take(self, plan: Plan, focused: str) -> None:
        """Take a new plan, or another focused pane."""
        if (plan, focused) != (self._plan, self._focused):
            self._plan, self._focused = plan, focused
            self._bare = _bare_rows(plan, focused)
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
        over = self._over(plan, width)
        return [_row(self._bare.get(y, {}), over.get(y, []), width) for y in range(top, top + height)]

    def _over(self, plan: Plan, width: int) -> dict[int, list[Placed]]:
        """What lies over the lines, by row."""
        over: dict[int, list[Placed]] = {plan.footer.y: [(2, width - 4, line(" ", self._keys, " "))]}
        if plan.tabs:
            over[plan.header.height] = [(2, width - 4, self._tabs(width - 4))]
        for name, region in plan.panes.items():
            title = self._title(name, tabs=plan.tabs)
            over.setdefault(region.y - 1, []).append((region.x + 1, region.width - 2, title))
        return over

    def _title(self, name: str, *, tabs: bool) -> Line:
        said = self._titles.get(name, BLANK)
        if tabs:
            return said
        number = str(PANES.index(name) + 1)
        slot = "accent" if name == self._focused else "strong"
        return line(" ", (number, "accent"), " ", (NAMES[name], slot), (" ─ ", "line") if said else "", said, " ")

    def _tabs(self, width: int) -> Line:
        """Every pane; where there is no room for all names, only the one in front has its own."""
        whole = line(*(self._tab(name, named=True) for name in PANES))
        return whole if width_of(whole) <= width else line(*(self._tab(name, named=False) for name in PANES))

    def _tab(self, name: str, *, named: bool) -> Line:
        front = name == self._focused
        word = f"{NAMES[name]} " if named or front else ""
        head = line(
            ("▸" if front else " ", "accent"), (f"{PANES.index(name) + 1} {word}", "accent" if front else "muted")
        )
        return line(head, self._badges.get(name, BLANK), " ")


def _bare_rows(plan: Plan, focused: str) -> dict[int, dict[int, Piece]]:
    """Line characters by row and column; those of the focused pane stand out."""
    own = frame_lines([plan.boxes[focused]]) if focused in plan.boxes else {}
    rows: dict[int, dict[int, Piece]] = {}
    for (x, y), character in frame_lines(plan.boxes.values()).items():
        rows.setdefault(y, {})[x] = Piece(character, "accent" if (x, y) in own else "line")
    return rows


def _row(cells: Mapping[int, Piece], over: Sequence[Placed], width: int) -> Line:
    pieces: list[Piece] = []
    x = 0
    for start, room, text in sorted(over):
        shown = fitted(text, room)
        if not text_of(shown).strip():
            continue
        pieces += _between(cells, x, start)
        pieces += shown
        x = start + width_of(shown)
    pieces += _between(cells, x, width)
    return tuple(pieces)


def _between(cells: Mapping[int, Piece], start: int, end: int) -> list[Piece]:
    """The lines from one column to another, neighbours of one look in one piece."""
    pieces: list[Piece] = []
    for x in sorted(x for x in cells if start <= x < end):
        text, slot = cells[x]
        if x > start:
            pieces.append(Piece(" " * (x - start)))
        elif pieces and pieces[-1].slot == slot:
            text = pieces.pop().text + text
        pieces.append(Piece(text, slot))
        start = x + 1
    if end > start:
        pieces.append(Piece(" " * (end - start)))
    return pieces
