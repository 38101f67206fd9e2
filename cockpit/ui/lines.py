"""Lines made of pieces, each with the theme slot it is painted in; widths are terminal cells."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip


class Piece(NamedTuple):
    """A stretch of text in one slot; the text comes from `clean()` or from ourselves."""

    text: str
    slot: str = ""


Line = tuple[Piece, ...]
"""What one row shows, from left to right."""

BLANK: Line = ()


def line(*parts: "str | tuple[str, str] | Line") -> Line:
    """Return one line of plain strings, (text, slot) pairs and other lines."""
    pieces: list[Piece] = []
    for part in parts:
        if isinstance(part, str):
            pieces.append(Piece(part))
        elif part and isinstance(part[0], str):
            pieces.append(Piece(*part))
        else:
            pieces.extend(part)
    return tuple(piece for piece in pieces if piece.text)


def width_of(whole: Line) -> int:
    """Return how many cells a line takes."""
    return sum(cell_len(piece.text) for piece in whole)


def text_of(whole: Line) -> str:
    """Return a line without its colours."""
    return "".join(piece.text for piece in whole)


def fitted(whole: Line, width: int) -> Line:
    """Return a line no wider than `width`, with an ellipsis where something was lost."""
    if width_of(whole) <= width:
        return whole
    kept: list[Piece] = []
    left = max(0, width - 1)
    for piece in whole:
        length = cell_len(piece.text)
        if length > left:
            kept.append(Piece(set_cell_size(piece.text, left).rstrip() + "…", piece.slot))
            break
        kept.append(piece)
        left -= length
    return tuple(kept) if width > 0 else BLANK


def fitted_end(text: str, width: int) -> str:
    """Return the end of a text no wider than `width`, with an ellipsis before it where something was lost.

    For paths: what people look for is the file's name.
    """
    if cell_len(text) <= width:
        return text
    start, left = len(text), width - 1
    while start > 0 and (left := left - cell_len(text[start - 1])) >= 0:
        start -= 1
    return f"…{text[start:]}" if width > 0 else ""


def spread(left: Line, right: Line, width: int) -> Line:
    """Return `left` and, pushed to the end of `width`, `right`; the right one goes first when room is short."""
    room = width - width_of(left) - width_of(right)
    if not right or room < 2:
        return fitted(left, width)
    return (*left, Piece(" " * room), *right)


def flow(groups: Iterable[Line], width: int, gap: str = "   ") -> list[Line]:
    """Return the groups one after the other, `gap` between them, on as many lines as they need."""
    lines: list[Line] = []
    current: Line = BLANK
    for group in groups:
        if not group:
            continue
        joined = (*current, Piece(gap), *group) if current else group
        if current and width_of(joined) > width:
            lines.append(current)
            joined = group
        current = joined
    if current:
        lines.append(current)
    return lines


def wrapped(text: str, width: int, slot: str = "") -> list[Line]:
    """Return a text for people on lines no wider than `width`, broken at spaces, and in words that are longer."""
    room = max(1, width)
    parts = (part for word in text.split() for part in chop_cells(word, room))
    return flow((line((part, slot)) for part in parts), room, gap=" ")


def folded(whole: Line, width: int, most: int) -> list[Line]:
    """Return a line of words on at most `most` lines, broken at spaces; what finds no room ends in an ellipsis."""
    if width_of(whole) <= width or most < 2:
        return [fitted(whole, width)]
    words: list[list[Piece]] = [[]]
    for text, slot in whole:
        first, *others = text.split(" ")
        words[-1].append(Piece(first, slot))
        words += [[Piece(word, slot)] for word in others]
    lines = flow((line(tuple(word)) for word in words), width, gap=" ")
    if len(lines) > most:
        rest = [piece for one in lines[most - 1 :] for piece in (*one, Piece(" "))]
        lines[most - 1 :] = [tuple(rest[:-1])]
    return [fitted(one, width) for one in lines]


def to_strip(whole: Line, width: int, style_of: Callable[[str], Style]) -> Strip:
    """Return a line painted, exactly `width` cells long."""
    shown = fitted(whole, width)
    segments = [Segment(piece.text, style_of(piece.slot)) for piece in shown]
    room = width - width_of(shown)
    if room > 0:
        ground = shown[-1].slot.partition("@")[2] if shown else ""
        segments.append(Segment(" " * room, style_of(f"@{ground}" if ground else "")))
    return Strip(segments, width)


def bullet(label: str, value: Line, label_width: int) -> Line:
    """Return `label` in its column and what is said about it."""
    return line((label.ljust(label_width), "muted"), value)


def joined(groups: Sequence[Line], between: str = " · ") -> Line:
    """Return the groups that are not empty with a muted dot between them."""
    result: Line = BLANK
    for group in groups:
        if group:
            result = (*result, Piece(between, "muted"), *group) if result else group
    return result
