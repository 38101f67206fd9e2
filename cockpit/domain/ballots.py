"""The ballots of a train as they count now, and which train leads vote for."""

from cockpit.domain.borda import Ballot, ballot
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.feature_rules import same_as
from cockpit.domain.decisions.record_key import key_of
from cockpit.domain.decisions.records import BallotRecord, FeatureRecord, TrainRecord


def voted_train(decided: Decided) -> str:
    """Return the id of the train that leads vote for: the one opened last; empty when none is open."""
    newest = max(decided.open_trains, key=lambda train: train.opened.position, default=None)
    return newest.train if newest else ""


def board_train(decided: Decided) -> str:
    """Return the id of the train whose ballots order the board: the one opened last; empty when there was none."""
    newest = max(decided.all(TrainRecord), key=lambda train: train.opened.position, default=None)
    return voted_train(decided) or (newest.train if newest else "")


def trains_before(decided: Decided, train: str) -> tuple[str, ...]:
    """Return the trains opened before this one, newest first."""
    found = decided.get(TrainRecord, train)
    before = found.opened.position if found else decided.position + 1
    earlier = [other for other in decided.all(TrainRecord) if other.opened.position < before]
    return tuple(other.train for other in sorted(earlier, key=lambda other: -other.opened.position))


def ballots_of(decided: Decided, train: str) -> tuple[Ballot, ...]:
    """Return the newest ballot of each lead for `train`; one that names nothing is none."""
    cast = [_as_it_counts(decided, one) for one in decided.all(BallotRecord) if one.train == train]
    return tuple(one for one in cast if one.places)


def own_ballot(decided: Decided, train: str, lead: str) -> tuple[str, ...]:
    """Return what this lead's ballot for `train` counts for, best first; empty when none was cast."""
    found = decided.get(BallotRecord, key_of(train, lead))
    return tuple(_as_it_counts(decided, found).places) if found else ()


def counts_for(decided: Decided, feature: str) -> str:
    """Return the feature that this name counts for after every merge; empty when that one was closed."""
    name = same_as(decided, feature)
    found = decided.get(FeatureRecord, name)
    return "" if found and found.closed else name


def _as_it_counts(decided: Decided, cast: BallotRecord) -> Ballot:
    return ballot(cast.lead, cast.features, lambda feature: counts_for(decided, feature))
