"""Waits for the end of a step, by looking at its journal."""

import asyncio

from cockpit.deploy.order import StepResult, StepState
from cockpit.deploy.steps import Steps

LOOK_EVERY_S = 0.1
"""How often a running step is looked at; from files alone."""


async def ended(steps: Steps, step_id: str) -> StepResult:
    """Return what has come of a step once it does not run any more; raises DeployError."""
    while True:
        result = steps.look(step_id)
        if result.state is not StepState.RUNNING:
            return result
        if result.overdue:
            await asyncio.to_thread(steps.end, step_id)
        await asyncio.sleep(LOOK_EVERY_S)
