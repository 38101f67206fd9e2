"""What comes of one check."""

from dataclasses import dataclass

from cockpit.agent.redaction import redact
from cockpit.errors import CockpitError


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one check; `fine` None is worth knowing and no fault."""

    subject: str
    fine: bool | None
    says: str
    next_step: str = ""


def failed(subject: str, error: CockpitError) -> Finding:
    """Return the finding that an error makes."""
    says = f"{error.where}: {error.what}" if error.where else error.what
    return Finding(subject, False, redact(says), redact(error.next_step))
