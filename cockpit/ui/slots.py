"""How each theme slot looks."""

from typing import Any

from rich.style import Style
from textual.app import App


def slot_styles(app: App[Any]) -> dict[str, Style]:
    """Return the style of every slot in the theme of the moment."""
    colours = app.theme_variables

    def ink(name: str, *, bold: bool = False) -> Style:
        return Style(color=colours[name][:7], bold=bold)

    return {
        "": Style(),
        "good": ink("success"),
        "bad": ink("error", bold=True),
        "warn": ink("warning"),
        "muted": Style(color="#888888"),
        "accent": ink("accent"),
        "strong": Style(bold=True),
        "line": Style(color="#444444"),
        "added": Style(bgcolor="#12261a"),
        "removed": Style(bgcolor="#2d1517"),
        "added-word": Style(bgcolor="#1f5130", underline=True),
        "removed-word": Style(bgcolor="#6b2328", underline=True),
    }
