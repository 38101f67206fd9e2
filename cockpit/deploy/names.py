"""Names of steps and of files: each thing another, and none that leads out of its folder."""

import hashlib
import re
from urllib.parse import quote, unquote

LONGEST_NAME = 100
"""Characters of a name inside a step id or a file name; longer ones are cut and told apart by their digest."""


def step_id_of(rollout: str, direction: str, attempt: int, target: str, kind: str) -> str:
    """Return the id of a step: `direction` is 'forward' or 'back', `target` a server or a wave, `kind` a plain word."""
    return f"{safe_name(rollout)}.{direction[0]}{attempt}.{safe_name(target)}.{safe_name(kind)}"


def safe_name(name: str) -> str:
    """Return a file name for `name`: another for each, without separators, not hidden, of a bounded length."""
    quoted = quote(name, safe="", errors="surrogatepass")
    quoted = quoted.replace(".", "%2E", 1) if quoted.startswith(".") else quoted
    if len(quoted) <= LONGEST_NAME:
        return quoted
    return f"{quoted[: LONGEST_NAME - 33]}~{hashlib.sha256(quoted.encode()).hexdigest()[:32]}"


def named_by(safe: str) -> str:
    """Return the name that `safe_name` was given; one that was too long stays as it was cut."""
    return unquote(safe)


def rollout_of(step_id: str) -> str:
    """Return the part of a step id that names the rollout."""
    match = re.match(r"(?P<rollout>.+?)\.[fb]\d+\.", step_id)
    return match["rollout"] if match else step_id.partition(".")[0]


def is_step_id(text: str) -> bool:
    """Tell whether this can name a step."""
    return re.fullmatch(r"[A-Za-z0-9_~%-][A-Za-z0-9._~%-]{0,249}", text) is not None
