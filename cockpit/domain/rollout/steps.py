"""The steps of one server of a rollout, as far as the last word on it tells them."""

from enum import Enum

from cockpit.domain.record import record
from cockpit.domain.rollout.live import ServerLive
from cockpit.domain.rollout.progress import ServerState, Stage


class StepStatus(Enum):
    """What has become of one step."""

    WAITING = "waiting"
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


@record(frozen=True, slots=True)
class ServerStep:
    """One step of one server."""

    name: str
    status: StepStatus
    info: str = ""


_ENDED = (ServerState.SOAKING, ServerState.DONE, ServerState.RESTORED)
_FIRST_OF = {
    ServerState.DRAINING: Stage.DRAIN,
    ServerState.DEPLOYING: Stage.DEPLOY,
    ServerState.SMOKE: Stage.SMOKE,
}


def steps_of(live: ServerLive, *, is_heard: bool) -> tuple[ServerStep, ...]:
    """Return every step in order; what ran when the executor was heard last is unknown once it is silent."""
    if live.state in _ENDED:
        return tuple(ServerStep(stage.value, StepStatus.PASSED) for stage in Stage)
    at = _stage_of(live)
    if live.state is ServerState.WAITING or at is None:
        status = StepStatus.WAITING if live.state is ServerState.WAITING and is_heard else StepStatus.UNKNOWN
        return tuple(ServerStep(stage.value, status) for stage in Stage)
    stages = list(Stage)
    reached = stages.index(at)
    return tuple(
        ServerStep(stage.value, _status(number, reached, live, is_heard=is_heard), live.reason * (number == reached))
        for number, stage in enumerate(stages)
    )


def _stage_of(live: ServerLive) -> Stage | None:
    named = next((stage for stage in Stage if stage.value == live.step), None)
    return named or _FIRST_OF.get(live.state)


def _status(number: int, reached: int, live: ServerLive, *, is_heard: bool) -> StepStatus:
    if number < reached:
        return StepStatus.PASSED
    if number > reached:
        return StepStatus.WAITING if is_heard else StepStatus.UNKNOWN
    if live.state is ServerState.FAILED:
        return StepStatus.FAILED
    return StepStatus.RUNNING if is_heard and live.state in _FIRST_OF else StepStatus.UNKNOWN
