"""Short words to the person, in a corner, gone by themselves."""

from typing import Any

from textual.app import App

from cockpit.text import clean

LOOK = """
Toast { width: auto; max-width: 100%; padding: 0 1; margin-top: 0; }
"""
"""One line where the words fit on one: what lies below is what people came for."""


def toast(app: App[Any], words: str, *, bad: bool = False) -> None:
    """Show `words`, which may come from outside; they are never read as markup."""
    app.notify(clean(words), severity="warning" if bad else "information", timeout=8 if bad else 4, markup=False)
