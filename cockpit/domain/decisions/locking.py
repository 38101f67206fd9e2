"""What locks by itself, and what a lock stops."""

from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.policy import EVERYWHERE
from cockpit.domain.decisions.records import By, LockRecord


def lock_after_roll_back(decided: Decided, environment: str, deployment: str, reason: str, by: By) -> None:
    """Lock the environment where the policy says so; whoever has locked it already goes on to hold it."""
    if not decided.policy.gating.lock_on_rollback or environment not in decided.policy.environments:
        return
    if decided.get(LockRecord, environment) is None:
        why = f"{deployment} is rolled back: {reason}"
        lock = LockRecord(environment, why, is_blocking=True, may_ship=(), link="", review_at=None, by=by)
        decided.put(environment, lock)


def lock_in_the_way(decided: Decided, environment: str) -> LockRecord | None:
    """Return a lock that lets nothing begin in the whole environment."""
    locks = (decided.get(LockRecord, scope) for scope in (EVERYWHERE, environment))
    return next((lock for lock in locks if lock is not None and lock.is_blocking), None)
