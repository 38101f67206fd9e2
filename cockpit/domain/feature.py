"""Features that stakeholders ask for, where each of them stands, and what the leads' ballots make of it."""

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
class Backing:
    """What the ballots for one train say of a feature."""

    points: int = 0
    """By Borda count."""
    places: tuple[tuple[str, int], ...] = ()
    """Lead and place on that lead's ballot, best place first."""
    dissent: tuple[str, ...] = ()
    """Leads who cast a ballot and left it out."""
    earlier: tuple[tuple[str, int], ...] = ()
    """Earlier trains for which somebody voted for it, newest first, and the rank it had."""

    @property
    def support(self) -> int:
        """How many leads have it on their ballot."""
        return len(self.places)

    @property
    def ballots(self) -> int:
        """How many leads have cast a ballot."""
        return len(self.places) + len(self.dissent)

    def place_of(self, lead: str) -> int:
        """Return the place on this lead's ballot, 0 for none."""
        return dict(self.places).get(lead, 0)


NO_BACKING = Backing()


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
    backing: Backing = NO_BACKING
