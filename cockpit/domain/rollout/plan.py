"""What a rollout is to do, in which order: written down before it starts, and not changed afterwards."""

from collections.abc import Mapping
from dataclasses import field
from enum import Enum

from cockpit.domain.record import record


class Strategy(Enum):
    """How the new version comes to its users."""

    ROLLING = "rolling"
    """Wave by wave in place of the old one."""
    CANARY = "canary"
    """A few servers first, which get a set share of the traffic."""
    BLUE_GREEN = "blue-green"
    """Beside the old one on servers without traffic, which then moves as a whole."""
    AB = "ab"
    """Two variants side by side on split traffic until the business decides."""


class OnFailure(Enum):
    """What the executor does when a smoke test or the analysis fails."""

    HALT = "halt"
    ROLL_BACK = "roll back"
    """Halt, and bring every touched server back to what it ran before."""


class Mode(Enum):
    """Who starts a rollout in an environment."""

    DELIVERY = "delivery"
    """A person."""
    DEPLOYMENT = "deployment"
    """The executor, when every gate is go."""


@record(frozen=True, slots=True)
class Wave:
    """Servers that get the new version together."""

    number: int
    """1 is the first."""
    name: str
    servers: tuple[str, ...]
    """In the order in which they are done."""
    parallel: int = 1
    """How many of them are out of service at once, at most."""
    soak_s: float = 0.0
    """Seconds it is watched before it counts as done."""
    weight: float | None = None
    """Percent of the traffic that the new version gets once the wave is deployed; None leaves it to the servers."""
    waits: bool = False
    """Whether a person has to promote before the wave after it begins."""


@record(frozen=True, slots=True)
class Running:
    """What a server ran before the rollout, and goes back to."""

    version: str
    commit: str = ""
    digest: str = ""


@record(frozen=True, slots=True)
class RolloutPlan:
    """One release to one environment."""

    environment: str
    release: str
    """Version."""
    commit: str
    """Full id of what was cut."""
    tag: str
    strategy: Strategy
    waves: tuple[Wave, ...]
    digests: Mapping[str, str] = field(default_factory=dict)
    """Name of an artefact to 'sha256:...'; built once, and what every server is to run."""
    before: Mapping[str, Running] = field(default_factory=dict)
    """Server to what it ran when the plan was made."""
    on_failure: OnFailure = OnFailure.HALT
    needs_second: bool = False
    """Whether another person has to approve before the first wave."""
    settings: str = ""
    """Digest of the commands and checks it was planned with; others are not carried out under its name."""
    baseline: tuple[str, ...] = ()
    """Ids of the alerts that fired already when it started: they do not count against it."""
    comes_after: tuple[str, ...] = ()
    """Environments before this one that have servers: the release has to finish there first."""
    addresses: str = ""
    """Digest of its servers and their addresses: what goes forward goes to no others under its name."""

    @property
    def servers(self) -> tuple[str, ...]:
        """Every server of every wave, in order."""
        return tuple(server for wave in self.waves for server in wave.servers)

    def wave_of(self, server: str) -> Wave | None:
        """Return the wave that a server belongs to."""
        return next((wave for wave in self.waves if server in wave.servers), None)

    @property
    def digest(self) -> str:
        """The digest a server is to report: of the only artefact, or '' where several or none are recorded."""
        return next(iter(self.digests.values())) if len(self.digests) == 1 else ""
