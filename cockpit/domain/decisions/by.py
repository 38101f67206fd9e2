"""Who decided something, and where in the chain."""

from datetime import datetime

from cockpit.domain.decisions.event import ProofKind
from cockpit.domain.record import record


@record(frozen=True, slots=True)
class By:
    """Who decided it, where in the chain and, on that person's clock, when."""

    actor: str
    position: int
    at: datetime
    proof: ProofKind = ProofKind.CLAIMED
