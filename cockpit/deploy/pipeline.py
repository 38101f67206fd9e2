"""The interface to a pipeline that runs elsewhere: begun once by a key, and looked at by its handle.

An answer to `begin` may be lost although the pipeline runs. So the key, which is the step's id, goes with it to where
it can be read again, and nothing is begun before that was done: fault "request applied, answer lost".
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from cockpit.deploy.deployer import DeployJob
from cockpit.deploy.order import StepState
from cockpit.errors import DeployError


@dataclass(frozen=True, slots=True)
class PipelineRun:
    """One run at the code host."""

    handle: str
    """What the code host calls it."""
    state: StepState
    """RUNNING from when it is accepted; UNKNOWN where the code host's word means nothing to us."""
    reason: str = ""
    """For people; empty when it is well."""
    link: str = ""
    """Its page."""


@runtime_checkable
class PipelineDeployer(Protocol):
    """One code host's pipelines."""

    name: str

    async def begin(self, job: DeployJob, key: str) -> PipelineRun:
        """Start a run that carries `key`; raises DeployError, which leaves open whether it was started."""

    async def find(self, key: str) -> PipelineRun | None:
        """Return the run that carries `key`, None when there certainly is none; raises DeployError."""

    async def look(self, handle: str) -> PipelineRun:
        """Return how a run stands; raises DeployError."""

    def shown(self, job: DeployJob) -> tuple[str, ...]:
        """Return for people what it would start."""


async def begin_once(pipeline: PipelineDeployer, job: DeployJob, key: str) -> PipelineRun:
    """Return the run that carries `key`, started now unless it was before; may be called again after any failure.

    Raises DeployError when it cannot be told whether it runs: the step is unknown until this works.
    """
    if (found := await pipeline.find(key)) is not None:
        return found
    try:
        return await pipeline.begin(job, key)
    except DeployError:
        if (found := await pipeline.find(key)) is not None:
            return found
        raise
