"""Alerts: what is wrong now, what was wrong a moment ago."""

from datetime import datetime
from enum import Enum

from cockpit.domain.record import record


class Severity(Enum):
    """How loudly an alert speaks."""

    PAGE = "page"
    WARN = "warn"
    INFO = "info"


class AlertState(Enum):
    """Where an alert is in its life."""

    FIRING = "firing"
    PENDING = "pending"
    """The condition holds, and not yet for as long as the rule asks."""
    RESOLVED = "resolved"


@record(frozen=True, slots=True)
class Alert:
    """One row of the alert list."""

    alert_id: str
    """The same trouble at the same place has the same id for ever: 'rule/target'."""
    name: str
    severity: Severity
    state: AlertState
    target: str
    """Where: a server, a zone, a source."""
    summary: str
    """What, in one line with its figure."""
    since: datetime
    """When it began; a return after it was resolved begins anew."""
    resolved_at: datetime | None = None
    origin: str = ""
    """Name of the source that says so."""
    link: str = ""
    """Address of the original, http(s) only, or empty."""
