"""What this machine's cache has of a rollout, told by its executor: one character for each server."""

from collections.abc import Mapping

from cockpit.domain.record import record
from cockpit.domain.rollout.live import RolloutLive
from cockpit.domain.rollout.progress import ServerState

LETTERS: Mapping[ServerState, str] = {
    ServerState.WAITING: "w",
    ServerState.DRAINING: "n",
    ServerState.DEPLOYING: "d",
    ServerState.SMOKE: "m",
    ServerState.SOAKING: "s",
    ServerState.DONE: "D",
    ServerState.FAILED: "F",
    ServerState.RESTORED: "r",
    ServerState.UNKNOWN: "?",
    ServerState.OUT_OF_BAND: "o",
}
"""State to its character in `ZoneStates.cells`."""

IN_FLIGHT = frozenset(
    (ServerState.DRAINING, ServerState.DEPLOYING, ServerState.SMOKE, ServerState.SOAKING, ServerState.WAITING)
)
"""States that change by themselves: of an executor that is not heard any more they are unknown."""


@record(frozen=True, slots=True)
class ZoneStates:
    """One zone of a rollout; every server as one character of `cells`, in name order."""

    zone: str
    cells: str


@record(frozen=True, slots=True)
class Observed:
    """One rollout as its executor told it last."""

    live: RolloutLive
    zones: tuple[ZoneStates, ...]


def letter_of(state: ServerState) -> str:
    """Return the character of a state."""
    return LETTERS[state]


def when_silent(cells: str) -> str:
    """Return cells as they stand once the executor is not heard any more: what was going on is unknown."""
    return cells.translate(_SILENT)


_SILENT = str.maketrans(dict.fromkeys((LETTERS[state] for state in IN_FLIGHT), LETTERS[ServerState.UNKNOWN]))
