"""The ballot of who sits here: as everybody sees it, and as it has been edited since."""

from cockpit.domain.ballot_draft import BallotDraft
from cockpit.domain.decisions.standing import Standing

EMPTY = BallotDraft(())


class OwnBallot:
    """Follows what is shared until somebody edits here; then holds the edits until they are shared or refused."""

    def __init__(self) -> None:
        self.lead = ""
        """Who sits here, where that is a lead; empty where nobody votes or it is not known yet."""
        self.train = ""
        """The train that is voted on; empty when none is open."""
        self.draft = EMPTY
        self._handed_in: tuple[str, ...] = ()
        self._shared: tuple[str, ...] = ()
        self._is_on_its_way = False

    @property
    def is_open(self) -> bool:
        """Whether there is somebody who may vote, and something to vote for."""
        return bool(self.lead and self.train)

    @property
    def is_unsaved(self) -> bool:
        """Whether something was edited since the ballot was handed in."""
        return self.draft.features != self._handed_in

    def take(self, standing: Standing, lead: str) -> None:
        """Take what is shared now; what is edited here stands over it, unless another train is voted on."""
        shared = next((one.features for one in standing.ballots if one.lead == lead), ())
        is_another = (lead, standing.voted_train) != (self.lead, self.train)
        is_news = shared != self._shared
        self.lead, self.train, self._shared = lead, standing.voted_train, shared
        if is_another:
            self.withdraw()
        elif is_news and shared == self._handed_in:
            self.settle()
        elif is_news and not self.is_unsaved and not self._is_on_its_way:
            self.withdraw()

    def hand_in(self) -> tuple[str, ...]:
        """Return what is to be cast now, and count it as handed in."""
        self._handed_in, self._is_on_its_way = self.draft.features, True
        return self._handed_in

    def settle(self) -> None:
        """Know that what was handed in is shared: whatever is shared next comes from elsewhere, or follows it."""
        self._is_on_its_way = False

    def withdraw(self) -> None:
        """Go back to what is shared: what was handed in was refused, or is of another train."""
        self.draft, self._handed_in, self._is_on_its_way = BallotDraft(self._shared), self._shared, False
