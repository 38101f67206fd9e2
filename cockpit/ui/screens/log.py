"""The end of a log that lies on this machine."""

import os
import stat
from collections.abc import Sequence

from rich.cells import chop_cells
from textual.widget import Widget

from cockpit.text import clean, clean_lines
from cockpit.ui.context import ScreenContext
from cockpit.ui.feed import Feed
from cockpit.ui.lines import Line, fitted_end, line
from cockpit.ui.page import Page
from cockpit.ui.screens.level import Level, keys

TAIL_BYTES = 256 * 1024
"""No more of a log is read."""

_NAMES_SHOWN = 200

_AROUND = 10
"""Cells of the title line that are not the path's."""


class LogScreen(Level):
    """A log as plain text, its end first; it follows while the log grows."""

    def __init__(self, feed: Feed, context: ScreenContext, path: str) -> None:
        super().__init__(feed, context)
        self._path = path
        self._words: list[str] = []

    def title_line(self) -> Line:
        """Name the file."""
        return line(("Log ", "strong"), (fitted_end(clean(self._path), self.app.size.width - _AROUND), "muted"))

    def keys_line(self) -> Line:
        """Say how to get around."""
        return keys(("Esc", "back"), ("j k", "lines"), ("g G", "top, end"), ("y", "copy path"), ("?", "help"))

    def body(self) -> Sequence[Widget]:
        """One page."""
        return [Page(self._draw)]

    def on_mount(self) -> None:
        """Begin at the end: what failed stands there."""
        super().on_mount()
        self.call_after_refresh(self._page.scroll_end, animate=False)

    def on_overview(self) -> None:
        """Read what has been written since."""
        at_end = self._page.scroll_y >= self._page.max_scroll_y
        words = tail(self._path)
        if words != self._words:
            self._words = words
            self._page.redraw()
            if at_end:
                self._page.scroll_end(animate=False)

    def id_here(self) -> str:
        """Return the path."""
        return self._path

    @property
    def _page(self) -> Page:
        return self.query_exactly_one(Page)

    def _draw(self, width: int, _height: int) -> list[Line]:
        room = max(1, width - 2)
        return [line(" ", part) for words in self._words for part in (chop_cells(words, room) or [""])]


def tail(path: str) -> list[str]:
    """Return the last lines of a file, cleaned, or the names in a folder, or why neither can be shown."""
    try:
        if os.path.isdir(path):  # noqa: PTH112 - a path from a fact, only looked at
            return [clean(name) for name in sorted(os.listdir(path))[:_NAMES_SHOWN]]  # noqa: PTH208
        # Not to wait for a writer where somebody has put a pipe.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            about = os.fstat(descriptor)
            if not stat.S_ISREG(about.st_mode):
                return ["This is no file that can be read."]
            file.seek(max(0, about.st_size - TAIL_BYTES))
            lines = clean_lines(file.read(TAIL_BYTES).removesuffix(b"\n"))
    except (OSError, ValueError) as error:
        return [f"The log cannot be read: {clean(getattr(error, 'strerror', None) or str(error))}"]
    if about.st_size > TAIL_BYTES:
        return [f"… only the last {TAIL_BYTES // 1024} kB", *lines[1:]]
    return lines
