"""What one cell of a list shows, which columns fit, and text cut at exact cell widths."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Generic, Literal, NamedTuple, TypeVar

from rich.cells import cell_len, set_cell_size

Row = TypeVar("Row")

GAP = 1
"""Empty cells between two columns."""

ELASTIC_MIN = 20
"""Below this width of the elastic column, other columns are dropped."""

ELLIPSIS = "…"


class Cell(NamedTuple):
    """One cleaned text in one theme slot: good, bad, warn, muted, accent, strong or none."""

    text: str
    slot: str = ""


@dataclass(frozen=True, slots=True)
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


class Place(NamedTuple, Generic[Row]):
    """A column that is shown: `x` and `width` in cells."""

    column: Column[Row]
    x: int
    width: int


def places(columns: Sequence[Column[Row]], width: int) -> tuple[Place[Row], ...]:
    """Return the columns that fit into `width` cells, the elastic one stretched."""
    kept = list(columns)
    while kept and _least_width(kept) > width:
        least = max(kept, key=lambda column: column.priority)
        if not least.priority:
            break
        kept.remove(least)
    spare = width - sum(column.width or 0 for column in kept) - GAP * (len(kept) - 1)
    found: list[Place[Row]] = []
    x = 0
    for column in kept:
        room = min(spare if column.width is None else column.width, width - x)
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


def _least_width(columns: Sequence[Column[Row]]) -> int:
    return sum(ELASTIC_MIN if column.width is None else column.width for column in columns) + GAP * (len(columns) - 1)
