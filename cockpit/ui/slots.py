"""How each theme slot looks."""

from typing import Any

from rich.style import Style
from textual.app import App

from cockpit.ui.themes import chosen_theme


def slot_styles(app: App[Any]) -> dict[str, Style]:
    """Return the style of every slot in the theme of the moment; '' is the plain one."""
    return chosen_theme(app.theme)[0].slots
