"""The mark, the word and the colour slot of every state; a colour never stands alone."""

from typing import NamedTuple

from cockpit.domain.alert import Alert, AlertState, Severity
from cockpit.domain.build import BuildResult
from cockpit.domain.change import Impact
from cockpit.domain.custody import Custody
from cockpit.domain.feature import FeatureState
from cockpit.domain.fleet import Health
from cockpit.domain.source_state import SourceStatus
from cockpit.domain.verdict import Verdict


class Mark(NamedTuple):
    """How one state looks."""

    sign: str
    word: str
    slot: str

    @property
    def text(self) -> str:
        """Sign and word together."""
        return f"{self.sign} {self.word}"


VERDICT = {
    Verdict.GO: Mark("✔", "GO", "good"),
    Verdict.NO_GO: Mark("✘", "NO-GO", "bad"),
    Verdict.UNKNOWN: Mark("?", "UNKNOWN", "warn"),
}

BRANCH = {
    Verdict.GO: Mark("✔", "deployable", "good"),
    Verdict.NO_GO: Mark("✘", "broken", "bad"),
    Verdict.UNKNOWN: Mark("?", "unknown", "warn"),
}

BUILD = {
    BuildResult.PASSED: Mark("✔", "passed", "good"),
    BuildResult.FAILED: Mark("✘", "failed", "bad"),
    BuildResult.RUNNING: Mark("◌", "running", "accent"),
    BuildResult.ERROR: Mark("!", "error", "warn"),
    BuildResult.MISSING: Mark("·", "none", "muted"),
}

HEALTH = {
    Health.UP: Mark("●", "up", "good"),
    Health.FAILING: Mark("✘", "failing", "bad"),
    Health.DOWN: Mark("▼", "down", "bad"),
    Health.UNKNOWN: Mark("?", "unknown", "warn"),
}

OUT_OF_BAND = Mark("◆", "out-of-band", "warn")

CUSTODY = {
    Custody.PROVED: Mark("✔", "proved", "good"),
    Custody.NOT_PROVED: Mark("?", "not proved", "muted"),
    Custody.MISMATCH: Mark("✘", "digest mismatch", "bad"),
}

IMPACT = {
    Impact.USER: Mark("▸", "user", "strong"),
    Impact.NONE: Mark("–", "no impact", "muted"),
    Impact.UNKNOWN: Mark("?", "unknown", "warn"),
}

_LANES = (
    ("approved", "✔", "good"),
    ("fast lane", "»", "good"),
    ("inactive", "·", "muted"),
    ("waits", "◌", "warn"),
    ("lacks", "?", "warn"),
    ("declined", "✘", "bad"),
)


def lane_mark(lane: str) -> Mark:
    """Return how the lane of a change looks, from its words; nothing for a change that is not in the candidate."""
    sign, slot = next(((sign, slot) for word, sign, slot in _LANES if lane.startswith(word)), ("?", "warn"))
    return Mark(sign, lane, slot) if lane else Mark("", "", "")


FEATURE = {
    FeatureState.NOT_STARTED: Mark("·", "not started", "muted"),
    FeatureState.IN_PROGRESS: Mark("◌", "in progress", "accent"),
    FeatureState.ON_BRANCH: Mark("●", "on the branch", "strong"),
    FeatureState.DEPLOYED: Mark("▲", "deployed", "good"),
    FeatureState.RELEASED: Mark("✔", "released", "good"),
}

SOURCE = {
    SourceStatus.NEVER: Mark("·", "not asked yet", "muted"),
    SourceStatus.OK: Mark("✔", "answers", "good"),
    SourceStatus.FAILING: Mark("✘", "failing", "bad"),
    SourceStatus.REFUSED: Mark("!", "refused", "warn"),
    SourceStatus.OFF: Mark("·", "not configured", "muted"),
}

_SEVERITY = {
    Severity.PAGE: Mark("▲", "page", "bad"),
    Severity.WARN: Mark("!", "warn", "warn"),
    Severity.INFO: Mark("·", "info", "accent"),
}


def alert_mark(alert: Alert) -> Mark:
    """Return how an alert looks: only a firing one has its colour."""
    mark = _SEVERITY[alert.severity]
    if alert.state is AlertState.FIRING:
        return mark
    sign = "◌" if alert.state is AlertState.PENDING else "✔"
    return Mark(sign, mark.word, "muted")
