"""Columns under each other."""

from collections.abc import Sequence


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return the rows, the first of them a heading, as lines of text."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join((lines[0], "─" * len(lines[0]), *lines[1:]))
