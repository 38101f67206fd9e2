"""The refs of a repository, read from its files: no git runs there, so nothing its settings say can run."""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cockpit.errors import CockpitError, GitError, GitTrouble, RepositoryError

Refs = Mapping[str, str]
"""Full ref name to hexadecimal object id."""

_ID = re.compile(r"^[0-9a-f]{40}([0-9a-f]{24})?$")
_BAD_NAME = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|/$|\.$|\.lock(/|$)|^-|^\.")
_DEPTH = 5


@dataclass(frozen=True, slots=True)
class RefSnapshot:
    """Every branch and tag of a repository at one moment."""

    refs: Refs
    head: str
    """Full name of the ref that HEAD names, or a commit id when it is detached, or empty."""

    @property
    def digest(self) -> str:
        """The same for the same refs, for ever."""
        lines = "".join(f"{name} {object_id}\n" for name, object_id in sorted(self.refs.items()))
        return hashlib.sha256(f"{self.head}\n{lines}".encode("utf-8", "surrogateescape")).hexdigest()

    @property
    def branches(self) -> Refs:
        """Branch name to commit id."""
        return below(self.refs, "refs/heads/")


def below(refs: Refs, prefix: str) -> dict[str, str]:
    """Return the refs below `prefix` by the rest of their names."""
    return {name.removeprefix(prefix): value for name, value in refs.items() if name.startswith(prefix)}


def is_safe_name(name: str) -> bool:
    """Tell whether `name` is one that git itself would allow, and that no command could take for an option."""
    return bool(name) and not _BAD_NAME.search(name) and not name.startswith("/")


def read_refs(git_dir: Path) -> RefSnapshot:
    """Return the refs below `refs/` of the repository in `git_dir`; broken ones are left out.

    Raises RepositoryError when it cannot be read, GitError when it keeps its refs in another format.
    """
    try:
        if (git_dir / "reftable").is_dir():
            raise GitError(
                "this repository keeps its refs as reftable, which is not supported",
                where=str(git_dir),
                next_step="Convert it: git refs migrate --ref-format=files",
            )
        refs = {**_packed(git_dir / "packed-refs"), **dict(_loose(git_dir, "refs"))}
        head = _head(git_dir)
    except OSError as error:
        raise unreadable(git_dir, error) from error
    return RefSnapshot({name: value for name, value in refs.items() if _ID.match(value)}, head)


def has_broken_refs(git_dir: Path) -> bool:
    """Tell whether a file below `refs/` names no object, as after a crash while it was written."""
    return any(not _ID.match(value) for _, value in _loose(git_dir, "refs"))


def symbolic(git_dir: Path, name: str) -> str:
    """Return the full name of the ref that the symbolic ref `name` names, or empty."""
    try:
        text = (git_dir / name).read_bytes()[:4096].decode("utf-8", "surrogateescape")
    except OSError:
        return ""
    target = text.removeprefix("ref:").strip()
    return target if text.startswith("ref:") and is_safe_name(target) else ""


def unreadable(git_dir: Path, error: OSError) -> CockpitError:
    """Return what to say when files of a repository cannot be read; one that is gone may come back by itself."""
    if isinstance(error, FileNotFoundError):
        return GitError(
            "there is no repository there any more",
            where=str(git_dir),
            next_step="It is asked again by itself; check the address: git remote -v",
            trouble=GitTrouble.UNREACHABLE,
        )
    return RepositoryError(
        f"the repository cannot be read: {error.strerror or error}{_owner(git_dir)}",
        where=str(git_dir),
        next_step="Ask its owner for the right to read it, or clone it for yourself",
    )


def _owner(git_dir: Path) -> str:
    try:
        owner, user = git_dir.stat().st_uid, os.geteuid()
    except OSError:
        return ""
    return "" if owner == user else f" (it belongs to user {owner}, you are {user})"


def _head(git_dir: Path) -> str:
    target = symbolic(git_dir, "HEAD")
    if target:
        return target
    text = (git_dir / "HEAD").read_bytes()[:100].decode("ascii", "replace").strip()
    return text if _ID.match(text) else ""


def _packed(path: Path) -> dict[str, str]:
    try:
        lines = path.read_bytes().decode("utf-8", "surrogateescape").split("\n")
    except FileNotFoundError:
        return {}
    pairs = (line.partition(" ") for line in lines if line[:1] not in ("#", "^", ""))
    return {name: object_id for object_id, _, name in pairs if is_safe_name(name)}


def _loose(git_dir: Path, folder: str) -> Iterator[tuple[str, str]]:
    try:
        entries = list(os.scandir(git_dir / folder))
    except FileNotFoundError:
        return
    for entry in entries:
        name = f"{folder}/{entry.name}"
        if not is_safe_name(name):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _loose(git_dir, name)
        else:
            yield name, _value(git_dir, name)


def _value(git_dir: Path, name: str) -> str:
    for _ in range(_DEPTH):
        target = symbolic(git_dir, name)
        if not target:
            break
        name = target
    try:
        return (git_dir / name).read_bytes()[:100].decode("ascii", "replace").strip()
    except OSError:
        return ""
