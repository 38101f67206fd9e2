"""What the settings mean to an open screen now: looked at again whenever one of their files is another than before."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from cockpit.config.screen_terms import ScreenTerms
from cockpit.errors import ConfigError

LOOK_EVERY_S = 1.0
"""Asked for more often, the files are not looked at again: a screen at rest costs next to nothing."""

Stamp = tuple[int, int, int] | None
"""Time of change, size and inode of a file; None when there is none."""


class TermsInForce:
    """The terms of the newest settings that can be used; may be asked from any thread."""

    def __init__(self, read: Callable[[], ScreenTerms], *files: Path, every_s: float = LOOK_EVERY_S) -> None:
        """Read at once; `read` raises ConfigError, and so does this."""
        self._every_s = every_s
        self._looked_at = time.monotonic()
        self._read = read
        self._files = files
        self._stamps = self._look()
        self._terms = read()

    def now(self) -> ScreenTerms:
        """Return the terms in force; settings that cannot be used leave the former ones, as the agent does."""
        now = time.monotonic()
        if now - self._looked_at < self._every_s:
            return self._terms
        self._looked_at, stamps = now, self._look()
        if stamps != self._stamps:
            self._stamps = stamps
            with contextlib.suppress(ConfigError):  # the agent says so among the sources
                self._terms = self._read()
        return self._terms

    def _look(self) -> list[Stamp]:
        return [_stamp(file) for file in self._files]


def _stamp(file: Path) -> Stamp:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
