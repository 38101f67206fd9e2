"""What a screen is told besides the facts: who we are, where to write, how to look."""

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from cockpit.domain.record import record

if TYPE_CHECKING:
    from cockpit.domain.decisions.intent import Intent, Receipt
    from cockpit.domain.rollout.planning import Planned


def utc_now() -> datetime:
    """Return the present moment, aware."""
    return datetime.now(UTC)


@record(frozen=True, slots=True)
class ScreenContext:
    """The surroundings of one screen; nothing in it changes while the screen is open."""

    requests: Path | None = None
    """Folder of requests to the agent; None where nothing can be asked."""
    wake_agent: Callable[[], str] = str
    """Starts an agent where none is at work; returns what came of it, for people."""
    decide: "Callable[[Intent], Receipt] | None" = None
    """Puts a decision on its way and waits some seconds for what becomes of it; blocks, and raises CockpitError."""
    keep: "Callable[[Intent], str] | None" = None
    """Puts a decision on its way, waits for the disk alone and returns the event's id; raises CockpitError."""
    actor: Callable[[], str] = str
    """Who sits here, as the policy knows people; may read files."""
    plan: "Callable[[str], tuple[Planned, str]] | None" = None
    """Plans a rollout of the release cut last to an environment ('' for the usual one), and names the station that is
    to execute it; blocks, and raises CockpitError."""
    theme: str = ""
    """Name of the first theme; empty is the default one."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Action id to key or keys, separated by commas."""
    read_only: bool = False
    """Hides and refuses every key that writes."""
    last_frame: Path | None = None
    """Where the last frame is kept for the next start; None keeps none."""
    version: str = ""
    notices: tuple[str, ...] = ()
    """Said once after the start: what was wrong with themes, keys or the cache."""
    over_ssh: bool = False
    """A browser opened here would open on the wrong machine: links are copied instead."""
    clock: Callable[[], datetime] = utc_now
    zone: tzinfo | None = None
    """Where the reader's clock hangs; None is the machine's own."""
