"""Removes folders that others are writing to, as a person does: once more, when something new was in them."""

import contextlib
import shutil
from pathlib import Path

TRIES = 100


def remove_in_use(folder: Path) -> None:
    """Remove a folder whatever is written into it meanwhile; what its writers make anew after that stays."""
    for _ in range(TRIES):
        with contextlib.suppress(OSError):
            shutil.rmtree(folder)
            return
    raise AssertionError(f"{folder} cannot be removed")
