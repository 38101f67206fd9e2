"""Rows in their order, fetched a page at a time when they are looked at."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from cockpit.ui.feed import Query, RowReader

Row = TypeVar("Row")

PAGE = 64
"""Rows fetched at once."""

PAGES_KEPT = 8


class GridRows(Generic[Row]):
    """What a list shows: positions 0 … count-1, each a row, or None when it vanished since the order was asked."""

    def __init__(self, reader: RowReader[Row], key_of: Callable[[Row], str]) -> None:
        self._reader = reader
        self._key_of = key_of
        self._order: Sequence[int] = ()
        self._pages: OrderedDict[int, list[Row | None]] = OrderedDict()
        self.query = Query()
        """What the order answers."""

    @property
    def count(self) -> int:
        """How many rows there are in this order."""
        return len(self._order)

    @property
    def total(self) -> int:
        """How many rows there are without a filter."""
        return len(self._reader.order(Query()))

    def is_quick(self, query: Query) -> bool:
        """Tell whether `find` answers this at once."""
        return self._reader.is_quick(query)

    def find(self, query: Query) -> Sequence[int]:
        """Return the row numbers in the order asked for; may be called from any thread."""
        return self._reader.order(query)

    def show(self, query: Query, order: Sequence[int]) -> None:
        """Take what was found, and forget every row."""
        self._pages.clear()
        self.query, self._order = query, order

    def at(self, position: int) -> Row | None:
        """Return the row at this position."""
        if not 0 <= position < len(self._order):
            return None
        page, offset = divmod(position, PAGE)
        rows = self._pages.get(page)
        if rows is None:
            rows = self._fetch(page)
        else:
            self._pages.move_to_end(page)
        return rows[offset] if offset < len(rows) else None

    def key_at(self, position: int) -> str | None:
        """Return the key of the row at this position."""
        row = self.at(position)
        return None if row is None else self._key_of(row)

    def position_of(self, key: str) -> int | None:
        """Return where the row with this key stands now, None when it is not shown."""
        number = self._reader.number_of(key)
        if number is None:
            return None
        try:
            return self._order.index(number)
        except ValueError:
            return None

    def has(self, key: str) -> bool:
        """Tell whether a row with this key is there, shown or not."""
        return self._reader.number_of(key) is not None

    def _fetch(self, page: int) -> list[Row | None]:
        rows = self._reader.fetch(self._order[page * PAGE : (page + 1) * PAGE])
        self._pages[page] = rows
        if len(self._pages) > PAGES_KEPT:
            self._pages.popitem(last=False)
        return rows
