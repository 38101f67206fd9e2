"""A page of lines that is read by scrolling."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from cockpit.ui.lines import Line
from cockpit.ui.painted import PaintedLines

Draw = Callable[[int, int], Sequence[Line]]
"""Width and height to lines."""


READING: list[BindingType] = [
    Binding("j,down", "scroll_down", "Down", show=False, id="page.down"),
    Binding("k,up", "scroll_up", "Up", show=False, id="page.up"),
    Binding("g,home", "scroll_home", "To the top", show=False, id="page.top"),
    Binding("G,end", "scroll_end", "To the end", show=False, id="page.end"),
    Binding("ctrl+d,pagedown,space", "page_down", "A page down", show=False, id="page.page_down"),
    Binding("ctrl+u,pageup", "page_up", "A page up", show=False, id="page.page_up"),
]
"""Keys that move in text as they do in lists."""


class Page(PaintedLines, can_focus=True):
    """Shows what its owner draws; scrolls by the keys that also move in lists."""

    DEFAULT_CSS = "Page { overflow: hidden auto; scrollbar-size-vertical: 1; height: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = READING

    def __init__(self, draw: Draw, *, id: str = "page") -> None:
        super().__init__(id=id)
        self._draw = draw

    def draw(self, width: int, height: int) -> Sequence[Line]:
        """Return what the owner draws."""
        return self._draw(width, height)
