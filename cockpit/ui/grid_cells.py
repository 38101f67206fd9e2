"""What the columns of a list say of its rows, asked again only when the answer may be another."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic

from rich.cells import cell_len

from cockpit.ui.cells import Cell, Column, Place, Row
from cockpit.ui.moments import minute_of

FAULT = Cell("!", "bad")
"""A cell whose value could not be shown."""

ROWS_KEPT = 1024
"""Rows whose cells are remembered."""


class GridCells(Generic[Row]):
    """The cells of rows by position: the same until the row, the minute, or what expires is another."""

    def __init__(
        self,
        expires: Callable[[Row, datetime], object] | None,
        on_fault: Callable[[Column[Any], Exception], None],
    ) -> None:
        self._expires = expires
        self._on_fault = on_fault
        self._kept: dict[int, tuple[Row, object, tuple[Cell, ...]]] = {}
        self._faulty: set[str] = set()

    def clear(self) -> None:
        """Forget all cells: other columns are shown."""
        self._kept.clear()

    def of(self, places: Sequence[Place[Row]], position: int, row: Row, now: datetime) -> tuple[Cell, ...]:
        """Return what the columns in these places say of the row at this position."""
        at = (minute_of(now), self._expires(row, now) if self._expires else None)
        kept = self._kept.get(position)
        if kept is not None and kept[1] == at and kept[0] == row:
            return kept[2]
        if len(self._kept) >= ROWS_KEPT:
            self._kept.clear()
        cells = tuple(self._cell(place, row, now) for place in places)
        self._kept[position] = row, at, cells
        return cells

    def _cell(self, place: Place[Row], row: Row, now: datetime) -> Cell:
        column = place.column
        try:
            cell = column.cell(row, now)
            return cell if column.narrow is None or cell_len(cell.text) <= place.width else column.narrow(row, now)
        except Exception as fault:  # noqa: BLE001 - its cell and a toast name it, and the other cells live on
            if column.id not in self._faulty:
                self._faulty.add(column.id)
                self._on_fault(column, fault)
            return FAULT
