"""Where the words of a filter are typed: rows follow while one types."""

from collections.abc import Callable
from typing import ClassVar, Protocol

from textual import on
from textual.binding import Binding
from textual.widgets import Input

from cockpit.ui.feed import Query


class Narrow(Protocol):
    """Takes the words as they are now."""

    def __call__(self, text: str, *, inverse: bool) -> None:
        """Show only rows with, or with `inverse` without, these words."""


class FilterLine(Input):
    """Takes the place of the keys at the bottom until Enter or Esc."""

    DEFAULT_CSS = "FilterLine { border: none; height: 1; padding: 0 1; }"
    BINDINGS: ClassVar = [Binding("escape", "clear", "Clear the filter", show=False, id="filter.clear")]

    def __init__(self, before: Query, narrow: Narrow, done: Callable[[], None]) -> None:
        text = f"!{before.text}" if before.inverse else before.text
        super().__init__(
            text, placeholder="words; ! first for rows without them", select_on_focus=False, compact=True, id="footer"
        )
        self.cursor_blink = False
        self._narrow = narrow
        self._done = done

    def on_mount(self) -> None:
        """Take the keys."""
        self.focus()

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
