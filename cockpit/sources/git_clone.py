"""Our own bare clone: the only repository that git runs in.

It is made from the object files of the user's repository, without its settings and hooks, and then follows its origin.
Whoever calls `follow` or `prepare` holds the agent's lock, so a lock file in here belongs to a git that is gone.
"""

import contextlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from shlex import split

from cockpit.config.places import Repository
from cockpit.config.settings import Settings
from cockpit.errors import GitError, GitTrouble
from cockpit.git_terms import SSH_OPTIONS, RemoteTerms
from cockpit.gitrun import LONG_S, QUICK_S, GitRunner
from cockpit.sources.git_address import REMOTE
from cockpit.sources.git_objects import bring_objects, is_partial
from cockpit.sources.git_origin import GIT_REMOTE, Origin, find_origin
from cockpit.sources.git_refs import RefSnapshot, below, has_broken_refs, is_safe_name, read_refs, symbolic, unreadable

FETCH_S = 120.0
"""Deadline of a fetch into a clone that has the history already, in seconds."""

MOST_PACKS = 50

MOST_LOOSE = 7_000
"""Loose objects, as far as one of their 256 folders tells, before they are packed."""

_MADE = "cockpit-origin"
"""File that is written last; a clone without it is half made."""


def code_clone(path: Path, repository: Repository, settings: Settings) -> "Clone":
    """Return our clone of what these settings follow, without the decisions that may lie beside the code."""
    return Clone(path, repository, settings.git.remote, ledger=settings.ledger.branch)


