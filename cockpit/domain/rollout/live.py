"""What the executor of a rollout tells of it while it is at work: facts, that the ledger does not hold."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from cockpit.domain.freshness import NEVER, Freshness
from cockpit.domain.record import record
from cockpit.domain.rollout.progress import ServerState


@record(frozen=True, slots=True)
class ServerLive:
    """One server of a rollout."""

    server: str
    zone: str
    wave: int
    """0 for one that no wave has."""
    state: ServerState
    since: datetime
    reason: str = ""
    step: str = ""
    """'settle', as the journal calls it."""
    attempt: int = 1
    log: str = ""
    """Path of what its deployment printed, on the executor's machine."""


@record(frozen=True, slots=True)
class Measured:
    """One line of the analysis."""

    name: str
    verdict: str
    """'pass', 'fail', 'inconclusive', 'informs'."""
    said: str
    """One sentence with its figures."""


@record(frozen=True, slots=True)
class RolloutLive:
    """One rollout, as its executor sees it."""

    rollout: str
    environment: str
    station: str
    host: str
    wave: int
    """The wave it is in."""
    doing: str
    """'deploying', 'smoke tests of the wave', 'soaking', 'rolling back', …; empty when it rests."""
    waits_for: str = ""
    """Why nothing goes on, in one sentence; empty while something does."""
    unshared: bool = False
    """Whether it obeys what was said on its own machine, and the ledger does not hold yet."""
    soak_ends: datetime | None = None
    weight_set: float | None = None
    """Percent of the traffic that the new version is to get; None without a load balancer."""
    weight_read: float | None = None
    """Percent that the load balancer's own state gives it."""
    measured: tuple[Measured, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    """State of servers, as ServerState calls it, to how many."""
    expected_s: float | None = None
    """Seconds it will still take, as far as that can be told."""
    freshness: Freshness = NEVER
