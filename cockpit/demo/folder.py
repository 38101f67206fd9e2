"""The one folder that a demo lives in; its lock tells the next demo whether this one is alive."""

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from cockpit.errors import DemoError

PREFIX = "cockpit-demo-"

YOUNG_S = 60.0
"""A folder whose lock is not written yet may be of a demo that is just starting."""


@dataclass(frozen=True, slots=True)
class DemoFolder:
    """Where everything is. Paths only; `DemoLock` holds it."""

    root: Path

    @property
    def lock(self) -> Path:
        """Locked and written by the demo process."""
        return self.root / "demo.lock"

    @property
    def keep(self) -> Path:
        """Is there when the user wants to keep the folder."""
        return self.root / "keep"

    @property
    def home(self) -> Path:
        """Home of everybody in the demo; settings, cache and state are below."""
        return self.root / "home"

    @property
    def remote(self) -> Path:
        """The bare repository that everybody pushes to."""
        return self.root / "git" / "payments.git"

    @property
    def marks(self) -> Path:
        """The commit id of every mark of the story, as git wrote them down."""
        return self.root / "marks"

    @property
    def clone(self) -> Path:
        """The user's working repository."""
        return self.root / "payments"

    @property
    def desk(self) -> Path:
        """The clone in which developers work."""
        return self.root / "desk" / "payments"

    def colleague(self, name: str) -> Path:
        """Return what a colleague who decides has: a clone of the ledger, spool, pin and cache."""
        return self.root / "colleagues" / name

    @property
    def fleet(self) -> Path:
        """One file for each server: the version it should run. Whoever replaces a file deploys."""
        return self.root / "fleet"

    @property
    def faults(self) -> Path:
        """One file for each server that something is wrong with."""
        return self.root / "faults"

    @property
    def builds(self) -> Path:
        """One file for each version of the product that was built badly."""
        return self.root / "builds"

    @property
    def rolling_out(self) -> Path:
        """Is there while a release is being rolled out."""
        return self.root / "rolling-out"

    @property
    def temporary(self) -> Path:
        """What the station has of temporary files."""
        return self.root / "tmp"

    @property
    def processes(self) -> Path:
        """One file for each process ever started, named by its id; holds what it is."""
        return self.root / "processes"

    def log(self, role: str) -> Path:
        """Return the file that takes what a process says."""
        return self.root / "log" / f"{role}.log"

    def note_process(self, role: str, pid: int) -> None:
        """Remember a process for whoever looks at the folder; a folder that is going away is left alone."""
        with contextlib.suppress(FileNotFoundError):
            (self.processes / str(pid)).write_text(role)

    def remove(self, patience_s: float = 3.0) -> None:
        """Remove everything; somebody may still be writing, so it is tried again for a while."""
        deadline = time.monotonic() + patience_s
        while self.root.exists():
            shutil.rmtree(self.root, ignore_errors=True)
            if time.monotonic() >= deadline:
                return
            time.sleep(0.02)


class DemoLock:
    """Holds a folder for as long as this process lives. Not inherited by forks (fcntl(2), record locks)."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w")
        fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        """Let go."""
        self._file.close()


def create_folder(*, keep: bool) -> tuple[DemoFolder, DemoLock]:
    """Make a fresh folder and lock it; raises DemoError."""
    try:
        base = tempfile.gettempdir()
        folder = DemoFolder(Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=base)).resolve())
        lock = DemoLock(folder.lock)
        if keep:
            folder.keep.touch()
        for path in (folder.home, folder.fleet, folder.faults, folder.processes, folder.root / "log"):
            path.mkdir(mode=0o700)
    except OSError as error:
        raise DemoError(
            f"no folder for the demo: {error.strerror}",
            where=error.filename or "",
            next_step="Name a writable folder in TMPDIR",
        ) from error
    return folder, lock


def dead_folders() -> list[DemoFolder]:
    """Return the folders of this user's demos that have ended without cleaning up."""
    try:
        base = Path(tempfile.gettempdir())
    except OSError:
        return []
    found = [DemoFolder(path) for path in base.glob(f"{PREFIX}*") if _is_own_folder(path)]
    return [folder for folder in found if not folder.keep.exists() and is_dead(folder)]


def is_dead(folder: DemoFolder) -> bool:
    """Tell whether the demo of this folder has ended."""
    try:
        with folder.lock.open("r+") as file:
            if not file.read():
                return _is_old(folder.lock)
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return _is_old(folder.root)
    return True


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > YOUNG_S
    except OSError:
        return False


def _is_own_folder(path: Path) -> bool:
    """A link, or a folder of another user, is not followed: the folder of temporary files is everybody's."""
    try:
        about = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid()
