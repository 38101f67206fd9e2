"""What locks by itself, and what a lock stops."""

from collections.abc import Iterator

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
    return next(_locks(decided, environment), None)


def lock_against(decided: Decided, environment: str, actor: str, *, is_hotfix: bool) -> LockRecord | None:
    """Return a lock that lets this actor begin nothing there; each of several has to let a hotfix through."""
    person = decided.policy.person(actor)
    roles = {role.value for given in person.roles.values() for role in given} if person else set()
    names = {actor, *roles}
    locks = _locks(decided, environment)
    return next((lock for lock in locks if not is_hotfix or names.isdisjoint(lock.may_ship)), None)


def _locks(decided: Decided, environment: str) -> Iterator[LockRecord]:
    for scope in (EVERYWHERE, environment):
        lock = decided.get(LockRecord, scope)
        if lock is not None and lock.is_blocking:
            yield lock
