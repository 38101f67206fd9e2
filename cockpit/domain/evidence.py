"""What the gates are judged on."""

from collections.abc import Sequence
from dataclasses import field
from datetime import datetime

from cockpit.domain.build import Build
from cockpit.domain.command_gate import CommandGate
from cockpit.domain.decisions.gating_now import GatingNow
from cockpit.domain.decisions.standing import LedgerHealth, Standing
from cockpit.domain.limits import FigureLimits
from cockpit.domain.overview import AlertsSummary, BranchHealth, FleetSummary
from cockpit.domain.record import record
from cockpit.domain.shipping_facts import ShippingFacts
from cockpit.domain.source_state import Heartbeat, SourceState


@record(frozen=True, slots=True)
class Evidence:
    """Every fact and decision that bears on whether we may ship."""

    branch: BranchHealth
    fleet: FleetSummary
    alerts: AlertsSummary
    heartbeat: Heartbeat | None
    sources: Sequence[SourceState]
    limits: FigureLimits
    standing: Standing = field(default_factory=Standing)
    environment: str = ""
    """Where it is to ship; what the policy does not know is its last environment."""
    builds: Sequence[Build] = ()
    """Of the candidate, the one that tells most first; empty while the branch head is judged."""
    shipping: ShippingFacts | None = None
    """Of the candidate; None while nobody has looked."""
    commands: Sequence[CommandGate] = ()
    """Every gate of the team's own."""
    ledger_wanted_for: str = ""
    """What the settings name that counts only with a ledger; empty where a team may well do without one."""
    has_agent: bool = True
    """False where whoever wants to know has every source asked himself, since no agent is at work."""
    asked_at: datetime | None = None
    """When every source had been asked without an agent; None with one, and where not all could be asked in time."""

    @property
    def gating(self) -> GatingNow:
        """What was decided that gates rest on; nothing where there is no ledger."""
        return self.standing.gating or NO_GATING

    @property
    def is_without_ledger(self) -> bool:
        """Whether nothing is decided here: there is no ledger, and nobody wants one."""
        return self.has_no_ledger and not self.ledger_wanted_for

    @property
    def has_no_ledger(self) -> bool:
        """Whether somebody has looked and there is no ledger; what could not be read may hold anything."""
        ledger = self.standing.ledger
        return self.standing.gating is None and ledger.health is LedgerHealth.NONE and ledger.synced_at is not None

    @property
    def where(self) -> str:
        """The environment as the policy names it; empty without a ledger."""
        known = self.standing.environments
        return self.environment if self.environment in known else known[-1] if known else ""


NO_GATING = GatingNow()
