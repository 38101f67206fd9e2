"""What the settings say about the answers; a screen is told anew whenever they change."""

from dataclasses import field

from cockpit.domain.limits import FigureLimits
from cockpit.domain.record import record


@record(frozen=True, slots=True)
class Terms:
    """The few values of `cockpit.toml` that every answer depends on."""

    project: str
    """What people call it."""
    environment: str = ""
    """Where the servers are; empty when none are named."""
    on_duty: str = ""
    """Who keeps the release branch buildable."""
    limits: FigureLimits = field(default_factory=FigureLimits)
    ci_configured: bool = True
    """False when nothing is told to say how commits build."""
    servers_configured: bool = True
    """False when no servers are named."""
    commands_trusted: bool = True
    """False while commands of the repository wait for `cockpit trust`."""
    ledger_wanted_for: str = ""
    """What the settings name that counts only with a ledger, 'people and a policy'; empty when nothing does."""
