"""Rows of one pane, read a window at a time."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Generic, Protocol

from cockpit.cache.panes import Pane, Shown
from cockpit.cache.reading import CacheReader, table_revision
from cockpit.cache.rows import Row
from cockpit.cache.words import like_pattern
from cockpit.errors import CacheError

ORDERS_KEPT = 8

ROWS_KEPT = 512
"""Some windows full: most rows are asked for again as they were, and need not be made anew."""

QUICK_ROWS = 10_000
"""Of so many rows an order is found in some five milliseconds, which nobody sees."""

_Asked = tuple[str, bool, str, bool]
_OWN: _Asked = ("", False, "", False)


class Query(Protocol):
    """Which rows, in which order; the screen's own query fits."""

    @property
    def text(self) -> str:
        """Words that a row has to contain, in any case; empty is all."""

    @property
    def inverse(self) -> bool:
        """Rows that do not contain every word."""

    @property
    def sort(self) -> str:
        """Column name; empty is the pane's own order."""

    @property
    def descending(self) -> bool:
        """Backwards."""


class PaneReader(Generic[Shown]):
    """What a grid asks; while the cache cannot be read it gets the answer it had before."""

    def __init__(self, reader: CacheReader, pane: Pane[Shown]) -> None:
        self._reader = reader
        self._pane = pane
        self._orders: dict[_Asked, tuple[int, Sequence[int]]] = {}
        self._made: dict[int, tuple[Row, Shown]] = {}
        self._revision = 0

    def order(self, query: Query) -> Sequence[int]:
        """Return the row numbers in the order asked for; a range where the pane's own order is asked for."""
        asked = _asked(query)
        found_at, before = self._orders.get(asked, (-1, range(0)))
        revision = self.revision()
        if found_at == revision and revision != 0:
            return before
        try:
            order = self._reader.read(lambda connection: self._order(connection, query))
        except CacheError:
            return before
        kept = list(self._orders.items())[-ORDERS_KEPT:]
        self._orders = {**dict(kept), asked: (revision, order)}
        return order

    def is_quick(self, query: Query) -> bool:
        """Tell whether `order` answers this at once: it is the own order, known already, or one of few rows."""
        asked = _asked(query)
        if asked == _OWN or self._orders.get(asked, (-1, ()))[0] == self.revision():
            return True
        # Row ids are given out in turn, so the last one tells how many there are at most, and without counting.
        last = f"SELECT max(rowid) FROM {self._pane.tables[0]}"
        try:
            rows = self._reader.read(lambda connection: connection.execute(last).fetchall())
        except CacheError:
            return True
        return (rows[0][0] or 0) <= QUICK_ROWS

    def fetch(self, numbers: Sequence[int]) -> list[Shown | None]:
        """Return the rows of these numbers, None for those that are gone."""
        pane = self._pane
        statement = (
            f"SELECT {pane.number}, {pane.columns} FROM {pane.joined} WHERE {pane.number} IN ({_marks(numbers)})"
        )
        try:
            rows = self._reader.read(lambda connection: connection.execute(statement, tuple(numbers)).fetchall())
        except CacheError:
            return [self._made[number][1] if number in self._made else None for number in numbers]
        found = {row[0]: self._make(row) for row in rows}
        return [found.get(number) for number in numbers]

    def number_of(self, key: str) -> int | None:
        """Return the row number of the row with this key, None when it is gone."""
        pane = self._pane
        condition = f" AND {pane.only}" if pane.only else ""
        statement = f"SELECT {pane.number} FROM {pane.tables[0]} WHERE {pane.key} = ?{condition}"
        values = (key, *pane.only_values)
        try:
            rows = self._reader.read(lambda connection: connection.execute(statement, values).fetchall())
        except CacheError:
            return None
        return rows[0][0] if rows else None

    def revision(self) -> int:
        """Return a number that grows whenever a row of this reader was added, changed or removed."""
        try:
            revision = self._reader.read(lambda connection: table_revision(connection, *self._pane.tables))
        except CacheError:
            return self._revision
        self._revision = self._reader.epoch + revision
        return self._revision

    def _make(self, row: Row) -> Shown:
        made = self._made
        before = made.get(row[0])
        if before is not None and before[0] == row:
            return before[1]
        if len(made) >= ROWS_KEPT:
            made = self._made = {}
        shown = self._pane.make(row[1:])
        made[row[0]] = (row, shown)
        return shown

    def _order(self, connection: sqlite3.Connection, query: Query) -> Sequence[int]:
        pane, words, descending = self._pane, query.text.casefold().split(), query.descending
        sorted_by = pane.sorts.get(query.sort, "")
        if pane.newest_first is not None and not words and not sorted_by:
            return self._own_order(connection, backwards=pane.newest_first != descending)
        where, values = self._holding(words)
        conditions = [pane.only] if pane.only else []
        if where:
            conditions.append(f"{'NOT ' if query.inverse else ''}({where})")
            values = (*pane.only_values, *values)
        else:
            values = pane.only_values
        condition = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        if pane.words and not sorted_by:
            numbers = _numbers(connection, f"SELECT position AS number FROM {pane.words}{condition}", values)
            return sorted(numbers, reverse=pane.newest_first != descending)
        order = pane.own_order if not sorted_by else f"{sorted_by}{' DESC' if descending else ''}, {pane.own_order}"
        tables = pane.searched if words else pane.joined
        statement = f"SELECT {pane.number} AS number FROM {tables}{condition} ORDER BY {order}"
        numbers = _numbers(connection, statement, values)
        return numbers[::-1] if descending and not sorted_by else numbers

    def _holding(self, words: Sequence[str]) -> tuple[str, Sequence[str]]:
        """Return the condition that a row holds every one of these words, and its values; empty for none."""
        # LIKE takes half the time of instr().
        return " AND ".join("words LIKE ? ESCAPE '\\'" for _ in words), [like_pattern(word) for word in words]

    def _own_order(self, connection: sqlite3.Connection, *, backwards: bool) -> range:
        number, table = self._pane.number, self._pane.tables[0]
        # Each of the two is one look at an end of the index; asked for together they would read the whole table.
        ends = f"SELECT (SELECT min({number}) FROM {table}), (SELECT max({number}) FROM {table})"
        ((first, last),) = connection.execute(ends).fetchall()
        if first is None:
            return range(0)
        return range(last, first - 1, -1) if backwards else range(first, last + 1)


def _asked(query: Query) -> _Asked:
    return query.text.casefold(), query.inverse, query.sort, query.descending


def _numbers(connection: sqlite3.Connection, statement: str, values: Sequence[str]) -> list[int]:
    """Return the column `number` in the statement's order: as one text, which is read in half the time of its rows."""
    ((text,),) = connection.execute(f"SELECT group_concat(number) FROM ({statement})", values).fetchall()
    numbers: list[int] = json.loads(f"[{text or ''}]")
    return numbers


def _marks(numbers: Sequence[int]) -> str:
    return ", ".join("?" * len(numbers))
