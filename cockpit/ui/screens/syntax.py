"""Colours of source code, one hunk at a time and only when it is seen."""

from collections.abc import Iterable, Sequence

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_for_filename
from pygments.token import Token, _TokenType
from pygments.util import ClassNotFound

from cockpit.ui.lines import Piece
from cockpit.ui.screens.patch import Kind, PatchLine

_MOST_LINES = 600
_MOST_CHARACTERS = 60_000
"""A larger hunk is shown plain: nobody waits for colours."""

_SLOTS = (
    (Token.Comment, "muted"),
    (Token.Literal.String, "good"),
    (Token.Literal.Number, "warn"),
    (Token.Keyword, "accent"),
    (Token.Name.Function, "strong"),
    (Token.Name.Class, "strong"),
    (Token.Name.Tag, "accent"),
    (Token.Name.Decorator, "accent"),
)


def lexer_for(path: str) -> Lexer | None:
    """Return the lexer for a file of this name, None when Pygments knows none."""
    try:
        return get_lexer_for_filename(path, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


def coloured(lexer: Lexer | None, lines: Sequence[PatchLine]) -> list[tuple[Piece, ...]]:
    """Return the pieces of each line of one hunk; both versions are read as wholes, so strings may span lines."""
    plain: list[tuple[Piece, ...]] = [(Piece(line.text),) for line in lines]
    if lexer is None or len(lines) > _MOST_LINES or sum(len(line.text) for line in lines) > _MOST_CHARACTERS:
        return plain
    result = list(plain)
    for gone in (Kind.ADDED, Kind.REMOVED):
        numbers = [number for number, line in enumerate(lines) if line.kind not in (gone, Kind.HUNK, Kind.NOTE)]
        text = "\n".join(lines[number].text for number in numbers)
        for number, pieces in zip(numbers, _by_line(lexer.get_tokens(text)), strict=False):
            if "".join(piece.text for piece in pieces) == lines[number].text:
                result[number] = pieces
    return result


def _by_line(tokens: Iterable[tuple[_TokenType, str]]) -> Iterable[tuple[Piece, ...]]:
    pieces: list[Piece] = []
    for token, value in tokens:
        first, *others = value.split("\n")
        slot = _slot(token)
        pieces.append(Piece(first, slot))
        for other in others:
            yield tuple(piece for piece in pieces if piece.text)
            pieces = [Piece(other, slot)]
    yield tuple(piece for piece in pieces if piece.text)


def _slot(token: _TokenType) -> str:
    return next((slot for kind, slot in _SLOTS if token[: len(kind)] == kind), "")
