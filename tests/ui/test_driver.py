"""The terminal driver on a real pty: quiet, never stuck, and gone when the terminal is."""

import os
import re
import signal
import termios
import time

import pytest
from pty_screen import on_a_pty, only_linux

APP = """
import signal
{before}
from textual.app import App
from textual.widget import Widget
from rich.text import Text
from cockpit.ui.driver import CalmDriver

class Shown(Widget, can_focus=True):
    words = "READY"
    def render(self):
        return Text(self.words)
    def on_key(self, event):
        self.words = f"key={{event.key}};"
        if event.key == "f":
            self.words = "flood"
            self.set_interval(0.01, self.flood)
        if event.key == "x":
            raise ValueError("broken")
        self.refresh()
    count = 0
    def flood(self):
        self.count += 1
        self.words = (f"{{self.count:06}}#" * 300)
        self.refresh()
    def on_click(self, event):
        self.words = f"click={{event.x}},{{event.y}};"
        self.refresh()

class Small(App):
    CSS = "Shown {{ height: 1fr; }}"
    ENABLE_COMMAND_PALETTE = False
    def compose(self):
        yield Shown()
    def on_mount(self):
        self.query_one(Shown).focus()

app = Small(driver_class=CalmDriver)
app.run()
raise SystemExit(app.return_code)
"""

SMALL = APP.format(before="")
DEAF = APP.format(before="signal.signal(signal.SIGHUP, signal.SIG_IGN)")
RESTORED = b"\x1b[?1049l"


def test_an_idle_screen_sends_nothing() -> None:
    with on_a_pty(SMALL) as screen:
        screen.read_until(b"READY")
        screen.quiet_for(0.5)
        assert screen.quiet_for(1.5) == b""


def test_escape_alone_is_a_key() -> None:
    with on_a_pty(SMALL) as screen:
        screen.read_until(b"READY")
        screen.send(b"a")
        screen.read_until(b"key=a;")
        screen.send(b"\x1b")
        screen.read_until(b"key=escape;")


def test_keys_arrive_also_in_pieces_and_after_garbage() -> None:
    with on_a_pty(SMALL, environment={"ESCDELAY": "10000"}) as screen:
        screen.read_until(b"READY")
        screen.send(b"\x1b[")
        screen.send(b"B")
        screen.read_until(b"key=down;")
        screen.send("é".encode()[:1])
        screen.quiet_for(0.3)  # the half is read before the rest comes
        screen.send("é".encode()[1:])
        screen.read_until("key=é;".encode())
        screen.send(b"\xff\xfeb")
        screen.read_until(b"key=b;")


def test_clicks_are_asked_for_and_movements_are_not() -> None:
    with on_a_pty(SMALL) as screen:
        start = screen.read_until(b"READY") + screen.quiet_for(0.3)
        assert b"\x1b[?1000h" in start
        assert b"\x1b[?1006h" in start
        for movements in (b"1002", b"1003", b"1015", b"1016"):
            assert b"\x1b[?" + movements + b"h" not in start
        screen.send(b"\x1b[<0;6;3M\x1b[<0;6;3m")
        screen.read_until(b"click=5,2;")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_to_end_gives_the_terminal_back(number: int, code: int) -> None:
    with on_a_pty(SMALL) as screen:
        before = termios.tcgetattr(screen.master)
        screen.read_until(b"READY")
        assert termios.tcgetattr(screen.master)[3] & termios.ICANON == 0
        os.kill(screen.pid, number)
        screen.read_until(RESTORED)
        after = termios.tcgetattr(screen.master)
        screen.read_all()
        assert screen.wait() == code
        assert after[3] & termios.ICANON == before[3] & termios.ICANON


@only_linux
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_to_end_is_heard_by_whichever_thread(number: int, code: int) -> None:
    with on_a_pty(SMALL) as screen:
        screen.read_until(b"READY")
        screen.quiet_for(0.5)
        screen.signal_beside(number)
        screen.read_until(RESTORED)
        screen.read_all()
        assert screen.wait() == code


def test_a_crash_gives_the_terminal_back() -> None:
    with on_a_pty(SMALL) as screen:
        screen.read_until(b"READY")
        screen.send(b"x")
        screen.read_until(RESTORED)
        screen.read_all()
        assert screen.wait() == 1


@pytest.mark.parametrize("program", [SMALL, DEAF], ids=["", "with SIGHUP ignored"])
def test_a_screen_ends_when_its_terminal_is_gone(program: str) -> None:
    with on_a_pty(program) as screen:
        screen.read_until(b"READY")
        screen.hang_up()
        assert screen.wait() in (0, 1, 128 + signal.SIGHUP)


@pytest.mark.parametrize("program", [SMALL, DEAF], ids=["", "with SIGHUP ignored"])
def test_a_screen_ends_when_a_frozen_terminal_is_gone(program: str) -> None:
    with on_a_pty(program) as screen:
        screen.read_until(b"READY")
        screen.send(b"f")
        screen.read_until(b"#000")
        _freeze()
        screen.hang_up()
        assert screen.wait() in (0, 1, 128 + signal.SIGHUP)


def test_a_frozen_terminal_that_is_read_again_shows_the_present() -> None:
    with on_a_pty(SMALL) as screen:
        screen.read_until(b"READY")
        screen.send(b"f")
        before = _count_in(screen.read_until(b"#000"))
        _freeze()
        while _count_in(screen.read_until(b"#00")) < before + 100:
            pass


def test_a_frozen_screen_can_be_told_to_end() -> None:
    with on_a_pty(SMALL) as screen:
        screen.read_until(b"READY")
        screen.send(b"f")
        screen.read_until(b"#000")
        _freeze()
        os.kill(screen.pid, signal.SIGTERM)
        assert screen.wait() == 143
        assert termios.tcgetattr(screen.master)[3] & termios.ICANON


def _count_in(painted: bytes) -> int:
    return int(re.findall(rb"(\d{6})#", painted)[-1])


def _freeze() -> None:
    """Let the program fill the terminal's buffer, and its own queue, with nobody reading."""
    time.sleep(2.0)
