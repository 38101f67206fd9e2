"""How well each source answers, and whether the agent lives: facts like all others."""

from datetime import datetime
from enum import Enum

from cockpit.domain.freshness import NEVER, Freshness
from cockpit.domain.record import record

SETTINGS = "settings"
"""Stands among the sources while the file of settings cannot be used; it is read, not asked."""


class SourceStatus(Enum):
    """What came of the last time a source was asked."""

    NEVER = "never"
    """Configured and not asked yet."""
    OK = "ok"
    FAILING = "failing"
    """No usable answer; it is asked again later."""
    REFUSED = "refused"
    """The answer was no (token, trust); it waits for a person."""
    OFF = "off"
    """Not configured."""


@record(frozen=True, slots=True)
class SourceState:
    """One source as the agent last met it."""

    name: str
    status: SourceStatus
    reason: str = ""
    """What went wrong, one line; empty when nothing did."""
    next_step: str = ""
    """What a person can do about it; often a command."""
    where: str = ""
    """Address that was asked, without secrets."""
    freshness: Freshness = NEVER
    """Of the last *good* answer."""
    failures: int = 0
    """In a row."""
    failing_since: datetime | None = None
    next_try_at: datetime | None = None


@record(frozen=True, slots=True)
class Heartbeat:
    """The agent's sign of life; expired means dead."""

    pid: int
    host: str
    version: str
    mode: str
    """'observer' or 'station'."""
    started_at: datetime
    freshness: Freshness
