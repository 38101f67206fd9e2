"""How states of rollouts and of their servers look; loaded with the first rollout there is."""

from collections.abc import Mapping

from cockpit.domain.rollout.observed import LETTERS
from cockpit.domain.rollout.progress import ServerState
from cockpit.domain.rollout.steps import StepStatus
from cockpit.domain.rollout.view import Mood
from cockpit.ui.marks import OUT_OF_BAND, Mark
from cockpit.ui.panes.zones import CellGroup, CellLook

STATE: Mapping[ServerState, Mark] = {
    ServerState.WAITING: Mark("○", "waiting", "muted"),
    ServerState.DRAINING: Mark("▽", "draining", "accent"),
    ServerState.DEPLOYING: Mark("◐", "deploying", "accent"),
    ServerState.SMOKE: Mark("◑", "smoke", "accent"),
    ServerState.SOAKING: Mark("◎", "soaking", "strong"),
    ServerState.DONE: Mark("●", "done", "good"),
    ServerState.FAILED: Mark("✘", "failed", "bad"),
    ServerState.RESTORED: Mark("◁", "rolled back", "warn"),
    ServerState.UNKNOWN: Mark("?", "unknown", "warn"),
    ServerState.OUT_OF_BAND: OUT_OF_BAND,
}

STEP: Mapping[StepStatus, Mark] = {
    StepStatus.WAITING: Mark("○", "waiting", "muted"),
    StepStatus.RUNNING: Mark("◐", "running", "accent"),
    StepStatus.PASSED: Mark("✔", "passed", "good"),
    StepStatus.FAILED: Mark("✘", "failed", "bad"),
    StepStatus.UNKNOWN: Mark("?", "unknown", "warn"),
}

MOOD: Mapping[Mood, Mark] = {
    Mood.GOING_ON: Mark("▶", "going on", "accent"),
    Mood.RESTS: Mark("◌", "waits", "warn"),
    Mood.STOPPED: Mark("✘", "stopped", "bad"),
    Mood.GOING_BACK: Mark("◀", "rolling back", "bad"),
    Mood.WENT_BACK: Mark("◁", "rolled back", "warn"),
    Mood.DONE: Mark("✔", "done", "good"),
    Mood.UNHEARD: Mark("?", "unknown", "warn"),
}

MEASURED: Mapping[str, Mark] = {
    "pass": Mark("✔", "passes", "good"),
    "fail": Mark("✘", "fails", "bad"),
    "inconclusive": Mark("?", "inconclusive", "warn"),
    "informs": Mark("·", "informs", "muted"),
}

IN_ORDER = (
    ServerState.DONE, ServerState.SOAKING, ServerState.SMOKE, ServerState.DEPLOYING, ServerState.DRAINING,
    ServerState.WAITING, ServerState.RESTORED, ServerState.OUT_OF_BAND, ServerState.UNKNOWN, ServerState.FAILED,
)  # fmt: skip
"""As bars and legends show them."""

_IN_BARS = {ServerState.DONE: "■", ServerState.WAITING: "·"}
_TOLD = frozenset(IN_ORDER) - {ServerState.DONE, ServerState.WAITING}

_URGENT = "".join(
    LETTERS[state]
    for state in (
        ServerState.FAILED, ServerState.UNKNOWN, ServerState.OUT_OF_BAND, ServerState.DEPLOYING, ServerState.DRAINING,
        ServerState.SMOKE, ServerState.SOAKING,
    )
)  # fmt: skip


def _slot(cells: str) -> str:
    if LETTERS[ServerState.FAILED] in cells:
        return "bad"
    odd = LETTERS[ServerState.UNKNOWN] in cells or LETTERS[ServerState.OUT_OF_BAND] in cells
    return "warn" if odd else "muted"


def _look(well: str) -> CellLook:
    groups = [
        CellGroup(LETTERS[state], STATE[state], _IN_BARS.get(state, STATE[state].sign), told=state in _TOLD)
        for state in IN_ORDER
    ]
    return CellLook(
        {LETTERS[state]: mark for state, mark in STATE.items()}, groups, well=well, slot_of=_slot, urgent=_URGENT
    )


FORWARD = _look(LETTERS[ServerState.DONE] + LETTERS[ServerState.SOAKING])
BACK = _look(LETTERS[ServerState.RESTORED])
