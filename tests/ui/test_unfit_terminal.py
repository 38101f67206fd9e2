"""A terminal that can show no screen is told so in words, and nothing else is written to it."""

import pytest
from pty_screen import on_a_pty

PROGRAM = "import sys; from cockpit.cli import main; sys.exit(main([]))"


@pytest.mark.parametrize(("kind", "words"), [("dumb", b"TERM=dumb"), ("", b"TERM is not set")])
def test_a_terminal_that_cannot_show_a_screen_is_told_so(kind: str, words: bytes) -> None:
    with on_a_pty(PROGRAM, environment={"TERM": kind}) as screen:
        said = screen.read_all()
        assert words in said
        assert b"Set TERM to what the terminal is" in said
        assert b"\x1b" not in said
        assert screen.wait() == 2
