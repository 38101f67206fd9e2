"""A change on its way to the users: one first-parent commit of the release branch since the last release."""

from datetime import datetime
from enum import Enum

from cockpit.domain.build import BuildResult
from cockpit.domain.commit import SHORT
from cockpit.domain.record import record

OFF_BRANCH = "off branch"
"""Place of a change of the candidate that the release branch does not hold."""

NOT_LISTED = "not listed"
"""Place of one that the branch holds, and not in its list of what waits: it was merged, or released since."""


class Impact(Enum):
    """Whether users will notice."""

    USER = "user"
    NONE = "no impact"
    UNKNOWN = "unknown"


@record(frozen=True, slots=True)
class Change:
    """One row of the change list."""

    commit_id: str
    """Full hexadecimal id of the first-parent commit."""
    pull_request: int | None
    kind: str
    """Conventional-commit type in lower case, or empty."""
    scope: str
    breaking: bool
    subject: str
    """What was done, without type, scope and pull-request number."""
    author: str
    committed_at: datetime
    codebase: str
    """Name from the path map; several joined by '+'; empty when no path matched or paths are not read yet."""
    impact: Impact
    impact_reason: str
    """Why, in a few words: 'type feat', 'edits contract test tests/contract/test_pay.py'."""
    contract_touched: bool
    feature_id: str = ""
    """Id of the feature it belongs to, or empty."""
    files: int | None = None
    """Files changed; None until read."""
    added: int | None = None
    """Lines added; None until read, or for binary files alone."""
    removed: int | None = None
    build: BuildResult = BuildResult.MISSING
    link: str = ""
    """Address at the code host, http(s) only, or empty."""
    lane: str = ""
    """Which way it goes in the candidate: 'approved by sara', 'waits 1 of 2'; empty for one that is not in it."""
    lane_reason: str = ""
    """Why this lane, for people."""
    patch: str = ""
    """Patch id: what it does, wherever it stands; empty when it is not known."""
    place: str = ""
    """Where it stands when the release branch's own list lacks it: `OFF_BRANCH` or `NOT_LISTED`; else empty."""

    @property
    def short_id(self) -> str:
        """The commit id as people read it."""
        return self.commit_id[:SHORT]


@record(frozen=True, slots=True)
class FileChange:
    """One file of a change."""

    path: str
    old_path: str
    """Former path when renamed, else empty."""
    status: str
    """One letter as git gives it: A, M, D, R, C, T."""
    added: int | None
    """Lines; None for a binary file."""
    removed: int | None


@record(frozen=True, slots=True)
class Diff:
    """The text of one change against its first parent."""

    commit_id: str
    files: tuple[FileChange, ...]
    patch: str
    """Unified diff, each line cleaned."""
    message: str
    """The whole commit message, each line cleaned."""
    truncated: str = ""
    """Why the patch is not whole, for people; empty when it is."""
