"""Who is on duty and who owns the call, by everything decided."""

from datetime import datetime

from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.records import CallOwnerRecord, DutyRecord, PolicyRecord
from cockpit.domain.on_duty import whose_duty


def duty_of(decided: Decided, now: datetime) -> str:
    """Return who is on duty at `now`; empty when nobody is."""
    calendar = decided.policy.calendar if decided.get(PolicyRecord) else None
    handed = decided.get(DutyRecord)
    return whose_duty(calendar, handed.person if handed else "", handed.turn if handed else "", now)


def call_owner_of(decided: Decided, environment: str) -> str:
    """Return who owns the keep-or-roll-back call of an environment; empty when nobody does."""
    owner = decided.get(CallOwnerRecord, environment)
    return owner.person if owner else ""
