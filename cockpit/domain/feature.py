"""Features that stakeholders ask for, and where each of them stands."""

from enum import Enum

from cockpit.domain.record import record


class FeatureState(Enum):
    """How far a feature has come."""

    NOT_STARTED = "not started"
    IN_PROGRESS = "in progress"
    ON_BRANCH = "on the branch"
    DEPLOYED = "deployed"
    RELEASED = "released"


@record(frozen=True, slots=True)
class Feature:
    """One row of the priority board."""

    feature_id: str
    title: str
    requester: str
    claimed_urgency: str
    """As the requester put it; a claim, not a rank."""
    rank: int
    """1 is first."""
    state: FeatureState
    state_reason: str = ""
    """Why this state: 'declared', '3 changes on the branch'."""
    commits: tuple[str, ...] = ()
    """Full ids of the commits that belong to it, newest first."""
    link: str = ""
