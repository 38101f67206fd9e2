"""One transaction of the writer: its revision, what it touched, and what the writer remembers between two."""

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Memory:
    """Rows the writer keeps in memory to compare with, each as of a table's revision.

    Another process may write too: rows are read anew when the table has moved on.
    """

    kept: dict[str, tuple[int, Any]] = field(default_factory=dict)


@dataclass(slots=True)
class Writing:
    """What one batch of facts writes through; lives inside one transaction."""

    connection: sqlite3.Connection
    memory: Memory
    source: str
    now_us: int
    lifetime_us: int
    _revision: int = 0
    _tables: dict[str, int] = field(default_factory=dict)
    _touched: dict[str, bool] = field(default_factory=dict)
    _recalled: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def revision(self) -> int:
        """The number every row written now bears."""
        if not self._revision:
            rows = self.connection.execute("SELECT max(revision) FROM tables").fetchall()
            self._revision = 1 + int(rows[0][0])
        return self._revision

    def touch(self, *tables: str, moved: bool = False) -> None:
        """Note that rows of these tables were written; `moved` when some were removed or changed their place."""
        for table in tables:
            self._touched[table] = moved or self._touched.get(table, False)

    @property
    def has_written(self) -> bool:
        """Whether any table was touched."""
        return bool(self._touched)

    def execute(self, statement: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows."""
        return self.connection.execute(statement, tuple(values)).fetchall()

    def many(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Run one statement for each of `rows`."""
        self.connection.executemany(statement, rows)

    def next_id(self, table: str) -> int:
        """Return the row id above every one in this table; one look, however many rows there are."""
        return 1 + int(self.execute(f"SELECT ifnull(max(rowid), 0) FROM {table}")[0][0])

    def recall(self, name: str, tables: tuple[str, ...], read: Callable[[], Any]) -> Any:  # noqa: ANN401
        """Return what is remembered as `name` if `tables` are as they were then, else what `read` brings.

        Whoever changes the answer in place also writes the change to one of the tables.
        """
        revision, kept = self.memory.kept.get(name, (-1, None))
        if name not in self._recalled and revision != self._revision_of(tables):
            kept = read()
            self.memory.kept[name] = (self._revision_of(tables), kept)
        self._recalled[name] = tables
        return kept

    def finish(self) -> None:
        """Write down which tables have moved on; the last act of the transaction."""
        for table, moved in self._touched.items():
            shape = ", shape = excluded.revision" if moved else ""
            self.execute(
                "INSERT INTO tables VALUES (?, ?, 0) ON CONFLICT (name)"
                f" DO UPDATE SET revision = excluded.revision{shape}",
                (table, self.revision),
            )

    def remember(self) -> None:
        """Keep what was recalled and changed; call after the commit."""
        for name, tables in self._recalled.items():
            if not self._touched.keys().isdisjoint(tables):
                self.memory.kept[name] = (self.revision, self.memory.kept[name][1])

    def _revision_of(self, tables: tuple[str, ...]) -> int:
        if not self._tables:
            self._tables = dict(self.connection.execute("SELECT name, revision FROM tables").fetchall())
        return max(self._tables[table] for table in tables)


Step = Callable[[Writing], None]
"""What is written in one transaction of its own."""
