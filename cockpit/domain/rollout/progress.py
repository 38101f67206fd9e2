"""How far each server has come on its way to the new version, or back."""

from datetime import datetime
from enum import Enum

from cockpit.domain.record import record


class Direction(Enum):
    """Where a server is being brought."""

    FORWARD = "forward"
    BACK = "back"


class Stage(Enum):
    """The steps of one server, in order."""

    DRAIN = "drain"
    DEPLOY = "deploy"
    SETTLE = "settle"
    """It has to report the version and digest, and be healthy: a deployer's word is not enough."""
    SMOKE = "smoke"
    READY = "ready"


class Ending(Enum):
    """What has come of the stage a server is in."""

    BEGUN = "begun"
    PASSED = "passed"
    FAILED = "failed"
    HELD = "held"
    """Stopped between two steps, because it was halted; it goes on from here."""


@record(frozen=True, slots=True)
class ServerProgress:
    """One server in one attempt."""

    server: str
    direction: Direction
    attempt: int
    """The try in which this came about (of what goes back: the number of the roll back): what goes on over a retry of
    others, and fails then, fails in the new try."""
    stage: Stage
    ending: Ending
    since: datetime
    reason: str = ""
    """Why it failed, for people."""
    log: str = ""
    """Path of what its deployment printed."""

    @property
    def is_through(self) -> bool:
        """Whether it has come all the way."""
        return self.stage is Stage.READY and self.ending is Ending.PASSED

    @property
    def has_failed(self) -> bool:
        """Whether it will not go on by itself."""
        return self.ending is Ending.FAILED

    @property
    def was_touched(self) -> bool:
        """Whether a deployment may have begun on it."""
        return self.stage is not Stage.DRAIN


class ServerState(Enum):
    """What a screen shows of one server of a rollout."""

    WAITING = "waiting"
    DRAINING = "draining"
    DEPLOYING = "deploying"
    SMOKE = "smoke"
    SOAKING = "soaking"
    DONE = "done"
    FAILED = "failed"
    RESTORED = "rolled back"
    UNKNOWN = "unknown"
    OUT_OF_BAND = "out-of-band"


_STATES = {
    Stage.DRAIN: ServerState.DRAINING,
    Stage.DEPLOY: ServerState.DEPLOYING,
    Stage.SETTLE: ServerState.DEPLOYING,
    Stage.SMOKE: ServerState.SMOKE,
    Stage.READY: ServerState.SMOKE,
}


def state_of(progress: ServerProgress | None, *, wave_is_done: bool) -> ServerState:
    """Return what is shown of a server of which the journal says this."""
    if progress is None:
        return ServerState.DONE if wave_is_done else ServerState.WAITING
    if progress.has_failed:
        return ServerState.FAILED
    if not progress.is_through:
        return _STATES[progress.stage]
    if progress.direction is Direction.BACK:
        return ServerState.RESTORED
    return ServerState.DONE if wave_is_done else ServerState.SOAKING
