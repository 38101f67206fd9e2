"""The one tree of errors an operator may meet.

CockpitError                    what happened, where, what to do next
├── ConfigError                 a file of settings is wrong: file, line, key, what was expected
├── RepositoryError             no usable git repository here
├── GitError                    a git command failed
│   ├── GitDeadlineError        a git command took longer than it was given
│   └── RemoteNameError         the settings name a remote that the repository does not have
├── SourceError                 a system could not be read
│   ├── SourceUnreachableError  no answer: refused, reset, timed out, 5xx
│   ├── SourceRefusedError      an answer that says no: 401, 403, not trusted
│   └── SourceGarbageError      an answer nobody can use: wrong type, truncated, too large
├── CacheError                  the cache cannot be used
│   ├── CacheTooNewError        written by a newer version
│   ├── CacheBusyError          another process holds it
│   └── CacheFullError          no space, or no right to write
├── LedgerError                 a decision could not be kept, shared or understood
├── AgentError                  the agent could not start or is not there
├── DeployError                 a step, a smoke test or a load balancer could not be used at all
│   └── MachineError            this machine cannot keep or read what it needs, and tries again
├── TrustError                  commands of a repository that nobody on this machine has trusted
└── DemoError                   the demo world could not be built
"""

import errno
from enum import Enum


class CockpitError(Exception):
    """Something an operator can read and act on.

    `what` says what happened, `where` the file, key, line or URL, `next_step` what to do about it.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", next_step: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.next_step = next_step

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head}. {self.next_step}" if self.next_step else head


class ConfigError(CockpitError):
    """Settings that cannot be used; `where` is file:line and key."""

    exit_code = 2


class RepositoryError(CockpitError):
    """No usable git repository at this place."""

    exit_code = 2


class GitTrouble(Enum):
    """What kind of thing stopped git, as far as its complaint tells."""

    OTHER = "other"
    DAMAGED = "damaged"
    """Objects or refs of the repository that was read are missing or broken."""
    LOCKED = "locked"
    """A lock file stands in the way."""
    NO_SPACE = "no space"
    REFUSED = "refused"
    """The other side says no: authentication, no such repository."""
    UNREACHABLE = "unreachable"
    """The other side does not answer."""
    STOPPED = "stopped"
    """The caller did not want to wait for the end."""


class GitError(CockpitError):
    """A git command failed; `what` carries its last line of complaint, cleaned, and `said` the end of all of them."""

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        next_step: str = "",
        trouble: GitTrouble = GitTrouble.OTHER,
        said: tuple[str, ...] = (),
    ) -> None:
        super().__init__(what, where=where, next_step=next_step)
        self.trouble = trouble
        self.said = said


class GitDeadlineError(GitError):
    """A git command was ended because its time was over."""


class RemoteNameError(GitError):
    """The settings name a remote that the repository does not have; `where` is the key that does."""

    exit_code = 2


class SourceError(CockpitError):
    """A system could not be read; `where` is its address without any secret."""


class SourceUnreachableError(SourceError):
    """No answer worth the name; asking again later may help.

    `retry_after_s` is the wait the other side asked for, in seconds, or None.
    """

    def __init__(self, what: str, *, where: str = "", next_step: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(what, where=where, next_step=next_step)
        self.retry_after_s = retry_after_s


class SourceRefusedError(SourceError):
    """The answer is no, and asking again will not change it."""


class SourceGarbageError(SourceError):
    """An answer arrived and cannot be used; what was known before stays."""


class CacheError(CockpitError):
    """The cache cannot be used."""


class CacheTooNewError(CacheError):
    """A newer version of cockpit has written this cache; nothing is written to it."""


class CacheBusyError(CacheError):
    """Another process holds the cache; it is named where it can be found."""


class CacheFullError(CacheError):
    """There is no space to write, or no right to."""


class LedgerError(CockpitError):
    """A decision was not kept, or the ledger cannot be used; `what` says whether anything was lost."""


class AgentError(CockpitError):
    """The agent could not be started, or another one is at work."""


class DeployError(CockpitError):
    """A step could not be begun or looked at, or the load balancer does not answer; nothing is known of its effect."""


class MachineError(DeployError):
    """This machine cannot write down or read what it needs: nothing of that has begun, and it is tried again."""


class TrustError(CockpitError):
    """Commands from a repository that the local user has not trusted."""

    exit_code = 2


class DemoError(CockpitError):
    """The demo world could not be built or kept."""


def is_full(error: OSError) -> bool:
    """Tell whether a disk, or somebody's share of it, has no room left."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)
