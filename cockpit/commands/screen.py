"""`cockpit`: the screen."""

from argparse import Namespace


def run(given: Namespace) -> int:
    """Open the screen; returns when the user leaves it."""
    from cockpit.bootstrap import screen

    return screen(given.start, theme=given.theme, read_only=given.read_only)
