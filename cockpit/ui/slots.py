"""How each theme slot looks."""

from typing import Any

from rich.style import Style
from textual.app import App

from cockpit.ui.themes import SlotTheme


def slot_styles(app: App[Any]) -> dict[str, Style]:
    """Return the style of every slot in the theme of the moment; '' is plain."""
    theme = app.current_theme
    return {"": Style(), **(theme.slots if isinstance(theme, SlotTheme) else {})}
