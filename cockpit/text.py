"""The one door for text from outside: commit subjects, branch names, labels, API errors, file names."""

import unicodedata

LIMIT = 512
"""Longest text that goes through, in characters."""

MARKS_PER_CHARACTER = 2
"""Combining marks kept on one character; more would climb over neighbouring rows."""

ELLIPSIS = "…"


def clean(raw: str | bytes | None, limit: int = LIMIT) -> str:
    """Return `raw` as one harmless line of at most `limit` characters.

    Control, bidi and zero-width codes are dropped, line ends and odd spaces become one space, undecodable bytes
    become U+FFFD. The result is safe to paint, and is not safe to parse as markup.
    """
    if raw is None:
        return ""
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text
    # A hostile megabyte costs no more than what could be kept of it.
    text = _harmless(text[: limit * 4])
    return text if len(text) <= limit else text[: limit - 1] + ELLIPSIS


def clean_lines(raw: str | bytes, limit: int = 4096) -> list[str]:
    """Return every line of `raw` cleaned for itself, tabs as four spaces; for diffs and logs."""
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    return [clean(line.replace("\t", "    "), limit) for line in text.split("\n")]


def _harmless(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for character in text:
        if _is_mark(character):
            marks += 1
            if marks > MARKS_PER_CHARACTER or not kept or _is_variation_selector(character):
                continue
        else:
            marks = 0
            if not character.isprintable():
                character = _instead_of(character)
        kept.append(character)
    return "".join(kept)


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Me")


def _is_variation_selector(character: str) -> bool:
    """Terminals disagree about the width of what it follows, so a row would shift."""
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def _instead_of(character: str) -> str:
    if character.isspace():
        return " "
    if unicodedata.category(character) in ("Cs", "Co", "Cn"):
        return "\ufffd"
    return ""
