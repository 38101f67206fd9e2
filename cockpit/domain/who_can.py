"""Whom to ask, as the policy names people by their roles."""

from cockpit.domain.decisions.gating_now import GatingNow
from cockpit.domain.decisions.policy import Role

MOST_NAMED = 3


def who_can(gating: GatingNow, *roles: Role) -> str:
    """Return everybody with one of `roles`, for people: 'maria, olu', 'anyone', or the roles where nobody has one."""
    if gating.is_open_door:
        return "anyone"
    named = tuple(dict.fromkeys(name for role in roles for name in gating.people.get(role.value, ())))
    if not named:
        return " or ".join(f"{'an' if role.value[0] in 'aeio' else 'a'} {role.value}" for role in roles[:2])
    return ", ".join(named[:MOST_NAMED]) + (", …" if len(named) > MOST_NAMED else "")
