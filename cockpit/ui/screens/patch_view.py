"""The patch on screen: only the lines that are seen are coloured."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import ClassVar

from textual.geometry import Size
from textual.strip import Strip

from cockpit.domain.change import Diff
from cockpit.ui.bindings import PATCH, TEXT
from cockpit.ui.lines import Line, Piece, fitted_end, line, to_strip, width_of
from cockpit.ui.painted import Painted
from cockpit.ui.screens.patch import Kind, PatchLine, Spans, changed_words, patch_lines
from cockpit.ui.screens.syntax import coloured, lexer_for

_NUMBERS_FROM = 100
"""Cells of width from which line numbers are shown."""
_SIGNS = {Kind.ADDED: ("+", "good@added"), Kind.REMOVED: ("-", "bad@removed")}
_GROUNDS = {Kind.ADDED: "added", Kind.REMOVED: "removed"}
_SIDE_STEP = 16


class PatchView(Painted, can_focus=True):
    """A patch of any length."""

    DEFAULT_CSS = "PatchView { overflow: hidden auto; height: 1fr; }"
    BINDINGS: ClassVar = [*TEXT, *PATCH]

    def __init__(self) -> None:
        super().__init__(id="patch")
        self._patch: list[PatchLine] = []
        self._paths: tuple[str, ...] = ()
        self._hunk_starts: list[int] = []
        self._file_starts: list[int] = []
        self._shift = 0
        self._found: set[int] = set()

    def put(self, diff: Diff) -> None:
        """Show this diff, its message above it."""
        notes = [PatchLine(Kind.NOTE, text, -1) for text in diff.message.strip().split("\n")[1:]]
        end = [PatchLine(Kind.NOTE, f"… {diff.truncated}", -1)] if diff.truncated else []
        self._patch = [*notes, *patch_lines(diff.patch), *end]
        self._paths = tuple(file.path for file in diff.files)
        self._hunk_starts = [number for number, one in enumerate(self._patch) if one.kind is Kind.HUNK]
        self._file_starts = [number for number, one in enumerate(self._patch) if one.kind is Kind.FILE]
        self._hunk = lru_cache(maxsize=64)(self._colour_hunk)
        self.virtual_size = Size(self.size.width, len(self._patch))
        self.refresh()

    @property
    def file_here(self) -> int:
        """Position of the file at the top of the window."""
        top = round(self.scroll_y)
        return max(0, self._patch[min(top, len(self._patch) - 1)].file) if self._patch else 0

    def go_to_file(self, position: int) -> None:
        """Bring a file to the top."""
        if 0 <= position < len(self._file_starts):
            self.scroll_to(y=self._file_starts[position], animate=False)

    def search(self, text: str) -> int:
        """Mark every line with `text` in any case, go to the first from here on, return how many there are."""
        wanted = text.lower()
        self._found = {number for number, one in enumerate(self._patch) if wanted and wanted in one.text.lower()}
        self.refresh()
        self.next_found(0)
        return len(self._found)

    def next_found(self, step: int) -> None:
        """Go to the next line that was found, or with -1 to the one before; 0 stays where one is."""
        top = round(self.scroll_y)
        below = [number for number in self._found if number > top or (step == 0 and number == top)]
        above = [number for number in self._found if number < top]
        if step < 0:
            target = max(above, default=max(self._found, default=None))
        else:
            target = min(below, default=min(self._found, default=None))
        if target is not None:
            self.scroll_to(y=target, animate=False)

    def action_shift(self, step: int) -> None:
        """Show what lies further left or right."""
        self._shift = max(0, self._shift + step * _SIDE_STEP)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return one row of the window."""
        number = round(self.scroll_y) + y
        width = self.size.width
        if number >= len(self._patch):
            return to_strip((), width, self.style_of)
        return to_strip(self._line(number, width), width, self.style_of)

    def _line(self, number: int, width: int) -> Line:
        one = self._patch[number]
        if one.kind is Kind.FILE:
            path = self._paths[one.file] if one.file < len(self._paths) else one.text
            head = line(("━━ ", "accent"), (fitted_end(path, width - 6), "accent"), " ")
            return line(head, ("━" * (width - width_of(head)), "line"))
        if one.kind is Kind.HUNK:
            return line((f"  ┄┄ line {one.new} ", "muted"), (one.text, "muted"))
        if one.kind is Kind.NOTE:
            return line("   ", (one.text, "muted"))
        sign, slot = _SIGNS.get(one.kind, (" ", ""))
        mark = ("▸", "warn") if number in self._found else (" ", "")
        return line(mark, self._numbers(one, width), (f"{sign} ", slot), self._code(number, one))

    def _numbers(self, one: PatchLine, width: int) -> Line:
        if width < _NUMBERS_FROM:
            return ()
        old, new = (str(number) if number is not None else "" for number in (one.old, one.new))
        return line((f"{old:>5} {new:>5} ", "muted"))

    def _code(self, number: int, one: PatchLine) -> Line:
        start = self._hunk_starts[one.hunk]
        pieces = self._hunk(one.hunk)[number - start]
        grounded = _grounded(pieces, _GROUNDS.get(one.kind, ""), changed_words(self._patch, number))
        return _shifted(grounded, self._shift)

    def _colour_hunk(self, hunk: int) -> list[Line]:
        start = self._hunk_starts[hunk]
        end = self._hunk_starts[hunk + 1] if hunk + 1 < len(self._hunk_starts) else len(self._patch)
        lines = self._patch[start:end]
        path = self._paths[lines[0].file] if lines[0].file < len(self._paths) else ""
        return list(coloured(lexer_for(path), lines))


def _grounded(pieces: Sequence[Piece], ground: str, changed: Spans) -> Line:
    """Put a ground below every piece, a stronger one below the words that changed."""
    if not ground:
        return tuple(pieces)
    result: list[Piece] = []
    position = 0
    for piece in pieces:
        for text, within in _cut(piece.text, position, changed):
            result.append(Piece(text, f"{piece.slot}@{ground}{'-word' if within else ''}"))
        position += len(piece.text)
    return (*result, Piece(" ", f"@{ground}"))


def _cut(text: str, start: int, spans: Spans) -> list[tuple[str, bool]]:
    cuts = sorted({0, len(text), *(edge - start for span in spans for edge in span if 0 < edge - start < len(text))})
    return [(text[a:b], any(first <= start + a < last for first, last in spans)) for a, b in pairwise(cuts)]


def _shifted(whole: Line, cells: int) -> Line:
    """Drop the first characters of a line."""
    if not cells:
        return whole
    result: list[Piece] = []
    for piece in whole:
        kept = piece.text[cells:]
        cells = max(0, cells - len(piece.text))
        if kept:
            result.append(Piece(kept, piece.slot))
    return tuple(result)
