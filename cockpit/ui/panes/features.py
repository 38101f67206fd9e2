"""Pane 2: the five features that matter most, a line, and the rest."""

from collections.abc import Sequence
from datetime import datetime

from cockpit.domain.feature import Feature, FeatureState
from cockpit.domain.overview import Overview
from cockpit.ui.context import ScreenContext
from cockpit.ui.feed import Query, RowReader
from cockpit.ui.grid import Cell, Column, Grid
from cockpit.ui.lines import Line, line
from cockpit.ui.marks import FEATURE
from cockpit.ui.panes.titles import aging_title

TOP = 5
RULE = Feature("", "", "", "", 0, FeatureState.NOT_STARTED)
"""The line below the five."""
_RULE_NUMBER = -1


class FeaturesPane(Grid[Feature]):
    """The priority board."""

    def __init__(self, reader: RowReader[Feature]) -> None:
        super().__init__(RuledBelowTop(reader), COLUMNS, lambda feature: feature.feature_id, id="features")


class RuledBelowTop(RowReader[Feature]):
    """The board's rows with a line after the first five, in the board's own order only."""

    def __init__(self, reader: RowReader[Feature]) -> None:
        self._reader = reader

    def order(self, query: Query) -> Sequence[int]:
        """Return the row numbers, the line among them."""
        numbers = self._reader.order(query)
        if query.text or query.sort or len(numbers) <= TOP:
            return numbers
        return [*numbers[:TOP], _RULE_NUMBER, *numbers[TOP:]]

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


def title(overview: Overview, context: ScreenContext) -> Line:
    """Return counts and freshness of the board."""
    board, counts = overview.board, dict(overview.board.by_state)
    head = line((f"{board.total}", "strong"), " features" if board.total != 1 else " feature")
    # The title is cut where its line ends: what users have stands first.
    states = [
        line(str(counts[state.value]), (f" {state.value}", "muted"))
        for state in reversed(FeatureState)
        if counts.get(state.value)
    ]
    return aging_title(head, states, board.freshness, overview, context.clock())


def empty(overview: Overview) -> str:
    """Return what to say instead of rows."""
    source = next((source for source in overview.sources if source.name == "features"), None)
    if source and source.reason:
        return " ".join(part for part in (source.reason, source.next_step) if part)
    return "No features yet. Write them into features.toml on the release branch."


def _rank(feature: Feature, _now: datetime) -> Cell:
    if feature is RULE:
        return Cell("─" * 2, "muted")
    return Cell(str(feature.rank), "accent" if feature.rank <= TOP else "muted")


def _title(feature: Feature, _now: datetime) -> Cell:
    if feature is RULE:
        return Cell("─" * 24, "muted")
    return Cell(feature.title, "strong" if feature.rank <= TOP else "")


def _requester(feature: Feature, _now: datetime) -> Cell:
    return Cell(feature.requester)


def _urgency(feature: Feature, _now: datetime) -> Cell:
    return Cell(f"“{feature.claimed_urgency}”" if feature.claimed_urgency else "", "muted")


def _state(feature: Feature, _now: datetime) -> Cell:
    if feature is RULE:
        return Cell("")
    mark = FEATURE[feature.state]
    return Cell(mark.text, mark.slot)


def _commits(feature: Feature, _now: datetime) -> Cell:
    return Cell(str(len(feature.commits)) if feature.commits else "", "muted")


COLUMNS = (
    Column("rank", "#", 2, _rank, align="right"),
    Column("title", "feature", None, _title, sort="title", least=24, most=36),
    Column("requester", "asked by", 10, _requester, priority=1, sort="requester", most=20),
    Column("urgency", "claims", 18, _urgency, priority=3, most=32),
    Column("commits", "commits", 7, _commits, align="right", priority=4),
    Column("state", "state", 15, _state, sort="state"),
)
