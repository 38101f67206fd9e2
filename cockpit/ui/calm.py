"""An app that costs next to nothing while nothing happens, and paints no more than what changed."""

import gc
from typing import ClassVar

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.control import Control
from textual import events, on
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.driver import Driver
from textual.filter import LineFilter, NoColor
from textual.screen import Screen

from cockpit.ui.driver import CalmDriver
from cockpit.ui.in_place import SentLines, WholeInPlace, rendered
from cockpit.ui.last_line import LastLine


class CalmApp(App[None]):
    """Leaves out what moves by itself, selects text or looks for garbage in what never becomes any."""

    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__(driver_class=CalmDriver)
        self.animation_level = "none"
        self._sent = SentLines()
        self._last_filters: list[LineFilter] = [*([NoColor()] if self.no_color else ()), LastLine()]

    def get_line_filters(self) -> list[LineFilter]:
        """Return what every line goes through last.

        Textual's own filters turn the terminal's sixteen colours into shades of its own choice, and NO_COLOR into
        greys; our themes need the first one nowhere, and no colour means none.
        """
        return self._last_filters

    def on_ready(self) -> None:
        """Take all that is loaded out of the collector's sight once the first picture stands.

        Going through widgets, styles and modules, which stay as long as the screen, delays a key by up to 20 ms.
        """
        if not self.is_headless:
            self.call_after_refresh(_settle)

    @on(events.Resize)
    @on(Driver.SignalResume)
    def _paint_every_line(self) -> None:
        """A terminal of another size, or one that another program had meanwhile, may show anything."""
        self._sent.forget_all()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Send the changed cells alone: Textual sends the whole line of every widget that changed in it."""
        if isinstance(renderable, ChopsUpdate):
            renderable = ChangedCells(renderable, self._sent)
        elif isinstance(renderable, LayoutUpdate):
            renderable = WholeInPlace(renderable.strips, renderable.region, self._sent)
        super()._display(screen, renderable)


class ChangedCells(CompositorUpdate):
    """A partial update cut to the cells that are to change."""

    def __init__(self, update: ChopsUpdate, sent: SentLines) -> None:
        self._update = update
        self._sent = sent

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self._update

    def render_segments(self, console: Console) -> str:
        """Return what the terminal is to be sent."""
        sent: list[str] = []
        for y, start, stop in self._update.spans:
            self._sent.forget(y)
            ends = self._update.chop_ends[y]
            for end, (x, strip) in zip(ends, self._update.chops[y].items(), strict=False):
                left, right = max(start, x), min(stop, end)
                if strip is None or left >= right:
                    continue
                sent.append(Control.move_to(left, y).segment.text)
                sent.append(rendered(strip.crop(left - x, right - x), console, left))
        return "".join(sent)


def _settle() -> None:
    gc.collect()
    gc.freeze()
