"""Deployments that wait for keep or roll back, and whether their owner is late."""

from datetime import datetime

from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.records import DeploymentCallRecord


def open_calls(decided: Decided) -> list[DeploymentCallRecord]:
    """Return every call that nobody has made yet, the one with the nearest deadline first."""
    waiting = [call for call in decided.all(DeploymentCallRecord) if call.verdict is None]
    return sorted(waiting, key=lambda call: (call.deadline, call.deployment))


def made_calls(decided: Decided) -> list[DeploymentCallRecord]:
    """Return every call that was made, newest first."""
    made = [call for call in decided.all(DeploymentCallRecord) if call.verdict is not None]
    return sorted(made, key=lambda call: -call.by.position)


def is_overdue(call: DeploymentCallRecord, now: datetime) -> bool:
    """Tell whether the owner should have decided by now."""
    return call.verdict is None and now >= call.deadline
