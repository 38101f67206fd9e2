"""What is kept of each character is the same under every Python."""

import unicodedata

import pytest

from cockpit.characters import Keep, keep_of
from cockpit.text import clean

BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
"""Letters and marks with nothing to see, and of a width that terminals disagree about."""


def by_category(character: str) -> Keep:
    category, code = unicodedata.category(character), ord(character)
    is_selector = 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF or code in (0x180B, 0x180C, 0x180D, 0x180F)
    is_jamo = 0x1160 <= code <= 0x11FF or 0xD7B0 <= code <= 0xD7FF
    if character in BLANKS or is_selector:
        return Keep.DROPPED
    if category in ("Mn", "Me") or is_jamo:
        return Keep.MARK
    if character.isprintable():
        return Keep.ITSELF
    if character.isspace():
        return Keep.SPACE
    return Keep.UNKNOWN if category in ("Cs", "Co", "Cn") else Keep.DROPPED


@pytest.mark.skipif(unicodedata.unidata_version != "14.0.0", reason="the table is that of Unicode 14: Python 3.11")
def test_the_table_is_what_unicode_14_says() -> None:
    assert [code for code in range(0x110000) if keep_of(chr(code)) is not by_category(chr(code))] == []


@pytest.mark.parametrize(
    ("character", "kept"),
    [
        ("a", "a"), ("佐", "佐"), ("🫠", "🫠"), ("\u202e", ""), ("\u200b", ""), ("\u2028", " "), ("\x1b", ""),
        ("\ue000", "\ufffd"), ("🛜", "\ufffd"), ("🪼", "\ufffd"), ("\U0010ffff", "\ufffd"),
    ],
)  # fmt: skip
def test_what_came_into_unicode_later_is_unknown_to_every_python(character: str, kept: str) -> None:
    """Of two machines one may know it, and a feature of that name would count on that one alone."""
    assert clean(f"x{character}y") == f"x{kept}y"
