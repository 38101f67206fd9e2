"""Rows that are all in memory, read the way the cache's rows are read."""

from collections.abc import Callable, Sequence
from typing import Generic

from cockpit.ui.feed import Query, Row


class ListedRows(Generic[Row]):
    """A short list as a `RowReader`; it is filtered by its text and keeps its own order."""

    def __init__(self, key_of: Callable[[Row], str], text_of: Callable[[Row], str]) -> None:
        self._key_of = key_of
        self._text_of = text_of
        self._rows: Sequence[Row] = ()
        self._revision = 0

    def put(self, rows: Sequence[Row]) -> bool:
        """Take new rows; tell whether they differ from those before."""
        if rows == self._rows:
            return False
        self._rows = rows
        self._revision += 1
        return True

    def __len__(self) -> int:
        return len(self._rows)

    def order(self, query: Query) -> Sequence[int]:
        """Return the numbers of the rows that fit."""
        if not query.text:
            return range(len(self._rows))
        words = query.text.lower().split()
        return [number for number, row in enumerate(self._rows) if self._fits(row, words) != query.inverse]

    def is_quick(self, query: Query) -> bool:  # noqa: ARG002 - the reader's
        """Whatever is asked for."""
        return True

    def fetch(self, numbers: Sequence[int]) -> list[Row | None]:
        """Return the rows of these numbers."""
        return [self._rows[number] if number < len(self._rows) else None for number in numbers]

    def number_of(self, key: str) -> int | None:
        """Return the number of the row with this key."""
        return next((number for number, row in enumerate(self._rows) if self._key_of(row) == key), None)

    def revision(self) -> int:
        """Return a number that grows with every new list."""
        return self._revision

    def _fits(self, row: Row, words: Sequence[str]) -> bool:
        text = self._text_of(row).lower()
        return all(word in text for word in words)
