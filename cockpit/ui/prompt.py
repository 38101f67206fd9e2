"""The sign before a line that is typed on: which key was pressed."""

from collections.abc import Sequence

from cockpit.ui.lines import Line, line
from cockpit.ui.painted import PaintedLines


class Prompt(PaintedLines):
    """One sign."""

    DEFAULT_CSS = "Prompt { width: 2; height: 1; }"

    def __init__(self, sign: str) -> None:
        super().__init__(id="prompt")
        self._sign = sign

    def draw(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002 - one sign is all there is
        """Return the sign."""
        return [line((self._sign, "accent"))]
