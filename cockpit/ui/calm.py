"""What makes an open screen cheap: no animation, and no search for garbage through what never becomes any."""

import gc
from typing import Any

from textual.app import App


def be_calm(app: App[Any]) -> None:
    """Leave out everything that moves by itself; to be called once, before the app runs."""
    app.animation_level = "none"


def settle() -> None:
    """Take all that is loaded out of the collector's sight; to be called once the first picture stands.

    Widgets, styles and modules stay as long as the screen, and going through them delays a key by up to 20 ms.
    """
    gc.collect()
    gc.freeze()
