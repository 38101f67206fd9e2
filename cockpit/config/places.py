"""Where things are kept for one repository, and how the repository is found without running git."""

import os
from pathlib import Path

from cockpit.config.digest import digest_of
from cockpit.errors import RepositoryError

# Plain classes, because importing dataclasses takes longer than everything else before the last frame is shown.


class Repository:
    """A git repository on this machine."""

    __slots__ = ("git_dir", "root")

    def __init__(self, root: Path, git_dir: Path) -> None:
        self.root = root
        """The work tree, or the repository itself when it is bare."""
        self.git_dir = git_dir
        """The common git folder: the same for every worktree of one clone."""

    @property
    def name(self) -> str:
        """What people call it."""
        return self.root.name.removesuffix(".git") or "repository"

    @property
    def settings(self) -> Path:
        """Where the project's settings are, if it has any."""
        return self.root / "cockpit.toml"


class Places:
    """Files and folders of one repository's cockpit."""

    __slots__ = ("cache", "remark", "state")

    def __init__(self, cache: Path, state: Path, remark: str = "") -> None:
        self.cache = cache
        """Disposable folder."""
        self.state = state
        """Small, fsynced, never disposable."""
        self.remark = remark
        """What people should know of these places: that they do not last; empty when they are the usual ones."""

    @property
    def database(self) -> Path:
        """The SQLite cache."""
        return self.cache / "cache.db"

    @property
    def clone(self) -> Path:
        """Our own bare clone."""
        return self.cache / "clone.git"

    @property
    def builds(self) -> Path:
        """Logs and reports of local CI, one folder for each commit."""
        return self.cache / "builds"

    @property
    def gates(self) -> Path:
        """Logs of the team's own gates, one folder for each commit."""
        return self.cache / "gates"

    @property
    def agent_lock(self) -> Path:
        """Held by the one agent of this cache."""
        return self.cache / "agent.lock"

    @property
    def agent_log(self) -> Path:
        """What the agent had to say."""
        return self.cache / "agent.log"

    @property
    def requests(self) -> Path:
        """Where screens leave requests for the agent."""
        return self.cache / "requests"

    @property
    def screens(self) -> Path:
        """One locked file for each open screen."""
        return self.cache / "screens"

    @property
    def screen_terms(self) -> Path:
        """What the settings last meant to a screen."""
        return self.cache / "screen-terms.json"

    @property
    def trust(self) -> Path:
        """Which commands the local user has trusted."""
        return self.state / "trust.json"

    @property
    def ledger_clone(self) -> Path:
        """Our own bare clone of the ledger."""
        return self.cache / "ledger.git"

    @property
    def local_ledger(self) -> Path:
        """The ledger itself, where no remote can hold it."""
        return self.state / "ledger.git"

    @property
    def git_identity(self) -> Path:
        """Name and e-mail that git knows the user by."""
        return self.cache / "git-identity.json"

    @property
    def ledger_pin(self) -> Path:
        """The head of the ledger that was seen last."""
        return self.state / "ledger-pin.json"

    @property
    def spool(self) -> Path:
        """Decisions on their way to the ledger."""
        return self.state / "spool"

    @property
    def rollouts(self) -> Path:
        """Steps and journals of the rollouts that this machine executes."""
        return self.state / "rollouts"

    @property
    def last_frame(self) -> Path:
        """The last screen painted, shown at the next start until the live one is ready."""
        return self.state / "last-frame"


def find_repository(start: Path) -> Repository:
    """Return the repository that holds `start`, looking upwards as git does; raises RepositoryError."""
    start = start.resolve()
    for folder in (start, *start.parents):
        git_dir = _git_dir_of(folder)
        if git_dir is not None:
            return Repository(root=folder, git_dir=git_dir)
    raise RepositoryError(
        "not inside a git repository",
        where=str(start),
        next_step="Change into a clone, or see it at work with: cockpit demo",
    )


def places_for(repository: Repository) -> Places:
    """Return the places of this repository under the XDG folders; creates nothing where those can be written.

    A home that cannot be written is replaced by a private folder that lasts until the machine restarts.
    """
    key = f"{_plain(repository.name)}-{digest_of(os.fsencode(repository.git_dir))[:12]}"
    cache, state = _xdg("XDG_CACHE_HOME", ".cache"), _xdg("XDG_STATE_HOME", ".local/state")
    refused = [folder for folder in (cache, state) if not can_be_written(folder / key)]
    passing = _passing_folder() if refused else None
    if passing is None:
        return Places(cache=cache / key, state=state / key)
    return Places(
        cache=(passing if cache in refused else cache) / key,
        state=(passing / "state" if state in refused else state) / key,
        remark=f"{refused[0] / key} cannot be written: what is kept in {passing} lasts until the machine restarts",
    )


def personal_file() -> Path:
    """Return the path of the user's own settings."""
    return _xdg("XDG_CONFIG_HOME", ".config") / "config.toml"


def _git_dir_of(folder: Path) -> Path | None:
    dot_git = folder / ".git"
    if dot_git.is_dir():
        return dot_git.resolve()
    if dot_git.is_file():
        return _common_dir(_pointed_at(dot_git))
    if (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir():
        return folder
    return None


def _pointed_at(dot_git: Path) -> Path:
    first_line = dot_git.read_text("utf-8", "surrogateescape").split("\n", 1)[0]
    return (dot_git.parent / first_line.removeprefix("gitdir:").strip()).resolve()


def _common_dir(git_dir: Path) -> Path:
    """A linked worktree names the clone it belongs to in its file `commondir`."""
    pointer = git_dir / "commondir"
    if not pointer.is_file():
        return git_dir
    return (git_dir / pointer.read_text("utf-8", "surrogateescape").strip()).resolve()


def _xdg(variable: str, below_home: str) -> Path:
    value = os.environ.get(variable, "")
    base = Path(value) if value.startswith("/") else Path.home() / below_home
    return base / "cockpit"


def can_be_written(folder: Path) -> bool:
    """Tell whether we may write into this folder, or make it where it is missing."""
    while not os.access(folder, os.F_OK) and folder != folder.parent:
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def _passing_folder() -> Path | None:
    """Return a folder for temporary files that nobody else can have put anything into, or None."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    base = Path(runtime) if runtime.startswith("/") else Path(os.environ.get("TMPDIR", "/tmp"))  # noqa: S108 - checked
    folder = base / f"cockpit-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return None
    is_private = found.st_uid == os.getuid() and found.st_mode & 0o170077 == 0o040000
    return folder if is_private else None


def _plain(name: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in name)[:40]
