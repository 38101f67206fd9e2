"""Notices that `cockpit.toml` has changed; a file that cannot be used leaves the former settings in force."""

from pathlib import Path

from cockpit.config.loading import load_settings
from cockpit.config.settings import Settings
from cockpit.domain.source_state import SETTINGS, SourceState, SourceStatus
from cockpit.errors import ConfigError

NAME = SETTINGS

LOOK_EVERY_S = 2.0

Stamp = tuple[int, int, int] | None
"""Time of change, size and inode of the file; None when there is none."""


class SettingsWatch:
    """The settings in force."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.settings = Settings()
        self.trouble: SourceState | None = None
        """Why the file as it is now cannot be used, or None."""
        self._stamp: Stamp = None
        self._read()

    def look(self) -> bool:
        """Return True when other settings are in force, or other trouble is to be told, than before."""
        if self._stamp == _stamp(self._path):
            return False
        before = (self.settings, self.trouble)
        self._read()
        return before != (self.settings, self.trouble)

    def _read(self) -> None:
        self._stamp = _stamp(self._path)
        try:
            self.settings, self.trouble = load_settings(self._path), None
        except ConfigError as error:
            self.trouble = SourceState(
                name=NAME,
                status=SourceStatus.FAILING,
                reason=error.what,
                next_step=error.next_step or "Correct the file; until then the former settings stay in force",
                where=error.where or str(self._path),
                failures=1,
            )


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
