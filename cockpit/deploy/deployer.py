"""What every way to deploy is asked, and what each of its programs sees of the rollout."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from cockpit.deploy.living import MARK
from cockpit.deploy.order import StepOrder
from cockpit.plain_environment import plain_environment

SSH_VARIABLES = ("SSH_AUTH_SOCK",)
"""The person's own ssh agent, by which deployments reach servers; it is a door, and no secret of the cockpit's."""


@dataclass(frozen=True, slots=True)
class DeployJob:
    """One version onto one server, or onto all servers of a wave."""

    rollout: str
    environment: str
    servers: tuple[str, ...]
    version: str
    """What the servers are to run afterwards, also on the way back."""
    direction: Literal["forward", "back"] = "forward"
    zones: Mapping[str, str] = field(default_factory=dict)
    """Server to zone."""
    urls: Mapping[str, str] = field(default_factory=dict)
    """Server to the address it serves at."""
    commit: str = ""
    tag: str = ""
    digest: str = ""
    """Of the only artefact of the version: 'sha256:...'; empty where several or none are recorded."""
    digests: Mapping[str, str] = field(default_factory=dict)
    """Name of an artefact to its digest."""
    token: int = 0
    """Fencing token of the controls; 0 where nobody has them."""
    attempt: int = 1
    release_before: str = ""
    """Version that the servers run now; its release stays on them."""

    @property
    def server(self) -> str:
        """The server, where there is only one."""
        return self.servers[0] if len(self.servers) == 1 else ""


class Deployer(Protocol):
    """One way to bring a version onto servers; it says what to run, and runs nothing."""

    name: str
    per: Literal["server", "wave"]
    """Whether a job may name one server only, or several at once."""

    def order(self, job: DeployJob, step_id: str) -> StepOrder:
        """Return what to run for this job; raises DeployError for a job that cannot be done safely."""

    def shown(self, job: DeployJob) -> tuple[str, ...]:
        """Return for people every command this job would run, in order; raises DeployError."""


def values_of(job: DeployJob) -> dict[str, str]:
    """Return what the placeholders of a template stand for."""
    return {
        "server": job.server,
        "servers": ",".join(job.servers),
        "zone": ",".join(_each_once(job.zones.get(server, "") for server in job.servers)),
        "url": job.urls.get(job.server, ""),
        "version": job.version,
        "tag": job.tag,
        "commit": job.commit,
        "digest": job.digest,
        "environment": job.environment,
        "direction": job.direction,
    }


def environment_of(job: DeployJob, step_id: str, also: Iterable[str] = ()) -> dict[str, str]:
    """Return the whole environment of a step: the rollout's own variables, and nothing secret."""
    values = values_of(job)
    return plain_environment({*SSH_VARIABLES, *also}) | {
        "TERM": "dumb",
        "COCKPIT_ROLLOUT": job.rollout,
        "COCKPIT_TOKEN": str(job.token),
        "COCKPIT_URLS": ",".join(filter(None, (job.urls.get(server, "") for server in job.servers))),
        MARK: step_id,
        **{f"COCKPIT_{name.upper()}": value for name, value in values.items()},
    }


def _each_once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name for name in names if name))