class Clone:
    """Our clone of one repository."""

    def __init__(
        self, path: Path, repository: Repository, wanted_remote: str, *, ledger: str = "", key: str = GIT_REMOTE
    ) -> None:
        """`ledger` is the branch of decisions: no code, with a clone of its own; empty leaves no branch out.

        `key` is where the settings name the remote.
        """
        self.path = path
        self._ledger = f"refs/heads/{ledger}" if ledger else ""
        self.runner = GitRunner(path)
        self._repository = repository
        self._wanted_remote, self._key = wanted_remote, key
        self._origin: Origin | None = None
        self._config_read: object = None
        self._terms: RemoteTerms | None = None
        self._remote_head = ""
        self._use_seed = True

    @property
    def origin(self) -> Origin:
        """What is followed, read again when the repository's settings changed."""
        stamp = _stamp(self._repository.git_dir / "config")
        if self._origin is None or stamp != self._config_read:
            self._origin = find_origin(self.runner, self._repository, self._wanted_remote, self._key)
            self._config_read, self._terms, self._remote_head = stamp, None, ""
        return self._origin

    @property
    def root(self) -> Path:
        """Folder of the repository whose clone this is."""
        return self._repository.root

    @property
    def is_shallow(self) -> bool:
        """Whether the history has been cut off."""
        return (self.path / "shallow").exists()

    def cut_off(self) -> frozenset[str]:
        """Return the commits at which the history has been cut off: git takes them for roots that add every file."""
        try:
            return frozenset((self.path / "shallow").read_text("ascii", "replace").split())
        except OSError:
            return frozenset()

    @property
    def is_partial(self) -> bool:
        """Whether some objects stayed at the remote."""
        return is_partial(self.path)

    def prepare(self) -> bool:
        """Make the clone when there is none for this origin; True when it was made now."""
        if self._is_whole():
            _remove_leavings(self.path)
            return False
        self._make()
        return True

    def renew(self) -> None:
        """Throw the clone away and make it again; the second time in a row without the user's objects."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._make()
        self._use_seed = self.origin.folder is not None

    def settled(self) -> None:
        """Say that the clone has proved good."""
        self._use_seed = True

    def ask(self) -> RefSnapshot:
        """Return which branches and tags the origin has now; raises GitError."""
        origin = self.origin
        if origin.folder is not None:
            return self._code_of(read_refs(origin.folder))
        printed = self._run_there("ls-remote", "--heads", "--tags", "--refs", REMOTE, deadline_s=QUICK_S)
        lines = (line.partition("\t") for line in printed.decode("utf-8", "surrogateescape").split("\n"))
        return self._code_of(RefSnapshot({name: object_id for object_id, _, name in lines if is_safe_name(name)}, ""))

    def follow(self, snapshot: RefSnapshot) -> None:
        """Bring everything that `snapshot` names into the clone; raises GitError."""
        if self.origin.folder is not None:
            self._take(self.path, _branches_and_tags(snapshot.refs), snapshot.head)
            return
        self._fetch()

    def tidy(self) -> None:
        """Write down the shape of the history, and pack what many fetches brought; raises GitError."""
        self.runner.run("commit-graph", "write", "--reachable", "--split", "--no-progress", deadline_s=LONG_S)
        objects = self.path / "objects"
        # Files of a repository on this machine would only be brought again.
        if self.origin.folder is None:
            loose, packs = len(list(objects.glob("17/*"))), len(list(objects.glob("pack/*.pack")))
            if packs > MOST_PACKS:
                self.runner.run("repack", "-a", "-d", "-l", "-q", deadline_s=LONG_S)
            elif loose > MOST_LOOSE // 256:
                self.runner.run("repack", "-d", "-l", "-q", deadline_s=LONG_S)

    def refs(self) -> RefSnapshot:
        """Return what the clone holds now; HEAD is the origin's, as far as it is known."""
        return self._code_of(read_refs(self.path))

    @property
    def terms(self) -> RemoteTerms:
        """What git needs to reach the origin."""
        if self._terms is None:
            address = self.origin.reached
            terms = address.terms if address is not None else RemoteTerms()
            if address is not None and address.by_ssh:
                terms = RemoteTerms(terms.config, {**terms.environment, "GIT_SSH_COMMAND": self._ssh_command()})
            self._terms = terms
        return self._terms

    def _fetch(self) -> None:
        known = bool(self.refs().refs)
        self._run_there(
            "fetch", "--quiet", "--prune", "--force", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance",
            "--no-recurse-submodules", "--no-show-forced-updates", "--update-head-ok", REMOTE,
            "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*", *((f"^{self._ledger}",) if self._ledger else ()),
            deadline_s=FETCH_S if known else LONG_S,
        )  # fmt: skip
        if not self._remote_head:
            self._remote_head = self._ask_head()
            _write(self.path / "HEAD", f"ref: {self._remote_head or 'refs/heads/main'}\n")

    def _code_of(self, snapshot: RefSnapshot) -> RefSnapshot:
        """Without the ledger, or every decision would have the code looked at again."""
        if self._ledger not in snapshot.refs:
            return snapshot
        return RefSnapshot(self._without_ledger(snapshot.refs), snapshot.head)

    def _without_ledger(self, refs: Mapping[str, str]) -> dict[str, str]:
        return {name: object_id for name, object_id in refs.items() if name != self._ledger}

    def _run_there(self, *args: str, deadline_s: float) -> bytes:
        try:
            return self.runner.run(*args, deadline_s=deadline_s, remote=self.terms)
        except GitError:
            # The user's own settings, which may lead to another address, are read again.
            self._origin = None
            raise

    def _ask_head(self) -> str:
        printed = self._run_there("ls-remote", "--symref", REMOTE, "HEAD", deadline_s=QUICK_S)
        target = printed.decode("utf-8", "surrogateescape").partition("\t")[0]
        name = target.removeprefix("ref: ")
        return name if target.startswith("ref: ") and is_safe_name(name) else ""

    def _ssh_command(self) -> str:
        """The user's own ssh command, made so that it neither asks nor hangs."""
        configured = self.runner.run("config", "--get", "core.sshCommand", remote=RemoteTerms(), good=(0, 1))
        command = os.environ.get("GIT_SSH_COMMAND") or configured.decode("utf-8", "surrogateescape").strip() or "ssh"
        try:
            program = Path(split(command)[0]).name
        except (ValueError, IndexError):
            program = ""
        return f"{command} {SSH_OPTIONS}" if program == "ssh" else command

    def _is_whole(self) -> bool:
        try:
            made_for = (self.path / _MADE).read_text("utf-8", "surrogateescape")
        except OSError:
            return False
        return made_for == self._made_for() and not self._was_unshallowed() and not has_broken_refs(self.path)

    def _was_unshallowed(self) -> bool:
        try:
            return self.is_shallow and not (self._source / "shallow").exists()
        except OSError as error:
            raise unreadable(self._source, error) from error

    @property
    def _source(self) -> Path:
        """Repository on this machine that object files are taken from."""
        return self.origin.folder or self._repository.git_dir

    def _made_for(self) -> str:
        return f"{self.origin.remote}\n{self.origin.shown}\n{self.origin.object_format}\n"

    def _make(self) -> None:
        """Build the clone beside its place and move it there when it is whole."""
        building = self.path.with_name(f"{self.path.name}.new")
        shutil.rmtree(building, ignore_errors=True)
        try:
            building.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            building.mkdir(mode=0o700, exist_ok=True)
            for folder in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
                (building / folder).mkdir(parents=True, exist_ok=True)
            _write(building / "HEAD", "ref: refs/heads/main\n")
            if self._use_seed:
                self._seed(building)
            _write(building / "config", _config(self.origin.object_format, partial=is_partial(building)))
            _write(building / _MADE, self._made_for())
            shutil.rmtree(self.path, ignore_errors=True)
            building.rename(self.path)
        except OSError as error:
            raise _unwritable(building, error) from error
        finally:
            shutil.rmtree(building, ignore_errors=True)

    def _seed(self, building: Path) -> None:
        origin, snapshot = self.origin, read_refs(self._source)
        if origin.folder is not None:
            self._take(building, _branches_and_tags(snapshot.refs), snapshot.head)
            return
        prefix = f"refs/remotes/{origin.remote}/"
        branches = {
            f"refs/heads/{name}": value for name, value in below(snapshot.refs, prefix).items() if name != "HEAD"
        }
        tags = {name: value for name, value in snapshot.refs.items() if name.startswith("refs/tags/")}
        head = symbolic(self._source, f"{prefix}HEAD").replace(prefix, "refs/heads/", 1)
        self._take(building, {**branches, **tags}, head)

    def _take(self, clone: Path, refs: Mapping[str, str], head: str) -> None:
        try:
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(self._source / "shallow", clone / "shallow")
            bring_objects(self._source, clone, self._go_on)
            _write_refs(clone, self._without_ledger(refs), self._default_branch(refs, head))
        except OSError as error:
            raise _unwritable(clone, error) from error

    def _default_branch(self, refs: Mapping[str, str], head: str) -> str:
        """HEAD of a work tree is what somebody happens to work on; of all others it is the main branch."""
        if self.origin.remote or self._repository.root == self._repository.git_dir:
            return head
        return next((name for name in ("refs/heads/main", "refs/heads/master") if name in refs), head)

    def _go_on(self) -> None:
        if self.runner.stopped:
            raise GitError("stopped before it was done", where=self.origin.shown, trouble=GitTrouble.STOPPED)


