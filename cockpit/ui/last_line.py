"""The last line of defence: whatever a widget wants painted, only harmless text reaches the terminal.

`clean()` has seen every fact at the boundary already; this holds where somebody forgot, and for text that a library
made. It runs over every segment of every widget as the last of Textual's line filters.
"""

from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from cockpit.text import clean


class LastLine(LineFilter):
    """Drops control, bidi and zero-width codes, links that are not http, and actions hidden in text."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - Textual's interface
        """Return the segments without anything a terminal would act on."""
        if all(map(_is_harmless, segments)):
            return segments
        return [_disarmed(segment) for segment in segments]


def _is_harmless(segment: Segment) -> bool:
    text, style, control = segment
    return (
        not control
        and (style is None or (not style._meta and not style._link))
        and text.isascii()
        and text.isprintable()
    )


def _disarmed(segment: Segment) -> Segment:
    text, style, _ = segment
    return Segment(_harmless_text(text), None if style is None else _harmless_style(style))


@lru_cache(maxsize=8192)
def _harmless_text(text: str) -> str:
    """Return `text` cleaned; what was dropped leaves its cells blank, so that nothing after it moves."""
    if text.isprintable() and clean(text, len(text) or 1) == text:
        return text
    from rich.cells import cell_len, set_cell_size

    return set_cell_size(clean(text, max(1, len(text))), cell_len(text))


@lru_cache(maxsize=1024)
def _harmless_style(style: Style) -> Style:
    """Return `style` without metadata, and with its link only where that leads to the web."""
    link = (
        style.link
        if style.link and style.link.startswith(("https://", "http://")) and clean(style.link) == style.link
        else None
    )
    return style.clear_meta_and_links().update_link(link) if style.meta or style.link else style
