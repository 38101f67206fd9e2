"""How a command says something in lines of plain text."""

import sys

from cockpit.text import clean

LONGEST = 2000
"""Characters of one line."""


def say(line: str) -> None:
    """Write one line, with nothing in it that a terminal would obey."""
    sys.stdout.write(f"{clean(line, LONGEST)}\n")
