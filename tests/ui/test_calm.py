"""What an app of ours sends to its terminal: changed cells, and no colour where none is wanted."""

import fcntl
import re
import struct
import termios

import pytest
from pty_screen import on_a_pty

PROGRAM = """
from dataclasses import dataclass, replace
from cockpit.ui.calm import CalmApp
from cockpit.ui.grid import Cell, Column, Grid
from cockpit.ui.themes import chosen_theme

@dataclass(frozen=True)
class Thing:
    name: str
    size: int = 0

class Shelf:
    rows = [Thing(f"thing{n}") for n in range(9)]
    def order(self, query):
        return range(len(self.rows))
    def is_quick(self, query):
        return True
    def fetch(self, numbers):
        return [self.rows[n] for n in numbers]
    def number_of(self, key):
        return int(key[5:])
    def revision(self):
        return 0

COLUMNS = [
    Column("name", "name", None, lambda thing, now: Cell(thing.name, "good")),
    Column("size", "size", 8, lambda thing, now: Cell(str(thing.size), "bad")),
]

class Listing(CalmApp):
    CSS = "Grid { height: 1fr; }"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [("c", "change", "change"), ("a", "all", "all")]
    def __init__(self):
        super().__init__()
        theme, _ = chosen_theme("", self.console.color_system)
        self.register_theme(theme.for_textual())
        self.theme = theme.name
    def compose(self):
        yield Grid(Shelf(), COLUMNS, lambda thing: thing.name, id="things")
    def action_change(self):
        Shelf.rows[4] = replace(Shelf.rows[4], size=Shelf.rows[4].size + 777)
        self.query_one(Grid).reload()
    def action_all(self):
        self.screen.refresh()

Listing().run()
"""


def test_a_changed_cell_is_all_that_is_sent() -> None:
    with on_a_pty(PROGRAM) as screen:
        screen.read_until(b"thing8")
        screen.quiet_for(0.5)
        screen.send(b"c")
        sent = screen.read_until(b"777")
        assert b"thing" not in sent
        assert b"\x1b[6;" in sent


def test_a_reload_that_changes_nothing_sends_nothing() -> None:
    with on_a_pty(PROGRAM.replace("+ 777", "+ 0")) as screen:
        screen.read_until(b"thing8")
        screen.quiet_for(0.5)
        screen.send(b"c")
        assert screen.quiet_for(1.0) == b""


def test_the_first_picture_is_sent_once() -> None:
    with on_a_pty(PROGRAM) as screen:
        screen.read_until(b"thing8")
        screen.quiet_for(0.5)
        assert screen.seen.count(b"thing0") == 1


def test_a_picture_painted_anew_sends_only_lines_that_the_terminal_does_not_show() -> None:
    with on_a_pty(PROGRAM) as screen:
        screen.read_until(b"thing8")
        screen.quiet_for(0.5)
        screen.send(b"a")
        assert b"thing" not in screen.quiet_for(0.5)
        screen.send(b"c")
        screen.read_until(b"777")
        screen.send(b"a")
        again = screen.quiet_for(0.5)
        assert b"thing4" in again
        assert again.count(b"thing") == 1


def test_a_terminal_of_another_size_is_sent_every_line() -> None:
    with on_a_pty(PROGRAM) as screen:
        screen.read_until(b"thing8")
        screen.quiet_for(0.5)
        for columns in (70, 80):
            fcntl.ioctl(screen.master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
            assert screen.quiet_for(0.7).count(b"thing") == 9


@pytest.mark.parametrize(
    ("environment", "allowed"),
    [
        ({"NO_COLOR": "1"}, r"[0-9]|39|49"),
        ({"TERM": "xterm", "COLORTERM": ""}, r"[0-9]|3[0-79]|9[0-7]|49"),
        ({"TERM": "linux", "COLORTERM": ""}, r"[0-9]|3[0-79]|9[0-7]|49"),
    ],
    ids=["NO_COLOR", "xterm", "linux"],
)
def test_no_more_colours_are_sent_than_the_terminal_has(environment: dict[str, str], allowed: str) -> None:
    with on_a_pty(PROGRAM, environment=environment) as screen:
        screen.read_until(b"thing8")
        codes = {code for sgr in re.findall(r"\x1b\[([0-9;]*)m", screen.seen.decode()) for code in sgr.split(";")}
    assert codes
    assert all(re.fullmatch(allowed, code) for code in codes), codes
