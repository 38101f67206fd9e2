"""A page of lines that is read by scrolling."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import BindingType

from cockpit.ui.bindings import TEXT
from cockpit.ui.lines import Line
from cockpit.ui.painted import PaintedLines

Draw = Callable[[int, int], Sequence[Line]]
"""Width and height to lines."""


class Page(PaintedLines, can_focus=True):
    """Shows what its owner draws; scrolls by the keys that also move in lists."""

    DEFAULT_CSS = "Page { overflow: hidden auto; scrollbar-size-vertical: 1; height: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = TEXT

    def __init__(self, draw: Draw, *, id: str = "page") -> None:
        super().__init__(id=id)
        self._draw = draw

    def draw(self, width: int, height: int) -> Sequence[Line]:
        """Return what the owner draws."""
        return self._draw(width, height)
