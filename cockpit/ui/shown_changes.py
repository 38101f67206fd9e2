"""The change list as people read it: with what of the candidate the branch's own list lacks."""

from collections.abc import Sequence

from cockpit.domain.change import OFF_BRANCH, Change
from cockpit.domain.feature import Feature
from cockpit.ui.feed import Feed, Query, RowReader


class ShownChanges(RowReader[Change]):
    """The changes of the branch among the strays of the candidate, whose numbers are negative."""

    def __init__(self, feed: Feed) -> None:
        self._strays = feed.strays
        self._branch = feed.changes

    def order(self, query: Query) -> Sequence[int]:
        """Return the row numbers: what the branch lacks first, whatever the order; what it had before, last."""
        strays, branch = list(self._strays.order(query)), self._branch.order(query)
        if not strays:
            return branch
        rows = zip(strays, self._strays.fetch(strays), strict=True)
        off = {number for number, row in rows if row is not None and row.place == OFF_BRANCH}
        above = [-1 - number for number in strays if number in off]
        return [*above, *branch, *(-1 - number for number in strays if number not in off)]

    def is_quick(self, query: Query) -> bool:
        """Tell whether both answer this at once."""
        return self._strays.is_quick(query) and self._branch.is_quick(query)

    def fetch(self, numbers: Sequence[int]) -> list[Change | None]:
        """Return the rows of these numbers."""
        strays = iter(self._strays.fetch([-1 - number for number in numbers if number < 0]))
        branch = iter(self._branch.fetch([number for number in numbers if number >= 0]))
        return [next(strays) if number < 0 else next(branch) for number in numbers]

    def number_of(self, key: str) -> int | None:
        """Return the row number of a change; the branch's, for a moment in which both know it."""
        number = self._branch.number_of(key)
        if number is not None:
            return number
        stray = self._strays.number_of(key)
        return None if stray is None else -1 - stray

    def revision(self) -> int:
        """Return a number that grows with either of them."""
        return self._strays.revision() + self._branch.revision()

    def rows_of(self, keys: Sequence[str]) -> list[Change]:
        """Return the changes with these commit ids, as far as there are such."""
        numbers = [number for key in keys if (number := self.number_of(key)) is not None]
        return [row for row in self.fetch(numbers) if row is not None]


def changes_of(feed: Feed, feature: Feature) -> list[Change]:
    """Return the changes of a feature, also those that only the candidate holds."""
    strays = feed.strays.fetch(feed.strays.order(Query()))
    named = [row.commit_id for row in strays if row is not None and row.feature_id == feature.feature_id]
    return ShownChanges(feed).rows_of(list(dict.fromkeys((*feature.commits, *named))))
