"""A word of disputed width moves nothing that stands after it."""

import pyte
import pytest
from rich.console import Console
from rich.segment import Segment
from textual.strip import Strip

from cockpit.ui.in_place import rendered

WORDS = (
    "प्रिया शर्मा",
    "ليلى حداد",
    "👩‍👩‍👧 family",
    "👍🏽 ok",
    "நிலா",
    "ภาษาไทยกำ",
    "🇩🇪 flags",
    "é",
    "佐藤 美咲",
    "plain",
)


def shown(strip: Strip, x: int = 0) -> pyte.Screen:
    screen = pyte.Screen(60, 2)
    screen.draw("#" * 60)
    screen.cursor_position(1, x + 1)
    pyte.Stream(screen).feed(rendered(strip, Console(force_terminal=True, color_system="truecolor"), x))
    return screen


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("x", [0, 7])
def test_what_follows_a_word_stands_where_it_is_counted(word: str, x: int) -> None:
    before = Strip([Segment(word + "  ")])
    screen = shown(Strip([Segment(f"{word}  |"), Segment("end")]), x)
    at = x + before.cell_length
    assert [screen.buffer[0][column].data for column in range(at, at + 4)] == ["|", "e", "n", "d"]


@pytest.mark.parametrize("word", WORDS)
def test_nothing_of_the_picture_before_is_left_below_a_word(word: str) -> None:
    strip = Strip([Segment(f"{word} ")])
    screen = shown(strip)
    assert all(screen.buffer[0][column].data != "#" for column in range(strip.cell_length))
    assert screen.buffer[0][strip.cell_length].data == "#"


def test_plain_text_is_sent_as_it_is() -> None:
    console = Console(force_terminal=True)
    strip = Strip([Segment("plain ✔ Jón 佐藤")])
    assert rendered(strip, console, 3) == strip.render(console)
