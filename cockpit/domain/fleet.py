"""Servers: which version each runs and how well."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import Enum

from cockpit.domain.custody import Custody
from cockpit.domain.freshness import NEVER, Freshness
from cockpit.domain.record import record


class Health(Enum):
    """What a server said of itself when it was last asked."""

    UP = "up"
    FAILING = "failing"
    """It answers, and its health check does not pass."""
    DOWN = "down"
    """It does not answer."""
    UNKNOWN = "unknown"
    """Never asked, or the last answer has expired or cannot be used."""


@record(frozen=True, slots=True)
class Probe:
    """What one round of questions to one server brought."""

    server: str
    zone: str
    url: str
    health: Health
    reason: str
    """Why it is not up, one line; while it is up, why its version or metrics could not be used, or empty."""
    version: str | None
    """None when it did not say; the version known before then stays, with its age."""
    commit_id: str | None
    latency_s: float | None
    metrics: Mapping[str, float] | None
    """Values of the wanted metrics by name; None when they could not be read (old values stay, with their age)."""
    observed_at: datetime
    digest: str = ""
    """'sha256:...' of the artefact it runs; empty when it did not say."""


@record(frozen=True, slots=True)
class Server:
    """One row of the server list."""

    name: str
    zone: str
    url: str
    version: str
    """As last reported, or empty."""
    commit_id: str
    health: Health
    """As last observed; `freshness` says whether it still counts."""
    reason: str
    latency_s: float | None
    out_of_band: bool
    """It reports a version that is in no release."""
    freshness: Freshness = NEVER
    version_at: datetime | None = None
    """When it last told its version."""
    health_since: datetime | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    metrics_at: datetime | None = None
    digest: str = ""
    """As reported together with its version, or empty."""
    custody: Custody = Custody.NONE
    """What that digest says of the release it claims to run."""

    def health_at(self, now: datetime) -> Health:
        """Return the health that may be shown at `now`: unknown once the observation has expired."""
        return self.health if self.freshness.is_fresh(now) else Health.UNKNOWN


@record(frozen=True, slots=True)
class Transition:
    """One change of a server's health or version."""

    at: datetime
    health_before: Health
    health: Health
    version_before: str
    version: str
    reason: str


@record(frozen=True, slots=True)
class VersionShare:
    """How many servers run one version."""

    version: str
    """Empty for servers that never told."""
    servers: int
    out_of_band: bool
