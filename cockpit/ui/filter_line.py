"""Where the words of a filter are typed: rows follow while one types."""

from collections.abc import Callable
from typing import ClassVar, Protocol

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input

from cockpit.ui.bindings import FILTER_LINE
from cockpit.ui.feed import Query
from cockpit.ui.prompt import Prompt

_HINT = "words; ! first for rows without them; Enter keeps, Esc clears"


class Narrow(Protocol):
    """Takes the words as they are now."""

    def __call__(self, text: str, *, inverse: bool) -> None:
        """Show only rows with, or with `inverse` without, these words."""


class FilterLine(Horizontal):
    """Takes the place of the keys at the bottom until Enter or Esc."""

    DEFAULT_CSS = """
    FilterLine { height: 1; padding: 0 0 0 1; }
    FilterLine > Prompt { width: 1; }
    FilterLine > Input { border: none; height: 1; padding: 0; width: 1fr; }
    """
    BINDINGS: ClassVar = FILTER_LINE

    def __init__(self, before: Query, narrow: Narrow, done: Callable[[], None], *, hint: str = _HINT) -> None:
        super().__init__(id="footer")
        self._before = before
        self._narrow = narrow
        self._done = done
        self._hint = hint

    def compose(self) -> ComposeResult:
        """The slash that was pressed, and the line behind it."""
        yield Prompt("/")
        text = f"!{self._before.text}" if self._before.inverse else self._before.text
        typing = Input(
            text,
            placeholder=self._hint,
            select_on_focus=False,
            compact=True,
        )
        typing.cursor_blink = False
        yield typing

    def on_mount(self) -> None:
        """Take the keys."""
        self.query_exactly_one(Input).focus()

    @on(Input.Changed)
    def follow(self, event: Input.Changed) -> None:
        """Tell the words as they are now."""
        event.stop()
        self._narrow(event.value.removeprefix("!").strip(), inverse=event.value.startswith("!"))

    @on(Input.Submitted)
    def keep(self, event: Input.Submitted) -> None:
        """Keep the filter and go back to the rows."""
        event.stop()
        self._done()

    def action_clear(self) -> None:
        """Show every row again and go back to them."""
        self._narrow("", inverse=False)
        self._done()
