"""Brings one server to a version, step by step; every step may be begun again, since it looks before it acts."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from cockpit.agent.rollout.awaiting import ended
from cockpit.agent.rollout.hands import Hands
from cockpit.agent.rollout.journal import Journal
from cockpit.agent.rollout.smoke_runs import SmokeRuns
from cockpit.agent.rollout.traffic_desk import TrafficDesk
from cockpit.deploy.deployer import DeployJob
from cockpit.deploy.order import StepResult, StepState
from cockpit.domain.custody import plain_version
from cockpit.domain.fleet import Health, Probe
from cockpit.domain.rollout.progress import Direction, Ending, ServerProgress, Stage
from cockpit.errors import DeployError, MachineError

SETTLE_LOOK_S = 0.3
"""Between two questions to a server that is to come up."""

WELL = 2
"""So many good answers in a row make a server well: one may be the old process's last."""


@dataclass(frozen=True, slots=True)
class Task:
    """Where a server is to be brought."""

    job: DeployJob
    """For all servers of the wave where the deployer works by the wave; the server itself otherwise."""
    server: str
    step_id: str
    direction: Direction
    attempt: int
    is_again: bool = False
    """Whether it is deployed also where the server says that it runs the version already."""


class ServerWork:
    """One server on its way."""

    def __init__(
        self,
        task: Task,
        hands: Hands,
        journal: Journal,
        smoke: SmokeRuns,
        traffic: TrafficDesk,
        may_begin: Callable[[Task, Stage], Awaitable[bool]],
        weigh: Callable[[Task], Awaitable[None]],
        present_try: Callable[[Task], int],
    ) -> None:
        self._task = task
        self._hands = hands
        self._journal = journal
        self._smoke = smoke
        self._traffic = traffic
        self._may_begin = may_begin
        self._weigh = weigh
        self._present_try = present_try
        self._stages: dict[Stage, Callable[[], Awaitable[str]]] = {
            Stage.DRAIN: self._drain,
            Stage.DEPLOY: self._deploy,
            Stage.SETTLE: self._settle,
            Stage.SMOKE: self._test,
            Stage.READY: self._ready,
        }

    async def bring(self) -> None:
        """Go on from where the journal says the server is, until it is through, has failed, or nothing may begin.

        Raises MachineError where this machine cannot keep a step, which is no failure of the server's.
        """
        for stage in self._left():
            # Asked before the last look at what was decided: between that and the deployment nothing takes its time.
            is_there = stage is Stage.DEPLOY and await self._is_there_already()
            if not await self._may_begin(self._task, stage):
                return
            await self._note(stage, Ending.BEGUN)
            trouble = "" if is_there else await self._stages[stage]()
            await self._note(stage, Ending.FAILED if trouble else Ending.PASSED, trouble)
            if trouble:
                return

    def _left(self) -> list[Stage]:
        stages, at = list(Stage), self._at
        if at is None:
            return stages
        number = stages.index(at.stage)
        return stages[number + 1 :] if at.ending is Ending.PASSED else stages[number:]

    @property
    def _at(self) -> ServerProgress | None:
        kept = self._journal.kept
        known = kept.forward if self._task.direction is Direction.FORWARD else kept.back
        found = known.get(self._task.server)
        return found if found is not None and found.attempt == self._task.attempt else None

    async def _note(self, stage: Stage, ending: Ending, reason: str = "") -> None:
        progress = ServerProgress(
            server=self._task.server,
            direction=self._task.direction,
            # What fails after a retry of others is no failure that somebody has seen already.
            attempt=self._present_try(self._task) if ending is Ending.FAILED else self._task.attempt,
            stage=stage,
            ending=ending,
            since=self._hands.clock.now(),
            reason=reason,
            log=str(self._log) if stage.value != Stage.DRAIN.value else "",
        )
        await asyncio.to_thread(self._journal.note_server, progress)

    @property
    def _log(self) -> str:
        return str(self._hands.steps.look(self._task.step_id).log)

    async def _drain(self) -> str:
        """A server that no load balancer knows is simply taken as it is."""
        try:
            await self._traffic.drain(self._task.server)
        except DeployError as error:
            return f"it could not be drained: {error.what}"
        return ""

    async def _deploy(self) -> str:
        deployer, steps = self._hands.deployer, self._hands.steps
        if deployer is None:
            return self._hands.no_deployer
        try:
            await asyncio.to_thread(steps.begin, deployer.order(self._task.job, self._task.step_id))
            result = await ended(steps, self._task.step_id)
        except MachineError:
            raise
        except DeployError as error:
            return f"{error.what}. {error.next_step}".strip()
        if result.state is StepState.SUCCEEDED:
            return ""
        return await self._why_not_deployed(result)

    async def _is_there_already(self) -> bool:
        """Where its step was begun, that step is waited for and asked: it may not be through, or say that it failed."""
        was_begun = self._hands.steps.look(self._task.step_id).state is not StepState.ABSENT
        return not was_begun and not self._task.is_again and await self._runs_it()

    async def _why_not_deployed(self, result: StepResult) -> str:
        """A step that left no result is judged by what the server says; a failure stays one, whatever it says."""
        runs_it = await self._runs_it()
        if result.state is StepState.UNKNOWN:
            if runs_it:
                return ""
            return f"its deployment ended without a result, and it does not run {self._task.job.version}"
        also = f", though it runs {self._task.job.version} now" if runs_it else ""
        return f"{result.reason or 'the deployment failed'}{also}"

    async def _runs_it(self) -> bool:
        return not self._why_not_there(await self._hands.ask(self._task.server))

    async def _settle(self) -> str:
        """What a deployer says is not enough: the server itself has to say so, and be well."""
        give_up_at = self._hands.clock.monotonic() + self._settle_s
        well, why = 0, ""
        while True:
            why = self._why_not_there(await self._hands.ask(self._task.server))
            well = 0 if why else well + 1
            if well >= WELL:
                return ""
            if self._hands.clock.monotonic() >= give_up_at:
                return f"{why} {self._settle_s:g} s after it was deployed"
            await asyncio.sleep(SETTLE_LOOK_S)

    @property
    def _settle_s(self) -> float:
        deploy = self._hands.settings.deploy
        return deploy.settle_s if deploy else 60.0

    def _why_not_there(self, probe: Probe | None) -> str:
        job = self._task.job
        if probe is None:
            return "cockpit.toml names no such server"
        if probe.health is not Health.UP:
            return f"it is {probe.health.value}: {probe.reason}" if probe.reason else f"it is {probe.health.value}"
        if not probe.version:
            return "it does not say which version it runs"
        if plain_version(probe.version) != plain_version(job.version):
            return f"it still says that it runs {probe.version}"
        if job.digest and probe.digest and probe.digest != job.digest:
            return f"it runs another build of {job.version}: {probe.digest[:19]}… instead of {job.digest[:19]}…"
        return ""

    async def _test(self) -> str:
        return await self._smoke.server(self._task)

    async def _ready(self) -> str:
        try:
            await self._traffic.make_ready(self._task.server)
            await self._weigh(self._task)
        except DeployError as error:
            return f"it could not be put back to work: {error.what}"
        return ""


def alone(task: Task) -> DeployJob:
    """Return the job of this server alone, as its smoke tests see it."""
    return replace(task.job, servers=(task.server,))
