"""Plain text for people: aligned columns, ages, nothing that a terminal would obey."""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from cockpit.domain.freshness import Freshness
from cockpit.domain.source_state import SourceState, SourceStatus
from cockpit.text import clean

GAP = "  "


def aligned(rows: Iterable[Sequence[str]]) -> list[str]:
    """Return one line for each row with every column but the last as wide as its widest cell; text is cleaned."""
    cells = [[clean(cell) for cell in row] for row in rows]
    if not cells:
        return []
    widths = [max(_width(row[column]) for row in cells) for column in range(len(cells[0]))]
    return [GAP.join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def age(moment: datetime | None, now: datetime | None = None) -> str:
    """Return how long ago something was, in the largest unit that says enough; '-' when it never was."""
    if moment is None:
        return "-"
    seconds = max(0, int(((now or datetime.now(UTC)) - moment).total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * length or (unit != "m" and seconds >= length * 1.5):
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def freshness_words(freshness: Freshness, now: datetime) -> str:
    """Return 'as of 5 s ago', with a warning when it no longer counts."""
    if freshness.observed_at is None:
        return "never observed"
    stale = "" if freshness.is_fresh(now) else " - too old to count"
    return f"as of {age(freshness.observed_at, now)} ago{stale}"


def source_lines(states: Sequence[SourceState]) -> list[str]:
    """Return one line for each source, and under one that does not work what to do."""
    now = datetime.now(UTC)
    heads = aligned(
        (mark(state), state.name, state.status.value, age(state.freshness.observed_at, now), _said(state))
        for state in states
    )
    lines: list[str] = []
    for state, head in zip(states, heads, strict=True):
        lines.append(head)
        if state.next_step and state.status is not SourceStatus.OK:
            lines.append(f"    {clean(state.next_step)}")
    return lines


def mark(state: SourceState) -> str:
    """Return a mark beside the word, for eyes that skim."""
    return {SourceStatus.OK: "✔", SourceStatus.NEVER: "?", SourceStatus.OFF: "-"}.get(state.status, "✘")


def _said(state: SourceState) -> str:
    return f"{state.where}: {state.reason}" if state.where and state.reason else state.where or state.reason


def _width(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.category(character) in ("Mn", "Me") for character in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
