"""What may be locked and freed now, as the key for locks offers it."""

from functools import partial

from cockpit.domain.decisions.bodies import Locked, Unlocked
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.expecting import expect_now
from cockpit.domain.decisions.policy import EVERYWHERE
from cockpit.domain.decisions.records import LockRecord
from cockpit.domain.deed import Deed
from cockpit.domain.lock_words import scope_words


def lock_deeds(decided: Decided) -> tuple[Deed, ...]:
    """Return every lock that can be lifted, then what can be locked: the last environment and everything first."""
    locks = sorted(decided.all(LockRecord), key=lambda lock: lock.by.position)
    locked = {lock.scope for lock in locks}
    *others, last = decided.policy.environments
    free = [scope for scope in (last, EVERYWHERE, *reversed(others)) if scope not in locked]
    warning = [_warn(decided, last)] if last in free else []
    return (*(_unlock(decided, lock) for lock in locks), *(_lock(decided, scope) for scope in free), *warning)


def _unlock(decided: Decided, lock: LockRecord) -> Deed:
    words = scope_words(lock.scope)
    now = "locked" if lock.is_blocking else "under a warning"
    return Deed(
        label=f"Unlock {words}",
        effect=(f"{words}: {now} by {lock.by.actor} ({lock.reason}) → free", "What waited for it may ship at once."),
        done=f"Unlocked {words}",
        kind="unlock",
        target=lock.scope,
        body=Unlocked,
        expect=expect_now(decided, "unlock", lock.scope),
    )


def _lock(decided: Decided, scope: str) -> Deed:
    words = scope_words(scope)
    where = f"in {', '.join(decided.policy.environments)}" if scope == EVERYWHERE else "there"
    return Deed(
        label=f"Lock {words}",
        effect=(
            f"{words}: free → locked",
            f"Nothing ships {where} until somebody unlocks it; it never ends by itself.",
        ),
        done=f"Locked {words}",
        kind="lock",
        target=scope,
        body=Locked,
        expect=expect_now(decided, "lock", scope),
        question=f"Lock {words} because:",
        hint="a reason",
        needs_answer=True,
    )


def _warn(decided: Decided, scope: str) -> Deed:
    words = scope_words(scope)
    return Deed(
        label=f"Warn about {words}",
        effect=(f"{words}: free → under a warning", "Everybody sees it, and every gate stays as it is."),
        done=f"Warned about {words}",
        kind="lock",
        target=scope,
        body=partial(Locked, is_blocking=False),
        expect=expect_now(decided, "lock", scope),
        question=f"Warn about {words} because:",
        hint="a reason",
        needs_answer=True,
    )
