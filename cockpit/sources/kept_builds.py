"""The folder of local builds: one folder with its log for each commit, and a note of the one that runs."""

import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from cockpit.domain.build import Build, BuildResult
from cockpit.sources.build_process import end_marked

KEPT = 100
"""Builds whose logs are kept."""

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class RunningBuild(msgspec.Struct, frozen=True):
    """The note that a killed agent leaves behind."""

    build_id: str
    commit_id: str
    started_at: datetime


class KeptBuilds:
    """Prepares, tidies and prunes the folders of builds under `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._note = folder / "running.json"

    def log_of(self, commit_id: str) -> Path:
        """Return where the log of a commit is kept."""
        return self.folder / commit_id / "log"

    def prepare(self, commit_id: str) -> tuple[Path, Path]:
        """Return empty folders for the checkout and for temporary files of a build."""
        self.tidy(commit_id)
        tree, temporary = self.folder / commit_id / "tree", self.folder / commit_id / "tmp"
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in (tree, temporary):
            path.mkdir(parents=True)
        os.utime(tree.parent)
        return tree, temporary

    def tidy(self, commit_id: str) -> None:
        """Remove everything but the log."""
        for name in ("tree", "tmp"):
            _remove(self.folder / commit_id / name)

    def note_running(self, running: RunningBuild) -> None:
        """Leave word of the build that begins now."""
        self._note.write_bytes(msgspec.json.encode(running))

    def note_ended(self) -> None:
        """Take the word back."""
        self._note.unlink(missing_ok=True)

    def end_leftover(self) -> Build | None:
        """End what a killed agent left running and return its build as one that could not be run to its end."""
        end_marked(str(self.folder))
        try:
            running = msgspec.json.decode(self._note.read_bytes(), type=RunningBuild)
        except FileNotFoundError:
            return None
        except (msgspec.DecodeError, UnicodeDecodeError):
            self.note_ended()
            return None
        if _COMMIT.fullmatch(running.commit_id):
            self.tidy(running.commit_id)
        self.note_ended()
        return Build(
            build_id=running.build_id,
            commit_id=running.commit_id,
            origin="ci",
            result=BuildResult.ERROR,
            started_at=running.started_at.astimezone(UTC),
            message="the agent that ran it was killed",
            link=str(self.log_of(running.commit_id)),
        )

    def prune(self) -> None:
        """Forget all but the newest builds."""
        folders = [path for path in self.folder.glob("*") if _COMMIT.fullmatch(path.name)]
        folders.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        for path in folders[KEPT:]:
            _remove(path)


def _remove(path: Path) -> None:
    """Remove a folder with all that is in it; some tools write their caches read-only."""
    shutil.rmtree(path, ignore_errors=True)
    if path.is_dir():
        for folder, _, _ in os.walk(path):
            Path(folder).chmod(0o700)
        shutil.rmtree(path, ignore_errors=True)
