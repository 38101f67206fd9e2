"""What a team wishes of its rollouts, before it is held against the servers that are there."""

from collections.abc import Mapping
from dataclasses import field

from cockpit.domain.fleet import Health
from cockpit.domain.record import record
from cockpit.domain.rollout.plan import OnFailure, Running, Strategy


@record(frozen=True, slots=True)
class WaveWish:
    """Which servers a wave is to take: by one of count, percent, zones and servers; by none, all that are left."""

    name: str = ""
    """Empty is its number."""
    count: int | None = None
    percent: float | None = None
    """Of all servers of the environment, rounded up, at least one."""
    zones: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    parallel: int = 1
    soak_s: float = 0.0
    weight: float | None = None
    """Percent of the traffic for the new version once the wave is deployed."""
    waits: bool = False


@record(frozen=True, slots=True)
class RolloutWish:
    """How a release is to reach the servers of any environment."""

    strategy: Strategy = Strategy.ROLLING
    waves: tuple[WaveWish, ...] = ()
    """None is: a couple of servers, then, once promoted, all."""
    colours: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Blue/green: name of a colour to its zones."""
    on_failure: OnFailure = OnFailure.HALT
    needs_second: bool = False
    has_traffic: bool = False
    """Whether there is a load balancer whose weights can be set."""
    settings: str = ""
    """Digest of the commands and checks."""


@record(frozen=True, slots=True)
class ServerNow:
    """A server of the environment as it was observed when the plan was made."""

    name: str
    zone: str
    runs: Running
    health: Health = Health.UP
