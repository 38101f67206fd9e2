"""How a screen asks the agent for something: one small file for each request, taken in the order of writing.

A request is not a decision: it is lost without harm and may be answered twice.
"""

import contextlib
import re
import time
from enum import Enum
from pathlib import Path

from cockpit.domain.record import record


class Asked(Enum):
    """What may be asked for."""

    REFRESH = "refresh"
    """Ask the source named by the argument, or every source when it is empty, now."""
    DIFF = "diff"
    """Put the diff of the commit named by the argument into the cache."""


@record(frozen=True, slots=True)
class Request:
    """One request; `argument` is a source name or a hexadecimal commit id."""

    asked: Asked
    argument: str = ""


_NAME = re.compile(r"^\d{20}-(?P<asked>[a-z]+)-(?P<argument>[A-Za-z0-9_.-]{0,100})$")


def put_request(folder: Path, request: Request) -> bool:
    """Leave `request` for the agent; False when the place cannot be written (read-only home, full disk)."""
    name = f"{time.time_ns():020d}-{request.asked.value}-{request.argument}"
    if not _NAME.match(name):
        return False
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / name).touch(mode=0o600)
    except OSError:
        return False
    return True


def take_requests(folder: Path) -> list[Request]:
    """Return the waiting requests, oldest first and each kind once, and remove them; junk is removed unread."""
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except OSError:
        return []
    requests: dict[Request, None] = {}
    for name in names:
        with contextlib.suppress(OSError):
            (folder / name).unlink()
        match = _NAME.match(name)
        if match and match["asked"] in Asked._value2member_map_:
            requests[Request(Asked(match["asked"]), match["argument"])] = None
    return list(requests)
