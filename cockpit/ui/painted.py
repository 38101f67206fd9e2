"""A widget that shows lines and repaints only those that changed."""

from collections.abc import Sequence

from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from cockpit.ui.lines import Line, to_strip
from cockpit.ui.slots import slot_styles


class PaintedLines(ScrollView, can_focus=False):
    """Shows what `draw` says; call `redraw` when the answer may have changed."""

    DEFAULT_CSS = "PaintedLines { overflow: hidden hidden; scrollbar-size-vertical: 1; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, classes=classes)
        self._lines: list[Line] = []
        self._styles_by_slot: dict[str, Style] = {}

    def draw(self, width: int, height: int) -> Sequence[Line]:
        """Return the lines for a window of this many cells; more than `height` may be scrolled to."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw anew and repaint what differs from what is shown."""
        width, height = self.size
        if not width or not height:
            return
        before, self._lines = self._lines, list(self.draw(width, height))
        if len(before) != len(self._lines):
            self.virtual_size = Size(width, len(self._lines))
        longest = max(len(before), len(self._lines))
        top = round(self.scroll_y)
        for y in range(top, min(longest, top + height)):
            if _at(before, y) != _at(self._lines, y):
                self.refresh(Region(0, y - top, width, 1))

    def render_line(self, y: int) -> Strip:
        """Return one row of the window."""
        return to_strip(_at(self._lines, round(self.scroll_y) + y), self.size.width, self.style_of)

    def style_of(self, slot: str) -> Style:
        """Return how a slot looks on this widget's ground."""
        if not self._styles_by_slot:
            base = self.rich_style
            self._styles_by_slot = {name: base + style for name, style in slot_styles(self.app).items()}
        return self._styles_by_slot.get(slot, self._styles_by_slot[""])

    def notify_style_update(self) -> None:
        """Forget the colours: the theme or the style sheet changed."""
        self._styles_by_slot = {}
        super().notify_style_update()

    def on_resize(self, _event: events.Resize) -> None:
        """Draw for the new size."""
        self.redraw()


def _at(lines: Sequence[Line], y: int) -> Line:
    return lines[y] if y < len(lines) else ()
