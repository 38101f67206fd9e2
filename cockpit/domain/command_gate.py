"""A gate of the team's own: a command whose exit code is the verdict."""

from enum import Enum

from cockpit.domain.freshness import NEVER, Freshness
from cockpit.domain.record import record
from cockpit.domain.verdict import Verdict

GO_STATUS = 0
UNKNOWN_STATUS = 3
"""Exit code by which a command says that it cannot tell, as `cockpit gate` does."""


class CommandEnd(Enum):
    """What came of running the command of a gate."""

    NOT_RUN = "not run"
    """Not trusted, or not yet."""
    NOT_STARTED = "not started"
    """There is no such program, or it may not be run."""
    BY_ITSELF = "ended by itself"
    TIME_OVER = "time over"


@record(frozen=True, slots=True)
class CommandGate:
    """One gate that a command judges, and what its last run said."""

    name: str
    commit: str = ""
    """Full id that the command was told to judge."""
    end: CommandEnd = CommandEnd.NOT_RUN
    exit_status: int = 0
    """Negative for the signal that ended it."""
    said: str = ""
    """The last line it printed, or why it did not run."""
    log: str = ""
    """Path of all that it printed."""
    freshness: Freshness = NEVER

    @property
    def verdict(self) -> Verdict:
        """What its exit code means, whatever its age; one that was killed has said nothing."""
        if self.end is not CommandEnd.BY_ITSELF or self.exit_status < 0 or self.exit_status == UNKNOWN_STATUS:
            return Verdict.UNKNOWN
        return Verdict.GO if self.exit_status == GO_STATUS else Verdict.NO_GO