def _branches_and_tags(refs: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in refs.items() if name.startswith(("refs/heads/", "refs/tags/"))}


def _write_refs(clone: Path, refs: Mapping[str, str], head: str) -> None:
    lines = [f"{value} {name}\n" for name, value in refs.items()]
    lines.sort(key=lambda line: line.split(" ", 1)[1].encode("utf-8", "surrogateescape"))
    _write(clone / "packed-refs", "# pack-refs with: sorted \n" + "".join(lines))
    if head:
        _write(clone / "HEAD", f"ref: {head}\n" if head.startswith("refs/") else f"{head}\n")


def _config(object_format: str, *, partial: bool) -> str:
    extended = partial or object_format != "sha1"
    lines = ["[core]", f"\trepositoryFormatVersion = {int(extended)}", "\tbare = true", "\tfilemode = true"]
    if extended:
        lines += ["[extensions]"]
    if object_format == "sha256":
        lines += ["\tobjectFormat = sha256"]
    if partial:
        lines += [f"\tpartialClone = {REMOTE}", f'[remote "{REMOTE}"]', "\tpromisor = true"]
        lines += ["\tpartialCloneFilter = blob:none"]
    return "\n".join(lines) + "\n"


def _write(path: Path, text: str) -> None:
    partly = path.with_name(f"{path.name}.partly")
    partly.write_bytes(text.encode("utf-8", "surrogateescape"))
    partly.replace(path)


def _remove_leavings(clone: Path) -> None:
    """What a git that was killed left behind; no other git writes here."""
    for pattern in ("*.lock", "refs/**/*.lock", "objects/info/**/*.lock", "objects/pack/tmp_*", "objects/tmp_*"):
        for path in clone.glob(pattern):
            with contextlib.suppress(OSError):
                path.unlink()


def _stamp(path: Path) -> object:
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def _unwritable(path: Path, error: OSError) -> GitError:
    return GitError(
        f"our own clone cannot be written: {error.strerror or error}",
        where=str(error.filename or path),
        next_step="Free some space, or point XDG_CACHE_HOME to a folder that can be written",
        trouble=GitTrouble.NO_SPACE,
    )
