"""The list widget, driven by keys."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.geometry import Region

from cockpit.ui.cells import fit, places
from cockpit.ui.feed import Query
from cockpit.ui.grid import Cell, Column, Grid


@dataclass(frozen=True, slots=True)
class Thing:
    name: str
    text: str = ""
    size: int = 0


class Shelf:
    """Rows in a list that counts what is asked of it."""

    def __init__(self, rows: Sequence[Thing]) -> None:
        self.rows = list(rows)
        self.fetched = 0
        self.gone: set[str] = set()
        self.slow: dict[Query, threading.Event] = {}
        """Orders that take until somebody sets their event."""

    def order(self, query: Query) -> Sequence[int]:
        if not (query.text or query.sort):
            return range(len(self.rows))
        if query in self.slow:
            assert self.slow[query].wait(10)
        numbers = [n for n, row in enumerate(self.rows) if (query.text in row.name) != query.inverse]
        if query.sort:
            numbers.sort(key=lambda n: getattr(self.rows[n], query.sort), reverse=query.descending)
        return numbers

    def is_quick(self, query: Query) -> bool:
        return query not in self.slow

    def fetch(self, numbers: Sequence[int]) -> list[Thing | None]:
        self.fetched += len(numbers)
        rows = [self.rows[n] for n in numbers]
        return [None if row.name in self.gone else row for row in rows]

    def number_of(self, key: str) -> int | None:
        return next((n for n, row in enumerate(self.rows) if row.name == key), None)

    def revision(self) -> int:
        return 0


COLUMNS: list[Column[Thing]] = [
    Column("name", "name", 8, lambda thing, _now: Cell(thing.name, "strong"), sort="name"),
    Column("text", "text", None, lambda thing, _now: Cell(thing.text)),
    Column(
        "size", "size", 6, lambda thing, _now: Cell(str(thing.size), "muted"), align="right", priority=1, sort="size"
    ),
]


class GridApp(App[None]):
    def __init__(self, shelf: Shelf) -> None:
        super().__init__()
        self.animation_level = "none"
        self.shelf = shelf
        self.opened: list[str] = []
        self.moved: list[str | None] = []
        self.answered = 0

    def compose(self) -> ComposeResult:
        yield Grid(self.shelf, COLUMNS, lambda thing: thing.name, id="things")

    @property
    def grid(self) -> Grid[Thing]:
        return self.query_one(Grid)

    def on_grid_answered(self) -> None:
        self.answered += 1

    def on_grid_opened(self, message: Grid.Opened) -> None:
        self.opened.append(message.row.name)

    def on_grid_moved(self, message: Grid.Moved) -> None:
        self.moved.append(message.row.name if message.row else None)


def things(count: int) -> list[Thing]:
    return [Thing(f"t{n:05}", f"text {n}", n) for n in range(count)]


def shown(grid: Grid[Thing]) -> list[str]:
    return [grid.render_line(y).text for y in range(grid.size.height)]


async def test_keys_move_the_cursor_and_the_window_follows() -> None:
    app = GridApp(Shelf(things(100)))
    async with app.run_test(size=(60, 11)) as pilot:
        grid = app.grid
        for key, expected in [
            ("j", "t00001"),
            ("down", "t00002"),
            ("k", "t00001"),
            ("pagedown", "t00011"),
            ("G", "t00099"),
            ("pageup", "t00089"),
            ("g", "t00000"),
            ("end", "t00099"),
            ("home", "t00000"),
            ("up", "t00000"),
        ]:
            await pilot.press(key)
            assert grid.cursor_key == expected, key
            assert any(expected in line for line in shown(grid)), key


async def test_enter_opens_the_row_under_the_cursor_and_moving_is_told_once() -> None:
    app = GridApp(Shelf(things(3)))
    async with app.run_test() as pilot:
        await pilot.press("j", "j", "j", "enter")
        assert app.opened == ["t00002"]
        assert app.moved == ["t00000", "t00001", "t00002"]


async def test_a_double_click_opens_what_it_points_at() -> None:
    app = GridApp(Shelf(things(5)))
    async with app.run_test() as pilot:
        await pilot.click(Grid, offset=(4, 4), times=2)
        assert app.opened == ["t00003"]


async def test_the_cursor_stays_on_its_row_and_line_when_rows_are_put_before_it() -> None:
    shelf = Shelf(things(50))
    app = GridApp(shelf)
    async with app.run_test(size=(60, 11)) as pilot:
        await pilot.press(*["j"] * 20)
        line = next(y for y, text in enumerate(shown(app.grid)) if "t00020" in text)
        shelf.rows[:0] = [Thing(f"new{n}") for n in range(7)]
        app.grid.reload()
        await pilot.pause()
        assert app.grid.cursor_key == "t00020"
        assert "t00020" in shown(app.grid)[line]


async def test_new_rows_at_the_beginning_are_seen_when_the_list_stands_there() -> None:
    shelf = Shelf(things(50))
    app = GridApp(shelf)
    async with app.run_test(size=(60, 11)) as pilot:
        await pilot.press("j", "k")
        shelf.rows.insert(0, Thing("newest"))
        app.grid.reload()
        await pilot.pause()
        assert app.grid.cursor_key == "t00000"
        assert "newest" in shown(app.grid)[1]


async def test_a_list_where_nobody_has_chosen_a_row_stays_at_its_beginning() -> None:
    shelf = Shelf(things(50))
    app = GridApp(shelf)
    async with app.run_test(size=(60, 11)) as pilot:
        shelf.rows[:0] = [Thing(f"new{n}") for n in range(30)]
        app.grid.reload()
        await pilot.pause()
        assert "new0" in shown(app.grid)[1]
        assert app.grid.cursor_key == "new0"
        assert app.moved == ["t00000", "new0"]


@pytest.mark.parametrize("keys", [("j", "g"), ("enter",), ("space", "k")], ids=" ".join)
async def test_a_row_that_somebody_has_chosen_keeps_the_cursor(keys: tuple[str, ...]) -> None:
    shelf = Shelf(things(50))
    app = GridApp(shelf)
    async with app.run_test(size=(60, 11)) as pilot:
        await pilot.press(*keys)
        shelf.rows[:0] = [Thing(f"new{n}") for n in range(30)]
        app.grid.reload()
        await pilot.pause()
        assert app.grid.cursor_key == "t00000"
        assert any("t00000" in line for line in shown(app.grid))


async def test_the_cursor_stays_in_its_place_when_its_row_is_removed() -> None:
    shelf = Shelf(things(10))
    app = GridApp(shelf)
    async with app.run_test() as pilot:
        await pilot.press("j", "j")
        del shelf.rows[2]
        app.grid.reload()
        await pilot.pause()
        assert app.grid.cursor_key == "t00003"
        del shelf.rows[2:]
        app.grid.reload()
        assert app.grid.cursor_key == "t00001"
        shelf.rows.clear()
        app.grid.reload()
        await pilot.pause()
        assert app.grid.cursor_key is None
        assert app.grid.cursor_row is None
        assert app.moved[-1] is None


async def test_a_row_that_vanished_after_the_order_was_asked_is_a_blank_line() -> None:
    shelf = Shelf(things(5))
    app = GridApp(shelf)
    async with app.run_test() as pilot:
        shelf.gone = {"t00001"}
        app.grid.reload()
        await pilot.press("j", "enter", "space")
        assert app.grid.cursor_row is None
        assert shown(app.grid)[2].strip() == ""
        assert app.opened == []
        assert app.grid.marked == frozenset()
        await pilot.press("j")
        assert app.grid.cursor_key == "t00002"


async def test_filter_and_order_keep_the_cursor_on_its_row() -> None:
    app = GridApp(Shelf(things(30)))
    async with app.run_test(size=(60, 11)) as pilot:
        await pilot.press(*["j"] * 12)
        app.grid.set_query(Query(text="2"))
        assert app.grid.row_count == 12
        assert app.grid.cursor_key == "t00012"
        app.grid.set_query(Query(sort="size", descending=True))
        assert app.grid.cursor_key == "t00012"
        await pilot.pause()
        assert "size▼" in shown(app.grid)[0]
        await pilot.press("g")
        assert app.grid.cursor_key == "t00029"
        app.grid.set_query(Query(text="2", inverse=True))
        assert app.grid.row_count == 18


async def test_a_list_stays_as_it_is_while_an_order_is_looked_for_that_takes_a_while() -> None:
    shelf = Shelf(things(30))
    app = GridApp(shelf)
    slow = Query(text="2", sort="size", descending=True)
    found = shelf.slow[slow] = threading.Event()
    async with app.run_test(size=(60, 11)) as pilot:
        app.grid.set_query(slow)
        await pilot.press("j")
        assert (app.grid.query_now, app.grid.query_shown) == (slow, Query())
        assert (app.grid.row_count, app.grid.cursor_key) == (30, "t00001")
        found.set()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.answered == 1
        assert app.grid.query_shown == slow
        assert app.grid.row_count == 12
        assert "size▼" in shown(app.grid)[0]


async def test_only_the_newest_of_several_orders_that_take_a_while_is_shown() -> None:
    shelf = Shelf(things(30))
    app = GridApp(shelf)
    older, newer = Query(text="1"), Query(text="12")
    shelf.slow = {older: threading.Event(), newer: threading.Event()}
    async with app.run_test(size=(60, 11)) as pilot:
        app.grid.set_query(older)
        await pilot.pause()
        app.grid.set_query(newer)
        shelf.slow[older].set()
        await pilot.pause(0.05)
        assert app.grid.row_count == 30
        shelf.slow[newer].set()
        await app.workers.wait_for_complete()
        assert (app.grid.row_count, app.grid.query_shown) == (1, newer)


async def test_an_answer_that_nobody_waits_for_any_more_is_not_shown() -> None:
    shelf = Shelf(things(30))
    app = GridApp(shelf)
    slow = Query(text="2")
    found = shelf.slow[slow] = threading.Event()
    async with app.run_test(size=(60, 11)) as pilot:
        app.grid.set_query(slow)
        await pilot.pause()
        app.grid.set_query(Query())
        found.set()
        await pilot.pause(0.05)
        assert (app.grid.row_count, app.grid.query_shown, app.answered) == (30, Query(), 0)


async def test_rows_that_changed_while_an_order_was_looked_for_are_looked_for_again() -> None:
    shelf = Shelf(things(30))
    app = GridApp(shelf)
    slow = Query(text="2")
    found = shelf.slow[slow] = threading.Event()
    async with app.run_test(size=(60, 11)) as pilot:
        app.grid.set_query(slow)
        await pilot.pause()
        app.grid.reload()
        found.set()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert (app.answered, app.grid.row_count) == (2, 12)


async def test_an_empty_list_says_why_and_what_to_do() -> None:
    app = GridApp(Shelf([]))
    async with app.run_test() as pilot:
        app.grid.empty = "Nothing read yet. Start the agent: cockpit agent"
        await pilot.pause()
        assert "cockpit agent" in shown(app.grid)[1]
        app.grid.set_query(Query(text="absent"))
        await pilot.press("j", "G", "space", "enter")
        assert "“absent”" in shown(app.grid)[1]


async def test_marks_are_toggled_shown_and_dropped_with_their_row() -> None:
    shelf = Shelf(things(5))
    app = GridApp(shelf)
    async with app.run_test() as pilot:
        await pilot.press("space", "space", "k", "space")
        assert app.grid.marked == {"t00000"}
        assert shown(app.grid)[1].startswith("●")
        assert not shown(app.grid)[2].startswith("●")
        app.grid.set_query(Query(text="4"))
        assert app.grid.marked == {"t00000"}
        del shelf.rows[0]
        app.grid.reload()
        assert app.grid.marked == frozenset()


async def test_a_hundred_thousand_rows_are_never_read_whole() -> None:
    shelf = Shelf(things(100_000))
    app = GridApp(shelf)
    async with app.run_test(size=(60, 30)) as pilot:
        await pilot.press("G", "pageup", "pageup", "g", "pagedown")
        assert app.grid.row_count == 100_000
        assert shelf.fetched < 1_000


async def test_only_what_looks_different_is_repainted(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf(things(20))
    app = GridApp(shelf)
    async with app.run_test(size=(60, 11)) as pilot:
        await pilot.press("j")
        await pilot.pause()
        repainted: list[Region] = []
        monkeypatch.setattr(app.grid, "refresh", lambda *regions, **_: repainted.extend(regions))
        app.grid.reload()
        assert repainted == []
        shelf.rows[4] = replace(shelf.rows[4], size=99)
        shelf.rows[15] = replace(shelf.rows[15], size=99)
        app.grid.reload()
        assert [(region.y, region.height, region.width) for region in repainted] == [(5, 1, 6)]
        repainted.clear()
        app.grid.action_step(1)
        assert sorted(region.y for region in repainted) == [2, 3]


async def test_every_line_is_exactly_as_wide_as_the_window_at_every_size() -> None:
    odd = ["漢字" * 30, "👩‍🚀🇩🇪" * 20, "e\u0301" * 80, "a" + "漢" * 50, "", "नमस्ते" * 20]
    shelf = Shelf([Thing(f"k{n}", text, n) for n, text in enumerate(odd)])
    app = GridApp(shelf)
    async with app.run_test(size=(60, 11)) as pilot:
        for width in (60, 61, 33, 20, 9, 3, 1, 120):
            await pilot.resize_terminal(width, 11)
            await pilot.pause()
            for y in range(app.grid.size.height):
                assert app.grid.render_line(y).cell_length == width
                assert cell_len(app.grid.render_line(y).text) == width


async def test_a_smaller_window_keeps_the_cursor_in_sight() -> None:
    app = GridApp(Shelf(things(50)))
    async with app.run_test(size=(60, 31)) as pilot:
        await pilot.press(*["j"] * 25)
        await pilot.resize_terminal(60, 8)
        await pilot.pause()
        assert any("t00025" in line for line in shown(app.grid))


async def test_the_scrollbar_is_there_only_when_rows_do_not_fit() -> None:
    app = GridApp(Shelf(things(40)))
    async with app.run_test(size=(60, 11)) as pilot:
        assert [y for y, text in enumerate(shown(app.grid)) if text.endswith("▐")] == [1, 2]
        await pilot.press("G")
        assert [y for y, text in enumerate(shown(app.grid)) if text.endswith("▐")] == [9, 10]
        app.grid.set_query(Query(text="39"))
        assert not any(text.endswith("▐") for text in shown(app.grid))


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("abc", 5, "abc  "),
        ("abcdef", 4, "abc…"),
        ("漢字漢字", 8, "漢字漢字"),
        ("漢字漢字", 7, "漢字漢…"),
        ("漢字漢字", 6, "漢字… "),
        ("ab", 1, "…"),
        ("ab", 0, ""),
    ],
)
def test_text_is_cut_at_cells(text: str, width: int, expected: str) -> None:
    assert fit(text, width) == expected


def test_numbers_stand_at_the_right() -> None:
    assert fit("12", 5, "right") == "   12"


def test_the_least_important_columns_go_first() -> None:
    assert [place.column.id for place in places(COLUMNS, 36)] == ["name", "text", "size"]
    assert [place.column.id for place in places(COLUMNS, 35)] == ["name", "text"]
    assert [(place.x, place.width) for place in places(COLUMNS, 40)] == [(0, 8), (9, 24), (34, 6)]


def test_room_that_would_be_empty_goes_to_columns_that_can_use_it() -> None:
    columns = (
        Column[Thing]("text", "text", None, lambda row, _now: Cell(row.text), least=10, most=30),
        Column[Thing]("name", "name", 8, lambda row, _now: Cell(row.name), most=20),
    )
    assert [place.width for place in places(columns, 30)] == [21, 8]
    assert [place.width for place in places(columns, 45)] == [30, 14]
    assert [place.width for place in places(columns, 80)] == [59, 20]


def test_columns_that_may_be_tight_shrink_before_the_last_of_them_goes() -> None:
    def cell(row: str, _now: object) -> Cell:
        return Cell(row)

    columns = (
        Column("text", "text", None, cell, least=24, tight=18),
        Column("size", "size", 7, cell, priority=2),
        Column("words", "words", 18, cell, priority=1, tight=12),
    )
    widths = {
        room: [(place.column.id, place.width) for place in places(columns, room)] for room in (51, 50, 43, 42, 31)
    }
    assert widths[51] == [("text", 24), ("size", 7), ("words", 18)]
    assert widths[50] == [("text", 31), ("words", 18)]
    assert widths[43] == [("text", 24), ("words", 18)]
    assert widths[42] == [("text", 24), ("words", 17)]
    assert widths[31] == [("text", 18), ("words", 12)]
    assert [place.column.id for place in places(columns, 30)] == ["text"]


async def test_a_cell_that_cannot_be_shown_costs_neither_its_row_nor_the_app() -> None:
    columns = (*COLUMNS, Column[Thing]("share", "share", 6, lambda row, _now: Cell(str(1 // row.size))))
    grid = Grid(Shelf([Thing("one", "first", 0), Thing("two", "second", 1)]), columns, lambda row: row.name, id="shelf")

    class Shop(App[None]):
        def compose(self) -> ComposeResult:
            yield grid

    async with Shop().run_test(size=(60, 6)) as pilot:
        await pilot.pause()
        await pilot.pause()
        assert grid.render_line(1).text.split() == ["one", "first", "0", "!"]
        assert grid.render_line(2).text.split() == ["two", "second", "1", "1"]
        assert [note.message for note in pilot.app._notifications] == [
            "share: ZeroDivisionError: integer division or modulo by zero"
        ]
