"""What every screen over the main one has: the header, a title, a body, Esc to go out."""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget

from cockpit.domain.build import Build
from cockpit.domain.overview import Overview
from cockpit.ui.context import ScreenContext
from cockpit.ui.feed import Feed
from cockpit.ui.grid import Grid
from cockpit.ui.header import Header
from cockpit.ui.layout import header_lines
from cockpit.ui.lines import Line, fitted, joined, line, width_of
from cockpit.ui.painted import PaintedLines
from cockpit.ui.screens.narrowing import marked_words
from cockpit.ui.screens.originals import build_of


class Level(Screen[None]):
    """One level below the main screen."""

    DEFAULT_CSS = """
    Level { layout: vertical; overflow: hidden; }
    Level > Rule { height: 1; }
    Level > Header { height: 1; }
    """
    BINDINGS: ClassVar[list[Any]] = []

    def __init__(self, feed: Feed, context: ScreenContext) -> None:
        super().__init__()
        self.feed = feed
        self.context = context
        self.overview: Overview | None = None

    def title_line(self) -> Line:
        """Return what this screen is about."""
        raise NotImplementedError

    def keys_line(self) -> Line:
        """Return the keys that matter here."""
        return keys(("Esc", "back"), ("?", "help"))

    def body(self) -> Sequence[Widget]:
        """Return the widgets between the rules; the first one gets the keys."""
        raise NotImplementedError

    def on_overview(self) -> None:
        """Repaint the body: `overview` is new."""

    def id_here(self) -> str:
        """Return the id of what is under the cursor."""
        return ""

    def ids_here(self) -> list[str]:
        """Return the ids of the marked rows, or else of what is under the cursor."""
        grid = self.list_here()
        return grid.marked_in_order if grid is not None and grid.marked else [self.id_here()]

    def list_here(self) -> Grid[Any] | None:
        """Return the list that the keys go to; None where there is none."""
        return self.focused if isinstance(self.focused, Grid) else None

    def link_here(self) -> str:
        """Return the address of what is under the cursor."""
        return ""

    def row_here(self) -> object:
        """Return what is under the cursor; None where nothing is."""
        grid = self.list_here()
        return grid.cursor_row if grid is not None else None

    def build_here(self) -> Build | None:
        """Return the build that is under the cursor, or that of the commit under it."""
        return build_of(self.row_here(), self.feed)

    def log_here(self) -> str:
        """Return the path of the log of what is under the cursor; empty where the log of a build is meant."""
        return ""

    def step_back(self) -> bool:
        """Step out of something within this screen; False when there is nothing and the screen is to be left."""
        grid = self.list_here()
        return grid is not None and grid.unmark()

    def compose(self) -> ComposeResult:
        """Header, title, body, keys."""
        yield Header(self.context)
        yield Rule(id="title")
        yield from self.body()
        yield Rule(id="keys")

    def on_mount(self) -> None:
        """Paint what is known."""
        self.show(self.feed.overview())

    def on_screen_resume(self) -> None:
        """Catch up with what happened while another screen was seen."""
        self.show(self.feed.overview())

    def show(self, overview: Overview) -> None:
        """Take the newest answer; only what it changes is painted."""
        self.overview = overview
        with self.app.batch_update():
            self.query_exactly_one(Header).show(overview)
            self.on_overview()
            self.retitle()

    def refresh_times(self) -> None:
        """Paint ages anew: a minute has passed."""
        self.show(self.feed.overview())

    def retitle(self) -> None:
        """Paint title and keys anew."""
        grid = self.list_here()
        self.get_child_by_id("title", Rule).say(joined([self.title_line(), marked_words(grid)]))
        self.get_child_by_id("keys", Rule).say(self.keys_line())

    @on(Grid.Marked)
    def count_marks(self) -> None:
        """Say how many rows are marked."""
        self.retitle()

    def on_resize(self, event: events.Resize) -> None:
        """Give the header its lines, and the title its width."""
        self.query_exactly_one(Header).styles.height = header_lines(event.size)
        if self.overview is not None:
            self.retitle()


class Rule(PaintedLines):
    """Words on a line across the screen."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._words: Line = ()

    def say(self, words: Line) -> None:
        """Show these words."""
        self._words = words
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002 - one line is all there is
        """Return the rule with its words."""
        words = fitted(self._words, width - 5)
        left = line(("──", "line"), " ", words, " ") if words else ()
        return [line(left, ("─" * (width - width_of(left)), "line"))]


def keys(*pairs: tuple[str, str]) -> Line:
    """Return keys and what they do, as the bottom line shows them."""
    groups = [
        line(("  " if number else "", ""), (key, "accent"), (f" {what}", "muted"))
        for number, (key, what) in enumerate(pairs)
    ]
    return line(*groups)
