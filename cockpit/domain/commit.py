"""Commits, releases and the state of the release branch, as git tells them."""

from datetime import datetime
from typing import NamedTuple

from cockpit.domain.record import record

SHORT = 7
"""Characters of a commit id that people read."""


class Commit(NamedTuple):
    """One commit of the history; a tuple because a hundred thousand of them stream through."""

    commit_id: bytes
    """20 (SHA-1) or 32 (SHA-256) raw bytes."""
    parents: bytes
    """The parents' raw ids one after the other."""
    author: str
    authored_at: int
    """Unix seconds."""
    committed_at: int
    """Unix seconds."""
    subject: str


@record(frozen=True, slots=True)
class Release:
    """A tag that names what was released."""

    tag: str
    commit_id: str
    """40 or 64 hexadecimal characters."""
    released_at: datetime


@record(frozen=True, slots=True)
class BranchState:
    """What git alone knows about the release branch."""

    release_branch: str
    """Name without remote; empty when the repository has no commit yet."""
    main_branch: str
    head: str
    """Full hexadecimal commit id, or empty."""
    head_subject: str = ""
    head_author: str = ""
    head_at: datetime | None = None
    ahead: int | None = None
    """Commits on the release branch that main lacks; None when unknown (shallow clone, no main)."""
    behind: int | None = None
    """Commits on main that the release branch lacks; None when unknown."""
    last_release: Release | None = None
    oldest_unshipped_at: datetime | None = None
    """Commit time of the oldest change that is on the branch and in no release."""
    history_complete: bool = True
    """False while the long history is still being read, or for a shallow clone."""
    remark: str = ""
    """What limits this answer, for people: 'shallow clone', 'no tags yet', 'detached head'."""
    link: str = ""
    """Address of the branch at the code host, http(s) only, or empty."""
