"""What is known of one kind of event."""

from cockpit.domain.decisions.event import EventClass
from cockpit.domain.record import record


@record(frozen=True, slots=True)
class KindOf:
    """Its body, how it is appended, and its deed in words."""

    body: type
    event_class: EventClass
    deed: str
    """What the actor did, as a sentence without subject: 'locked'."""
