"""A list that people filter, order and mark: by keys, by commands, and one step back at a time."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from textual import on
from textual.screen import Screen

from cockpit.ui.feed import Query
from cockpit.ui.grid import Column, Grid
from cockpit.ui.lines import BLANK, Line, joined, line
from cockpit.ui.toast import toast


class Narrowing(Screen[None]):
    """A screen with a list in front that can be filtered and ordered."""

    def list_here(self) -> Grid[Any] | None:
        """Return the list that the keys go to; None where there is none."""
        raise NotImplementedError

    def narrowed(self) -> None:
        """Say in the title what is shown now."""
        raise NotImplementedError

    def filter(self, text: str, *, inverse: bool = False) -> None:
        """Show only rows with (or without) these words."""
        grid = self.list_here()
        if grid is not None:
            self._ask(grid, replace(grid.query_now, text=text, inverse=inverse and bool(text)))
        else:
            toast(self.app, "Here is no list: nothing to filter")

    def sort_by(self, name: str) -> None:
        """Order by the column of this name, by the same one again backwards; say which there are if there is none."""
        grid = self.list_here()
        names = sort_names(grid)
        if grid is None or not names:
            toast(self.app, "Here is no list: nothing to sort", bad=True)
        elif name not in names:
            toast(self.app, f"No column {name!r} to sort by; there are {', '.join(names)}", bad=True)
        else:
            before, sort = grid.query_now, names[name]
            descending = before.sort == sort and not before.descending
            self._ask(grid, replace(before, sort=sort, descending=descending))

    def action_sort(self) -> None:
        """Order by the next column that can be sorted, then by the list's own order again."""
        grid = self.list_here()
        if grid is None or not sort_names(grid):
            toast(self.app, "Here is no list: nothing to sort", bad=True)
        else:
            self._ask(grid, next_order(grid.query_now, list(sort_names(grid).values())))

    def action_filter(self) -> None:
        """Type words to filter by."""
        grid = self.list_here()
        if grid is None:
            self.filter("")
            return
        from cockpit.ui.filter_line import FilterLine

        def done() -> None:
            self.get_child_by_id("footer").remove()
            grid.focus()

        self.mount(FilterLine(grid.query_now, self.filter, done))

    def widen(self) -> bool:
        """Take back the marks, else filter and order; False when there were none."""
        grid = self.list_here()
        if grid is None:
            return False
        if grid.unmark():
            return True
        if grid.query_now == Query():
            return False
        self._ask(grid, Query())
        return True

    @on(Grid.Answered)
    def tell_answer(self) -> None:
        """Say what is shown now that it was found."""
        self.narrowed()

    def _ask(self, grid: Grid[Any], query: Query) -> None:
        grid.set_query(query)
        self.narrowed()


def narrowed_words(grid: Grid[Any]) -> Line:
    """Return what a title says of filter and order; nothing where all rows are shown in their own order."""
    query = grid.query_shown
    words, order = BLANK, BLANK
    if query.text:
        sign = "/!" if query.inverse else "/"
        words = line((f"{sign}{query.text} ", "accent"), f"{grid.row_count} of {grid.total}")
    if query.sort:
        name = next((name for name, sort in sort_names(grid).items() if sort == query.sort), query.sort)
        order = line(("by ", "muted"), (f"{name}{'▼' if query.descending else '▲'}", "accent"))
    return joined([words, order])


def marked_words(grid: Grid[Any] | None) -> Line:
    """Return how many rows are marked; nothing when none is."""
    return line((f"● {len(grid.marked)} marked", "warn")) if grid is not None and grid.marked else BLANK


def sort_names(grid: Grid[Any] | None) -> dict[str, str]:
    """Return what the columns that can be sorted by are called, and what the reader calls them."""
    return {_name(column): column.sort for column in grid.columns if column.sort} if grid is not None else {}


def next_order(before: Query, sorts: Sequence[str]) -> Query:
    """Return the order after this one: each column up, then down, then the list's own order again."""
    if before.sort and not before.descending:
        return replace(before, descending=True)
    columns = ["", *sorts]
    return replace(before, sort=columns[(columns.index(before.sort) + 1) % len(columns)], descending=False)


def _name(column: Column[Any]) -> str:
    """As the head of the list calls it, in one word."""
    return (column.title or column.id).replace(" ", "-")
