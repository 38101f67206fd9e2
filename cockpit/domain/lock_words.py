"""Locks in words."""

from cockpit.domain.decisions.policy import EVERYWHERE


def scope_words(scope: str) -> str:
    """Return what a lock is on: 'everything', 'production', 'group eu-1 of production'."""
    if scope == EVERYWHERE:
        return "everything"
    environment, _, group = scope.partition("/")
    return f"group {group} of {environment}" if group else environment
