"""A gate: one condition on shipping, with its verdict and who can change it."""

from datetime import datetime

from cockpit.domain.record import record
from cockpit.domain.verdict import Verdict


@record(frozen=True, slots=True)
class Gate:
    """One condition, judged."""

    gate_id: str
    """Stable name for programs: 'branch', 'lock', 'sign-off:security', 'command:load-test'."""
    title: str
    verdict: Verdict
    reason: str
    source: str
    """Name of the source the judgement rests on."""
    observed_at: datetime | None
    who: str
    """Who can clear it."""
    next_step: str = ""
    link: str = ""
    overridden_by: str = ""
    """Who set it aside and why, 'maria: the incident is over'; empty when it stands. Its verdict is go then, and
    its reason still says what is wrong."""
