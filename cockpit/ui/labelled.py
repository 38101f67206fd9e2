"""A label and what is said about it on each line, the labels in a column of their own."""

from collections.abc import Sequence

from rich.cells import cell_len

from cockpit.ui.lines import BLANK, Line, bullet, wrapped

LABEL = 16
"""Cells of the column of labels, at least."""

Told = tuple[str, str, str]
"""Label, text, slot."""


def labelled(told: Sequence[Told], width: int) -> list[Line]:
    """Return the lines; long texts go on below, and long labels make the column wider up to half of the width."""
    labels = min(max((LABEL, *(cell_len(label) + 4 for label, _, _ in told))), max(LABEL, width // 2))
    return [
        shown
        for label, text, slot in told
        for shown in _row_lines(label, wrapped(text, width - labels - 3, slot) or [BLANK], labels)
    ]


def _row_lines(label: str, said: Sequence[Line], labels: int) -> list[Line]:
    """A label that leaves no room beside it stands on a line of its own."""
    if cell_len(label) + 4 > labels:
        return [bullet(f"  {label}", BLANK, labels), *(bullet("", more, labels) for more in said)]
    return [bullet(f"  {label}", said[0], labels), *(bullet("", more, labels) for more in said[1:])]
