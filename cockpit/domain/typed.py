"""Commands that people are told to type, written so that a shell hands them on as they are meant."""

import shlex


def sign_off_command(what: str, *, has_points: bool) -> str:
    """Return what signs the candidate off in one respect; a check list wants every point of it."""
    return f"cockpit signoff {shlex.quote(what)}{' --all-points' if has_points else ''}"


def unlock_command(scope: str) -> str:
    """Return what frees a scope."""
    return f"cockpit unlock {shlex.quote(scope)}"


def call_owner_command(environment: str) -> str:
    """Return what names the owner of the call in an environment, whom the reader fills in."""
    return f"cockpit call owner PERSON --environment {shlex.quote(environment)}"
