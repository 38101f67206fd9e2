"""Columns that stay where they are, whatever a terminal thinks of the width of a script.

Terminals, their versions and libraries disagree about Indic vowels, conjuncts, emoji and their joins. The cells of such
a word are blanked, the word is painted, and the cursor is put where we count the word's end.
"""

import re
from collections.abc import Iterable, Iterator

from rich.cells import cell_len
from rich.console import Console
from rich.control import Control
from rich.segment import Segment
from textual._compositor import LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

_DISPUTED = (
    "\u0300-\u036f\u0590-\u1fff\u200c\u200d\u20d0-\u20ff"
    "\ua800-\uabff\ud7b0-\ud7ff\ufb1d-\ufdff\ufe70-\ufeff\U00010000-\U0010ffff"
)
"""Marks, the scripts from Hebrew to polytonic Greek, joiners, presentation forms, and all that is not in the BMP."""

_PARTS = re.compile(rf"(\S*[{_DISPUTED}]\S*(?:\s+\S*[{_DISPUTED}]\S*)*\s*)")


def rendered(strip: Strip, console: Console, x: int) -> str:
    """Return what a terminal is to be sent for a strip that begins in column `x` (0 is the first)."""
    if strip.text.isascii() or not _PARTS.search(strip.text):
        return strip.render(console)
    sent: list[str] = []
    for segment in strip:
        # Every second part is words whose width is disputed, with the blanks behind them, which they may run into.
        for number, text in enumerate(_PARTS.split(segment.text)):
            end = x + cell_len(text)
            if number % 2:
                sent += [_painted(" " * (end - x), segment, console), _column(x)]
                text = text.rstrip()
            sent.append(_painted(text, segment, console))
            if number % 2:
                sent.append(_column(end))
            x = end
    return "".join(sent)


class SentLines:
    """The lines that the terminal shows just as they were last sent whole."""

    def __init__(self) -> None:
        self._lines: dict[int, str] = {}
        self._region = Region()

    def forget(self, y: int) -> None:
        """Send this line again with the next whole picture: a part of it is another now."""
        self._lines.pop(y, None)

    def forget_all(self) -> None:
        """Send every line again: the terminal may show anything."""
        self._lines.clear()

    def news(self, region: Region, lines: Iterable[str]) -> str:
        """Return those of the lines of a region that the terminal does not show."""
        if region != self._region:
            self._region = region
            self.forget_all()
        news = [(y, line) for y, line in enumerate(lines, region.y) if self._lines.get(y) != line]
        self._lines.update(news)
        return "".join(line for _, line in news)


class WholeInPlace(LayoutUpdate):
    """A full update whose columns stay where they are, less the lines that the terminal shows already."""

    def __init__(self, strips: list[Iterable[Strip]], region: Region, sent: SentLines) -> None:
        super().__init__(strips, region)
        self._sent = sent

    def render_segments(self, console: Console) -> str:
        """Return what the terminal is to be sent."""
        return self._sent.news(self.region, self._lines(console))

    def _lines(self, console: Console) -> Iterator[str]:
        for y, strips in enumerate(self.strips, self.region.y):
            x = self.region.x
            line = [Control.move_to(x, y).segment.text]
            for strip in strips:
                line.append(rendered(strip, console, x))
                x += strip.cell_length
            yield "".join(line)


def _painted(text: str, like: Segment, console: Console) -> str:
    return Strip([Segment(text, like.style)]).render(console) if text else ""


def _column(x: int) -> str:
    return f"\x1b[{x + 1}G"
