"""What a candidate would ship, in the few numbers and names that its gate needs."""

from cockpit.domain.record import record


@record(frozen=True, slots=True)
class ShippingFacts:
    """The changes of one candidate, counted by what becomes of them."""

    commit: str
    """Full id of the candidate they were counted for."""
    approved: int = 0
    fast_lane: int = 0
    inactive: int = 0
    pending: int = 0
    """Wait for stakeholders."""
    declined: int = 0
    obstacles: int = 0
    """How many things keep a release from being cut."""
    in_the_way: tuple[str, ...] = ()
    """The first few of them, one line each, declined ones first: '4c1d9e0 CSV export: declined by olu: too early'."""
    incomplete: str = ""
    """Why changes may be missing here; empty when all of them are counted."""
    off_branch: int = 0
    """Changes of it that the release branch does not hold."""

    @property
    def ships(self) -> int:
        """How many changes would reach users."""
        return self.approved + self.fast_lane
