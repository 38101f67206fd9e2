"""How people move in a list: by keys, by clicks, and by the wheel."""

from textual import events
from textual.binding import Binding, BindingType
from textual.scroll_view import ScrollView

from cockpit.ui.grid_view import GridView

WHEEL_ROWS = 3


def _key(name: str, keys: str, run: str, what: str) -> Binding:
    return Binding(keys, run, what, show=False, tooltip=what, id=f"grid.{name}")


GRID_KEYS: list[BindingType] = [
    _key("down", "j,down", "step(1)", "Go one row down"),
    _key("up", "k,up", "step(-1)", "Go one row up"),
    _key("page_down", "pagedown,ctrl+d", "page(1)", "Go one page down"),
    _key("page_up", "pageup,ctrl+u", "page(-1)", "Go one page up"),
    _key("first", "g,home", "first", "Go to the first row"),
    _key("last", "G,end", "last", "Go to the last row"),
    _key("mark", "space", "mark", "Mark the row, or take the mark away"),
    _key("open", "enter", "open", "Open the row"),
]
"""What people press in a list."""


class Steered(ScrollView):
    """Moves the cursor and the window where somebody wants them."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._view = GridView()
        self._chosen = False
        """Somebody has chosen the row under the cursor; else the cursor stays on the first row, whichever that is."""

    def action_open(self) -> None:
        """Open the row under the cursor."""
        raise NotImplementedError

    def _show(self) -> None:
        """Paint what another place of the cursor or the window changes."""
        raise NotImplementedError

    def action_step(self, rows: int) -> None:
        """Move the cursor by so many rows."""
        self._choose(self._view.cursor + rows)

    def action_page(self, pages: int) -> None:
        """Move the cursor by so many windows."""
        self._view.page(pages)
        self._choose(self._view.cursor)

    def action_first(self) -> None:
        """Go to the first row."""
        self._choose(0)

    def action_last(self) -> None:
        """Go to the last row."""
        self._choose(self._view.count - 1)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is; a double click opens."""
        position = self._view.top + event.y - 1
        if event.y < 1 or position >= self._view.count:
            return
        self._choose(position)
        if event.chain == 2:
            self.action_open()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll; the cursor comes along."""
        event.stop()
        self._wheel(WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll; the cursor comes along."""
        event.stop()
        self._wheel(-WHEEL_ROWS)

    def _wheel(self, rows: int) -> None:
        self._view.wheel(rows)
        self._choose(self._view.cursor)

    def _choose(self, position: int) -> None:
        """Put the cursor where somebody wants it."""
        self._chosen = True
        self._view.go(position)
        self._show()
