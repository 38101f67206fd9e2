"""Runs smoke tests: of one server, of a wave, and the last ones; the first that fails tells why."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from cockpit.agent.rollout.awaiting import ended
from cockpit.agent.rollout.hands import Hands
from cockpit.config.rollout_settings import SmokeTable
from cockpit.deploy.deployer import DeployJob
from cockpit.deploy.order import StepState
from cockpit.deploy.smoke import CommandSmoke
from cockpit.errors import CockpitError, MachineError

if TYPE_CHECKING:
    from cockpit.agent.rollout.server_work import Task


class SmokeRuns:
    """Every smoke test that the settings name."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self._checkouts = asyncio.Lock()

    async def server(self, task: "Task") -> str:
        """Test one server; return why it failed, '' when it passed."""
        from cockpit.agent.rollout.server_work import alone

        return await self._all(self._of("server"), task.step_id.removesuffix(".deploy"), [alone(task)])

    async def wave(self, step: str, jobs: Sequence[DeployJob]) -> str:
        """Test a wave, each server in turn where a test asks a server; return why it failed."""
        return await self._all(self._of("wave"), step, jobs)

    async def end(self, step: str, jobs: Sequence[DeployJob]) -> str:
        """Run the last tests; return why they failed."""
        return await self._all(self._of("end"), step, jobs)

    def _of(self, per: Literal["server", "wave", "end"]) -> list[SmokeTable]:
        return [test for test in self._hands.settings.smoke if test.per == per]

    async def _all(self, tests: Sequence[SmokeTable], step: str, jobs: Sequence[DeployJob]) -> str:
        for number, test in enumerate(tests):
            try:
                trouble = await self._one(test, f"{step}.smoke{number}", jobs)
            except MachineError:
                raise
            except CockpitError as error:
                trouble = str(error)
            if trouble:
                return f"smoke test {test.name} failed: {trouble}"
        return ""

    async def _one(self, test: SmokeTable, step: str, jobs: Sequence[DeployJob]) -> str:
        if test.path:
            return await self._asked(test, jobs)
        if not jobs:
            return ""
        whole = _together(jobs)
        if test.checkout:
            return await self._checked_out(test, step, whole)
        return await self._run(test, step, whole)

    async def _asked(self, test: SmokeTable, jobs: Sequence[DeployJob]) -> str:
        for job in jobs:
            for server in job.servers:
                answer = await self._hands.http.check(test, job.urls.get(server, ""))
                if not answer.passed:
                    return f"{server}: {answer.reason}" if len(jobs) > 1 or len(job.servers) > 1 else answer.reason
        return ""

    async def _checked_out(self, test: SmokeTable, step: str, job: DeployJob) -> str:
        """One at a time: checkouts of the same commit share their place."""
        async with self._checkouts:
            return await asyncio.to_thread(self._hands.checkout_test, test, job, step)

    async def _run(self, test: SmokeTable, step: str, job: DeployJob) -> str:
        for attempt in range(test.tries):
            if attempt:
                await asyncio.sleep(test.every_s)
            reason = await self._run_once(test, f"{step}.{attempt}", job)
            if not reason:
                return ""
        return reason

    async def _run_once(self, test: SmokeTable, step: str, job: DeployJob) -> str:
        steps = self._hands.steps
        await asyncio.to_thread(steps.begin, CommandSmoke(test, self._hands.root).order(job, step))
        result = await ended(steps, step)
        return "" if result.state is StepState.SUCCEEDED else result.reason or "it left no result"


def _together(jobs: Sequence[DeployJob]) -> DeployJob:
    from dataclasses import replace

    return replace(jobs[0], servers=tuple(server for job in jobs for server in job.servers))
