"""The one door for text from outside: commit subjects, branch names, labels, API errors, file names."""

from collections.abc import Sequence

LIMIT = 512
"""Longest text that goes through, in characters."""

MARKS_PER_CHARACTER = 2
"""Combining marks kept on one character; more would climb over neighbouring rows."""

ELLIPSIS = "…"

_FIRST_MARK = "\u0300"


def clean(raw: str | bytes | None, limit: int = LIMIT) -> str:
    """Return `raw` as one harmless line of at most `limit` characters (at least 1).

    Control, bidi and zero-width codes are dropped, line ends and odd spaces become one space, undecodable bytes
    become U+FFFD. The result is safe to paint, and is not safe to parse as markup.
    """
    if raw is None:
        return ""
    # A hostile megabyte costs no more than what could be kept of it.
    enough = limit * 4
    text = raw[: enough * 4 + 4].decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    if len(text) <= limit and text.isprintable() and (text.isascii() or _is_plain(text)):
        return text
    kept = _harmless(text[:enough])
    return kept if len(kept) <= limit and len(text) <= enough else kept[: limit - 1] + ELLIPSIS


def clean_all(raws: Sequence[bytes], limit: int = LIMIT) -> list[str]:
    """Return what `clean` makes of each of `raws`, none of which holds a NUL."""
    # Most are plain, and plain ones are looked at as one text in a third of the time.
    if raws and max(map(len, raws)) <= limit and (together := b"\0".join(raws)).isascii():
        texts = together.decode("ascii").split("\0")
        if "".join(texts).isprintable():
            return texts
    return [clean(raw, limit) for raw in raws]


def clean_lines(raw: str | bytes, limit: int = 4096) -> list[str]:
    """Return every line of `raw` cleaned for itself, tabs as four spaces; for diffs and logs."""
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    return [clean(line.replace("\t", "    "), limit) for line in text.split("\n")]


def _is_plain(text: str) -> bool:
    """Tell whether every character is older in Unicode than the first mark: no need to look at each."""
    return max(text) < _FIRST_MARK


def _harmless(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for character in text:
        stands_for = _STANDS_FOR[character]
        if stands_for is _MARK:
            marks += 1
            if marks <= MARKS_PER_CHARACTER and kept:
                kept.append(character)
        elif stands_for:
            marks = 0
            kept.append(stands_for)
    return "".join(kept)


_MARK = "mark"
"""Of a character that is painted over the one before it."""


class _Meanings(dict[str, str]):
    """What is kept of each character: itself, something instead, or nothing; remembered for those that are common."""

    def __missing__(self, character: str) -> str:
        if len(self) > _MEANINGS_REMEMBERED:
            self.clear()
        self[character] = meaning = _meaning(character)
        return meaning


_MEANINGS_REMEMBERED = 20_000
"""More characters than any language has; text made to hold them all shall not fill the memory."""

_STANDS_FOR = _Meanings()


def _meaning(character: str) -> str:
    from cockpit.characters import Keep, keep_of  # a screen without any such text starts without the table

    return {
        Keep.ITSELF: character,
        Keep.MARK: _MARK,
        Keep.DROPPED: "",
        Keep.SPACE: " ",
        Keep.UNKNOWN: "\ufffd",
    }[keep_of(character)]
