"""Only harmless text leaves the screen, even from widgets that forgot to clean it."""

import os
import re
import signal

import pytest
from pty_screen import on_a_pty
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from cockpit.ui.last_line import LastLine

PAYLOADS = {
    "CSI": "a\x1b[2Jb",
    "OSC title": "a\x1b]0;owned\x07b",
    "OSC 52": "a\x1b]52;c;ZXZpbA==\x1b\\b",
    "DCS": "a\x1bP+q544e\x1b\\b",
    "C1 CSI": "a\x9b2Jb",
    "C1 OSC": "a\x9d0;owned\x9cb",
    "backspace": "a\x08b",
    "bell": "a\x07b",
    "carriage return": "a\rb",
    "shift out": "a\x0eb",
    "delete": "a\x7fb",
    "bidi override": "a\u202eb",
    "bidi isolate": "a\u2066b\u2069",
    "zero width": "a\u200b\u200d\u2060\ufeffb",
    "line separator": "a\u2028b",
    "tag characters": "a\U000e0041b",
    "combining pile": "a" + "\u0301" * 20 + "b",
    "soft hyphen": "a\u00adb",
}
FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]")


def passed(text: str, style: Style | None = None, control: object = None) -> list[Segment]:
    return LastLine().apply([Segment("before"), Segment(text, style, control)], Color(0, 0, 0))[1:]  # type: ignore[arg-type]


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_a_payload_keeps_its_letters_and_its_width_and_nothing_else(payload: str) -> None:
    (segment,) = passed(payload)
    assert not FORBIDDEN.search(segment.text)
    assert segment.text.startswith("a")
    assert cell_len(segment.text) == cell_len(payload)


def test_harmless_segments_are_the_same_objects() -> None:
    segments = [Segment("plain", Style(color="red")), Segment(" ", None)]
    assert LastLine().apply(segments, Color(0, 0, 0)) is segments


def test_text_of_every_script_stays() -> None:
    text = "漢字 עברית عربي नमस्ते ─│█ é e\u0301 🚀"
    assert passed(text)[0].text == text


@pytest.mark.parametrize("link", ["file:///etc/passwd", "javascript:x", "https://a\x1b\\b", "http://x/\u202e"])
def test_links_that_do_not_lead_to_the_web_are_dropped(link: str) -> None:
    (segment,) = passed("text", Style(bold=True, link=link))
    assert segment.style == Style(bold=True)


def test_a_link_to_the_web_stays() -> None:
    (segment,) = passed("text", Style(link="https://example.invalid/1"))
    assert segment.style is not None
    assert segment.style.link == "https://example.invalid/1"


def test_actions_hidden_in_text_are_dropped() -> None:
    (segment,) = passed("text", Style.from_meta({"@click": "app.quit"}))
    assert segment.style is not None
    assert not segment.style.meta


def test_control_segments_lose_their_power() -> None:
    (segment,) = passed("\x1b[2J", None, [(1, 2)])
    assert "\x1b" not in segment.text
    assert not segment.control


CARELESS = """
from rich.text import Text
from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.containers import VerticalScroll
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Button, Input, Label, Static
from cockpit.ui.driver import CalmDriver
from cockpit.ui.last_line import LastLine

PAYLOADS = {payloads!r}

class Raw(Widget):
    def __init__(self, text):
        super().__init__()
        self.text = text
    def render_line(self, y):
        return Strip([Segment(self.text, Style(link="file:///x\\x1b[2J"))])

class Careless(App):
    CSS = "Raw, Static, Input {{ height: 1; border: none; }} .framed {{ border: solid red; height: 3; }}"
    ENABLE_COMMAND_PALETTE = False
    last_line = LastLine()
    def get_line_filters(self):
        return [*super().get_line_filters(), self.last_line]
    def compose(self):
        for payload in PAYLOADS:
            yield Raw(payload)
            yield Static(Text(payload))
            yield Label(Text(payload))
            yield Input(payload)
            yield Button(Text(payload), compact=True)
        framed = Static(Text("framed"), classes="framed")
        framed.border_title = Text(PAYLOADS[0])
        framed.border_subtitle = Text(PAYLOADS[4])
        yield framed
    def on_mount(self):
        for payload in PAYLOADS:
            self.notify(payload, title=payload, markup=False)
        # Only once everything has been painted: on a busy machine that takes longer than any fixed time.
        self.call_after_refresh(self.set_timer, 0.5, lambda: self.mount(Static("THE END")))

Careless(driver_class=CalmDriver).run()
"""

OURS = re.compile(
    r"\x1b\]22;[a-z-]+\x07|\x1b\[[0-9;]*m|\x1b\[\d+;\d+H|\x1b\[\?\d+(;\d+)*[hl]|\x1b\[[<>=]\d*u|\x1b\[\?\d+\$p|\r\n"
)
"""Every sequence that Textual itself writes here: pointer, colours, places, modes, queries, line ends."""


def test_no_widget_gets_a_control_code_onto_the_terminal() -> None:
    program = CARELESS.format(payloads=list(PAYLOADS.values()))
    with on_a_pty(program, columns=100, lines=150) as screen:
        for last in (b"framed", b"THE END"):
            if last not in screen.seen:
                screen.read_until(last)
        os.kill(screen.pid, signal.SIGTERM)
        screen.read_all()
        painted = screen.seen.decode()
    assert "framed" in painted
    assert not FORBIDDEN.search(OURS.sub("", painted))
    assert "\x1b[2J" not in painted
