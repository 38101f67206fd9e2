"""What the two panes that are no grids have in common: focus, title, lines made of the overview."""

from collections.abc import Sequence

from cockpit.domain.overview import Overview
from cockpit.ui.context import ScreenContext
from cockpit.ui.lines import Line, line
from cockpit.ui.marks import SOURCE
from cockpit.ui.told import ToldLines


class Pane(ToldLines, can_focus=True):
    """A pane painted from the overview alone."""

    def __init__(self, context: ScreenContext, *, id: str) -> None:
        super().__init__(context, id=id)
        self.fault: Exception | None = None
        """Why the pane could last not be shown."""

    def draw(self, width: int, height: int) -> Sequence[Line]:
        """Return the pane's lines, or none before the first answer; a fault here must not cost the other panes."""
        if self._overview is None:
            return ()
        try:
            return self.lines(self._overview, width, height)
        except Exception as fault:  # noqa: BLE001 - it is shown by name, and the other panes live on
            self.fault = fault
            return [
                line((f" ✘ This pane cannot be shown: {type(fault).__name__}", "bad")),
                line((" The others go on.", "muted")),
            ]

    def title(self, overview: Overview) -> Line:
        """Return what the frame says after the pane's name."""
        raise NotImplementedError

    def lines(self, overview: Overview, width: int, height: int) -> Sequence[Line]:
        """Return the pane's lines for a window of this size."""
        raise NotImplementedError


def unread(overview: Overview, source: str, reading: str, nobody_reads: str) -> list[Line]:
    """Return why nothing is known from a source yet, and what to do about it."""
    trouble = next((one for one in overview.sources if one.name == source and one.reason), None)
    if trouble:
        mark = SOURCE[trouble.status]
        return [
            line((f" {mark.sign} {source}: {trouble.reason}", mark.slot)),
            line((f" {trouble.next_step}", "muted")),
        ]
    if overview.agent_alive:
        return [line((f" {reading}", "muted"))]
    return [
        line((f" {nobody_reads}", "warn")),
        line((" r", "accent"), (" starts one, and so does this screen within seconds.", "muted")),
    ]
