"""Everything an executor looks at, as it is at one moment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cockpit.domain.alert import Alert
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.rollout_record import RolloutRecord
from cockpit.domain.decisions.standing import LedgerState
from cockpit.domain.fleet import Server
from cockpit.domain.rollout.windows import Window


@dataclass(frozen=True, slots=True)
class Present:
    """Decisions and facts."""

    known: Decided
    """What everybody can know."""
    decided: Decided
    """The same, and brakes that were pulled here and are on their way."""
    ledger: LedgerState
    servers: Sequence[Server]
    alerts: Sequence[Alert]
    blind: tuple[str, ...]
    """Sources without which nothing can be said about alerts."""
    is_measured: bool
    """Whether the servers were asked lately."""
    baseline: Callable[[], Window]
    """What was measured before."""

    def record(self, rollout: str) -> RolloutRecord | None:
        """Return a rollout as it is decided here and now."""
        return self.decided.get(RolloutRecord, rollout)
