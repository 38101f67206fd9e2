"""What one cell of a list shows, which columns fit, and text cut at exact cell widths."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Generic, Literal, NamedTuple, TypeVar

from rich.cells import cell_len, set_cell_size

from cockpit.domain.record import record

Row = TypeVar("Row")

GAP = 1
"""Empty cells between two columns."""

ELASTIC_MIN = 20
"""What an elastic column keeps where its pane says nothing else."""

ELLIPSIS = "…"


class Cell(NamedTuple):
    """One cleaned text in one theme slot: good, bad, warn, muted, accent, strong or none."""

    text: str
    slot: str = ""


@record(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column of a list."""

    id: str
    title: str
    width: int | None
    """In cells; None takes what the others leave."""
    cell: Callable[[Row, datetime], Cell]
    align: Literal["left", "right"] = "left"
    priority: int = 0
    """The highest number goes first when the list is narrow; 0 stays."""
    sort: str = ""
    """What `Query.sort` calls it; empty cannot be sorted by."""
    most: int = 0
    """Up to this width it takes room that would else be empty; an elastic one is served first up to this width."""
    least: int = ELASTIC_MIN
    """Below this width of an elastic column, other columns are dropped."""
    tight: int = 0
    """Cells to which it shrinks before a column that may be tight goes; 0 for one that does not shrink."""
    narrow: Callable[[Row, datetime], Cell] | None = None
    """What is shown where `cell` finds no room: the part of it that matters most comes first."""


class Place(NamedTuple, Generic[Row]):
    """A column that is shown: `x` and `width` in cells."""

    column: Column[Row]
    x: int
    width: int


def places(columns: Sequence[Column[Row]], width: int) -> tuple[Place[Row], ...]:
    """Return the columns that fit into `width` cells, the elastic one stretched."""
    kept = _kept(columns, width)
    found: list[Place[Row]] = []
    x = 0
    for column, wanted in zip(kept, _widths(kept, width - GAP * (len(kept) - 1)), strict=True):
        room = min(wanted, width - x)
        if room > 0:
            found.append(Place(column, x, room))
            x += room + GAP
    return tuple(found)


@lru_cache(maxsize=8192)
def fit(text: str, width: int, align: str = "left") -> str:
    """Return `text` exactly `width` cells wide, with an ellipsis where something was cut."""
    length = cell_len(text)
    if length > width:
        text = set_cell_size(text, width - 1).rstrip() + ELLIPSIS if width > 0 else ""
        length = cell_len(text)
    blank = " " * (width - length)
    return blank + text if align == "right" else text + blank


def _kept(columns: Sequence[Column[Row]], width: int) -> list[Column[Row]]:
    """Leave out, one after the other, what matters least until the rest fits; one that may be tight shrinks first."""
    kept = list(columns)
    while kept and (lacking := _least_width(kept) - width) > 0:
        least = max(kept, key=lambda column: column.priority)
        if not least.priority:
            break
        if least.tight and lacking <= sum(map(_slack, kept)):
            shrunk = replace(least, width=max(least.tight, (least.width or 0) - lacking))
            return [shrunk if column is least else column for column in kept]
        kept.remove(least)
    return kept


def _slack(column: Column[Row]) -> int:
    """Cells by which a column may shrink."""
    wanted = column.least if column.width is None else column.width
    return wanted - column.tight if column.tight else 0


def _least_width(columns: Sequence[Column[Row]]) -> int:
    return sum(column.least if column.width is None else column.width for column in columns) + GAP * (len(columns) - 1)


def _widths(columns: Sequence[Column[Row]], width: int) -> list[int]:
    """Share `width`: each its own, then the elastic one up to its `most`, then the others, the rest to the elastic."""
    spare = width - sum(column.width or 0 for column in columns)
    over = spare - sum(max(column.most, column.least) for column in columns if column.width is None)
    widths: list[int] = []
    for column in columns:
        more = max(0, min(column.most - column.width, over)) if column.width is not None else 0
        over -= more
        spare -= more
        widths.append((column.width or 0) + more)
    return [spare if column.width is None else found for column, found in zip(columns, widths, strict=True)]
