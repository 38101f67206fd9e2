"""What somebody wants to decide, and what has become of it."""

from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from typing import Any

from cockpit.domain.record import record


@record(frozen=True, slots=True)
class Intent:
    """A decision on its way to the ledger."""

    kind: str
    target: str
    body: Any
    """One of the classes of `bodies.KINDS`, the one of this kind."""
    expect: Mapping[str, str] = field(default_factory=dict)
    """For a conditional kind: the tokens of what the person saw, as `expecting.expect_now` gives them."""


class Fate(Enum):
    """How far an intent has come."""

    QUEUED = "queued"
    """Kept on this machine; shared when the remote can be reached."""
    SHARED = "shared"
    """At its place in the chain, for everybody, and it counts."""
    REFUSED = "refused"
    """It counts for nothing, because."""


@record(frozen=True, slots=True)
class Receipt:
    """What has become of one intent."""

    event_id: str
    fate: Fate
    position: int = 0
    """Its place in the chain; 0 when it has none."""
    reason: str = ""
    """Why it was refused or still waits, for people."""
    next_step: str = ""
    may_be_refused: bool = False
    """For one that waits: whether it may count for nothing in the end, so that nobody may rely on it."""
