"""A unified diff as lines that know their file, hunk and numbers, and the words that changed in them."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """What one line of a patch is."""

    FILE = "file"
    HUNK = "hunk"
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    NOTE = "note"


class PatchLine(NamedTuple):
    """One line; `text` is without its sign."""

    kind: Kind
    text: str
    file: int
    """Position of its file in the patch, -1 before the first."""
    hunk: int = -1
    """Number of its hunk in the patch."""
    old: int | None = None
    new: int | None = None
    """Line numbers in both versions."""


Spans = tuple[tuple[int, int], ...]
"""Beginnings and ends of the words that changed."""

_HUNK = re.compile(r"^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@ ?(.*)$")
_WORD = re.compile(r"\w+|\s+|.")
_QUIET = ("index ", "--- ", "+++ ", "old mode", "similarity ", "dissimilarity ")
_MOST_WORDS = 200
"""A longer line is compared as a whole: minified files would take seconds."""


def patch_lines(patch: str) -> list[PatchLine]:
    """Return the lines of a unified diff in order."""
    return list(_read(patch.removesuffix("\n").split("\n") if patch else []))


def changed_words(lines: Sequence[PatchLine], number: int) -> Spans:
    """Return which stretches of an added or removed line are not in the line it stands against."""
    partner = _partner(lines, number)
    if partner is None:
        return ()
    old_number, new_number = (number, partner) if lines[number].kind is Kind.REMOVED else (partner, number)
    old, new = _WORD.findall(lines[old_number].text), _WORD.findall(lines[new_number].text)
    if len(old) > _MOST_WORDS or len(new) > _MOST_WORDS:
        return ()
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    # Lines with little in common are two different lines, and marking nearly all of both tells nothing.
    if matcher.ratio() < 0.4:
        return ()
    changes = [code[1:] for code in matcher.get_opcodes() if code[0] != "equal"]
    if number == old_number:
        return tuple(_spans(old, [(start, end) for start, end, _, _ in changes]))
    return tuple(_spans(new, [(start, end) for _, _, start, end in changes]))


def _read(lines: Sequence[str]) -> Iterator[PatchLine]:
    file = hunk = -1
    old = new = 0
    within = False
    for text in lines:
        header = _HUNK.match(text)
        if text.startswith("diff --git "):
            file, within = file + 1, False
            yield PatchLine(Kind.FILE, text.removeprefix("diff --git "), file)
        elif header:
            hunk, within = hunk + 1, True
            old, new = int(header[1]), int(header[2])
            yield PatchLine(Kind.HUNK, header[3], file, hunk, old, new)
        elif not within:
            if text and not text.startswith(_QUIET):
                yield PatchLine(Kind.NOTE, text, file)
        elif text.startswith("+"):
            yield PatchLine(Kind.ADDED, text[1:], file, hunk, None, new)
            new += 1
        elif text.startswith("-"):
            yield PatchLine(Kind.REMOVED, text[1:], file, hunk, old, None)
            old += 1
        elif text.startswith("\\"):
            yield PatchLine(Kind.NOTE, text[2:], file, hunk)
        else:
            yield PatchLine(Kind.SAME, text[1:], file, hunk, old, new)
            old, new = old + 1, new + 1


def _partner(lines: Sequence[PatchLine], number: int) -> int | None:
    """The line that this one replaces or is replaced by: same place in a run of as many removed as added lines."""
    kind = lines[number].kind
    if kind not in (Kind.ADDED, Kind.REMOVED):
        return None
    start = _run_start(lines, number, kind)
    removed_start = _run_start(lines, start - 1, Kind.REMOVED) if kind is Kind.ADDED else start
    removed = _run_length(lines, removed_start, Kind.REMOVED)
    added = _run_length(lines, removed_start + removed, Kind.ADDED)
    place = number - start
    if not removed or place >= min(removed, added):
        return None
    return removed_start + removed + place if kind is Kind.REMOVED else removed_start + place


def _run_start(lines: Sequence[PatchLine], number: int, kind: Kind) -> int:
    start = number
    while start > 0 and number - start < _MOST_WORDS and lines[start - 1].kind is kind and lines[start].kind is kind:
        start -= 1
    return start


def _run_length(lines: Sequence[PatchLine], start: int, kind: Kind) -> int:
    end = start
    while 0 <= end < len(lines) and end - start < _MOST_WORDS and lines[end].kind is kind:
        end += 1
    return end - start


def _spans(words: Sequence[str], ranges: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word))
    return ((starts[first], starts[last]) for first, last in ranges if last > first)
