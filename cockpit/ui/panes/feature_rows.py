"""The rows of the board with a line after the first five."""

from collections.abc import Sequence

from cockpit.domain.borda import PLACES
from cockpit.domain.feature import Feature
from cockpit.ui.feed import Query, RowReader
from cockpit.ui.panes.feature_columns import RULE

_RULE_NUMBER = -1


class RuledBelowTop(RowReader[Feature]):
    """The board's rows with a line after the first five, in the board's own order only."""

    def __init__(self, reader: RowReader[Feature]) -> None:
        self._reader = reader

    def order(self, query: Query) -> Sequence[int]:
        """Return the row numbers, the line among them."""
        numbers = self._reader.order(query)
        if query.text or query.sort or len(numbers) <= PLACES:
            return numbers
        return [*numbers[:PLACES], _RULE_NUMBER, *numbers[PLACES:]]

    def is_quick(self, query: Query) -> bool:
        """Tell whether the board answers this at once."""
        return self._reader.is_quick(query)

    def fetch(self, numbers: Sequence[int]) -> list[Feature | None]:
        """Return the rows of these numbers."""
        rows = iter(self._reader.fetch([number for number in numbers if number != _RULE_NUMBER]))
        return [RULE if number == _RULE_NUMBER else next(rows) for number in numbers]

    def number_of(self, key: str) -> int | None:
        """Return the row number of a feature."""
        return self._reader.number_of(key) if key else _RULE_NUMBER

    def revision(self) -> int:
        """Return the revision of the board."""
        return self._reader.revision()
