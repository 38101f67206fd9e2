"""A lead's own ballot while it is edited."""

from cockpit.domain.borda import PLACES
from cockpit.domain.record import record


@record(frozen=True, slots=True)
class BallotDraft:
    """The order as it is now, and every order before it that can be gone back to."""

    features: tuple[str, ...]
    """Best first, at most five."""
    former: tuple[tuple[str, ...], ...] = ()
    """Newest last."""

    @property
    def is_full(self) -> bool:
        """Whether something has to go before something else can come."""
        return len(self.features) >= PLACES

    def place_of(self, feature: str) -> int:
        """Return the place of a feature, 0 for none."""
        return self.features.index(feature) + 1 if feature in self.features else 0

    def toggled(self, feature: str) -> "BallotDraft":
        """Take a feature off, or put it on the last place; a full ballot stays as it is."""
        if feature in self.features:
            return self._changed(tuple(one for one in self.features if one != feature))
        return self if self.is_full else self._changed((*self.features, feature))

    def moved(self, feature: str, places: int) -> "BallotDraft":
        """Move a feature that is on the ballot down, or up by a negative number, as far as there are places."""
        if feature not in self.features:
            return self
        others = [one for one in self.features if one != feature]
        others.insert(max(0, self.features.index(feature) + places), feature)
        return self._changed(tuple(others))

    def undone(self) -> "BallotDraft":
        """Go back to the order before the last change; without one nothing changes."""
        return BallotDraft(self.former[-1], self.former[:-1]) if self.former else self

    def _changed(self, features: tuple[str, ...]) -> "BallotDraft":
        return self if features == self.features else BallotDraft(features, (*self.former, self.features))
