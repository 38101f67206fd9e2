"""Waits for the end of a step, by looking at its journal."""

import asyncio
import time

from cockpit.deploy.order import StepResult, StepState
from cockpit.deploy.steps import MEND_DISK, Steps
from cockpit.errors import MachineError

LOOK_EVERY_S = 0.1
"""How soon a running step is looked at again; from files alone."""

LATER_S = 0.5
SHARE = 0.02
"""The longer it has run, the longer until the next look: hundreds of them at once, each for minutes, cost nothing."""


async def ended(steps: Steps, step_id: str) -> StepResult:
    """Return what has come of a step that was begun once it does not run any more; raises DeployError.

    One whose program never came to run is no failure of what it was to do: MachineError, and it may be begun again.
    """
    began = time.monotonic()
    while True:
        result = steps.look(step_id)
        if result.state is StepState.ABSENT:
            raise MachineError(
                f"nothing was run: {result.reason or 'its wrapper could not begin'}", next_step=MEND_DISK
            )
        if result.state is not StepState.RUNNING:
            return result
        if result.overdue:
            await asyncio.to_thread(steps.end, step_id)
        await asyncio.sleep(min(LATER_S, max(LOOK_EVERY_S, SHARE * (time.monotonic() - began))))
