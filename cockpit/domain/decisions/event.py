"""One decision as the ledger keeps it, and what came of it."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, TypeAlias

from cockpit.domain.record import record

FORMAT = 1
"""Version of events that this cockpit writes and understands."""


JUNK = "junk"
"""Kind of what stands on the chain and is no event."""


class EventClass(Enum):
    """What happens to a kind of event when the remote is away or somebody was quicker."""

    COMMUTATIVE = "commutative"
    """Waits for the remote; the order does not matter."""
    CONDITIONAL = "conditional"
    """Carries `expect`; is never kept for later, and void when somebody was quicker."""
    BRAKE = "brake"
    """Obeyed at once where it is given; no `expect`."""


@record(frozen=True, slots=True)
class Event:
    """One decision; its place in the chain orders it, never its clock."""

    event_id: str
    """ULID, made once when the person decides: the same id twice is the same decision."""
    ledger: str
    """Id of the ledger it belongs to: the event id of its genesis; empty in the genesis itself."""
    actor: str
    """Id of the person in the policy; proved by the signature or else claimed."""
    kind: str
    target: str
    """What it is about: a train, feature, candidate, scope, environment or commit; may be empty."""
    at: datetime
    """The actor's clock, for display alone."""
    body: Any
    """One of the classes of `bodies.BODIES`, or a plain mapping where the kind or version is unknown."""
    expect: Mapping[str, str]
    """Thing to the token it must still have: 'lock:production' to '141', or to '' for none."""
    since: str = ""
    """Event id of the newest checkpoint its maker knew: whoever starts there can still tell a repeated event."""
    version: int = FORMAT


class ProofKind(Enum):
    """How it is known that the actor is who the event says."""

    CLAIMED = "claimed"
    """Nobody vouches for it."""
    KEY = "signed"
    """By a key of the actor's own."""
    STATION = "attested"
    """By the key of an enrolled station that authenticated the actor."""


@record(frozen=True, slots=True)
class Signature:
    """What cryptography alone says of an event; whose key it is, the policy at its place says."""

    fingerprint: str = ""
    """`SHA256:...` of the key that signed; empty when there is no signature."""
    is_good: bool = True
    """False when there is a signature and it does not fit the event."""


UNSIGNED = Signature()


@record(frozen=True, slots=True)
class Placed:
    """An event at its place in the chain."""

    position: int
    """1 is the genesis."""
    commit_id: str
    event: Event
    signature: Signature = UNSIGNED


@record(frozen=True, slots=True)
class Outcome:
    """What the fold made of one event; the same in every clone."""

    is_effective: bool
    reason: str = ""
    """Why it is void, for people; empty when it counts."""
    is_alarm: bool = False
    """Somebody should look: a forged actor, an unknown key, a broken signature."""
    proof: ProofKind = ProofKind.CLAIMED
    acknowledged_by: str = ""
    """Who has looked at the alarm since; told where an event is read back, as no fold of the event itself knows."""


Told: TypeAlias = tuple[Placed, Outcome]
"""An event at its place, and what came of it."""


class Refused(Exception):  # noqa: N818 - an answer, and no error of the program
    """Raised by a rule: the event is void, because."""

    def __init__(self, reason: str, *, is_alarm: bool = False, next_step: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_alarm = is_alarm
        self.next_step = next_step
        """What its maker may do about it, where that is more than to decide again."""
