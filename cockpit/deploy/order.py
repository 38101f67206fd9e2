"""A step: one program that is run once for some servers, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path

from cockpit.deploy.names import is_step_id
from cockpit.errors import DeployError


@dataclass(frozen=True, slots=True)
class StepOrder:
    """One thing to run."""

    step_id: str
    """Safe as a file name, unique for ever: 'production-141.f1.eu-1-03.deploy'; see `step_id_of`."""
    servers: tuple[str, ...]
    """Whose locks it holds while anything of it lives."""
    argv: tuple[str, ...]
    environment: Mapping[str, str]
    """The whole environment of the child."""
    timeout_s: float
    folder: str = ""
    """Working directory; empty is an empty folder of the step's own."""


class StepState(Enum):
    """How a step stands."""

    ABSENT = "absent"
    """Nothing of it has run, and nothing of it lives: it may be begun, also again."""
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    """Its program said so; whether the server runs what it should, the server is asked."""
    FAILED = "failed"
    TIMED_OUT = "timed out"
    UNKNOWN = "unknown"
    """It began, nothing of it lives, and it left no result."""


@dataclass(frozen=True, slots=True)
class StepResult:
    """What the journal says of a step."""

    state: StepState
    exit_status: int
    """Of the program; negative for the signal that ended it, 0 where there was none."""
    reason: str
    """Why it is not well, in one clean line; empty when it is."""
    began_at: datetime | None
    ended_at: datetime | None
    log: Path
    """Beginning and end of what it printed; may not be there."""
    overdue: bool = False
    """It runs, its time is over, and what watches its time was killed: end it."""


def check_order(order: StepOrder) -> None:
    """Raise DeployError for an order that could not be kept or run."""
    if not is_step_id(order.step_id):
        raise DeployError(f"no id of a step: {order.step_id!r}")
    if not order.argv or not order.argv[0]:
        raise DeployError("a step without a program", where=order.step_id)
    texts = (*order.argv, *order.servers, order.folder, *order.environment, *order.environment.values())
    if any("\0" in text for text in texts) or any("=" in name or not name for name in order.environment):
        raise DeployError(
            "a step with a NUL character, or with a variable that has no proper name", where=order.step_id
        )
    if not order.timeout_s > 0:
        raise DeployError("a step without a time limit", where=order.step_id)
