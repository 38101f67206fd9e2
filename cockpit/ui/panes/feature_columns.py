"""What the pane of features says of each."""

from collections.abc import Callable
from datetime import datetime

from cockpit.domain.borda import PLACES
from cockpit.domain.feature import Feature, FeatureState
from cockpit.ui.cells import Cell, Column
from cockpit.ui.marks import FEATURE

RULE = Feature("", "", "", "", 0, FeatureState.NOT_STARTED)
"""The line below the five."""


def columns(*, voted: bool, own_place: Callable[[str], int] | None) -> tuple[Column[Feature], ...]:
    """Return the columns: with what ballots say where there are some, with the places of one's own for leads."""
    own = (Column("own", "me", 2, _own(own_place), align="right"),) if own_place else ()
    return (_RANK, *own, _TITLE, *(_BALLOTS if voted else ()), *_CLAIMS, *(_OTHERS if voted else ()), *_WORK)


def _rank(feature: Feature, _now: datetime) -> Cell:
    if feature is RULE:
        return Cell("─" * 2, "muted")
    return Cell(str(feature.rank), "accent" if feature.rank <= PLACES else "muted")


def _own(own_place: Callable[[str], int]) -> Callable[[Feature, datetime], Cell]:
    def place(feature: Feature, _now: datetime) -> Cell:
        return Cell(str(own_place(feature.feature_id) or ""), "strong")

    return place


def _title(feature: Feature, _now: datetime) -> Cell:
    if feature is RULE:
        return Cell("─" * 18, "muted")
    return Cell(feature.title, "strong" if feature.rank <= PLACES else "")


def _requester(feature: Feature, _now: datetime) -> Cell:
    return Cell(feature.requester)


def _urgency(feature: Feature, _now: datetime) -> Cell:
    return Cell(f"“{feature.claimed_urgency}”" if feature.claimed_urgency else "", "muted")


def _support(feature: Feature, _now: datetime) -> Cell:
    backing = feature.backing
    return Cell(f"{backing.support} of {backing.ballots}" if backing.support else "")


def _dissent(feature: Feature, _now: datetime) -> Cell:
    return Cell(", ".join(feature.backing.dissent) if feature.backing.support else "", "muted")


def _earlier(feature: Feature, _now: datetime) -> Cell:
    return Cell(" ".join(str(rank) for _, rank in feature.backing.earlier), "muted")


def _state(feature: Feature, _now: datetime) -> Cell:
    if feature is RULE:
        return Cell("")
    mark = FEATURE[feature.state]
    return Cell(mark.text, mark.slot)


def _commits(feature: Feature, _now: datetime) -> Cell:
    return Cell(str(len(feature.commits)) if feature.commits else "", "muted")


_RANK = Column("rank", "#", 2, _rank, align="right")
_TITLE = Column("title", "feature", None, _title, sort="title", least=24, tight=18, most=36)
_BALLOTS = (Column("support", "support", 7, _support, priority=2),)
_CLAIMS = (
    Column("requester", "asked by", 10, _requester, priority=3, sort="requester", most=20),
    Column("urgency", "claims", 18, _urgency, priority=1, tight=12, most=32),
)
_OTHERS = (
    Column("dissent", "left out by", 11, _dissent, priority=5, most=24),
    Column("earlier", "before", 6, _earlier, priority=4),
)
_WORK = (
    Column("commits", "commits", 7, _commits, align="right", priority=6),
    Column("state", "state", 15, _state, sort="state"),
)
