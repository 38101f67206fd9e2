"""A widget that shows lines and repaints only those that changed."""

from collections.abc import Sequence

from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from cockpit.ui.lines import Line, to_strip
from cockpit.ui.slots import slot_styles


class Painted(ScrollView, can_focus=False):
    """Knows how slots look on its ground."""

    DEFAULT_CSS = "Painted { overflow: hidden hidden; scrollbar-size-vertical: 1; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._styles_by_slot: dict[str, Style] = {}

    def style_of(self, slot: str) -> Style:
        """Return how a slot looks here; 'accent@added' is the ink of one slot on the ground of another."""
        style = self._styles_by_slot.get(slot)
        if style is None:
            style = self._styles_by_slot[slot] = self._mix(slot)
        return style

    def notify_style_update(self) -> None:
        """Forget the colours: the theme or the style sheet changed."""
        self._styles_by_slot = {}
        super().notify_style_update()

    def _mix(self, slot: str) -> Style:
        ink, _, ground = slot.partition("@")
        styles = slot_styles(self.app)
        painted = self.rich_style + styles[""] + styles.get(ink, styles[""])
        return painted + styles[ground] if ground else painted


class PaintedLines(Painted):
    """Shows what `draw` says; call `redraw` when the answer may have changed."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: list[Line] = []
        self._drawn_for = Size(0, 0)

    def draw(self, width: int, height: int) -> Sequence[Line]:
        """Return the lines for a window of this many cells; more than `height` may be scrolled to."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw anew and repaint what differs from what is shown."""
        width, height = self.size
        if not width or not height:
            return
        before = self._lines
        self._draw_now()
        self._measure()
        top = round(self.scroll_y)
        for y in range(top, min(max(len(before), len(self._lines)), top + height)):
            if _at(before, y) != _at(self._lines, y):
                self.refresh(Region(0, y - top, width, 1))

    def render_line(self, y: int) -> Strip:
        """Return one row of the window."""
        if self._drawn_for != self.size:
            # The first picture comes before the message that there is a size: what it leaves out would come twice.
            self._draw_now()
        return to_strip(_at(self._lines, round(self.scroll_y) + y), self.size.width, self.style_of)

    def on_resize(self, _event: events.Resize) -> None:
        """Draw for the new size."""
        if self._drawn_for == self.size:
            self._measure()
        else:
            self.redraw()

    def _draw_now(self) -> None:
        self._drawn_for = self.size
        self._lines = list(self.draw(*self.size))

    def _measure(self) -> None:
        before, now = self.virtual_size.height, len(self._lines)
        # Where all fits, nothing can be scrolled, and another virtual size would only lay out and paint all once more.
        if before != now and max(before, now) > self.size.height:
            self.virtual_size = Size(self.size.width, len(self._lines))


def _at(lines: Sequence[Line], y: int) -> Line:
    return lines[y] if y < len(lines) else ()
