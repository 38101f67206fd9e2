"""What is painted from the overview alone."""

from cockpit.domain.overview import Overview
from cockpit.ui.context import ScreenContext
from cockpit.ui.painted import PaintedLines


class ToldLines(PaintedLines):
    """Lines made of the newest overview; there are none before the first."""

    def __init__(self, context: ScreenContext, *, id: str) -> None:
        super().__init__(id=id)
        self.context = context
        self._overview: Overview | None = None

    def show(self, overview: Overview) -> None:
        """Take the newest answer and repaint what it changes."""
        self._overview = overview
        self.redraw()
