"""The priority board as commands work with it."""

from dataclasses import dataclass

from cockpit.agent.lock import is_held
from cockpit.bootstrap import actor, decided, feed, locate, settings_of, sync
from cockpit.commands.wrong_use import WrongUseError
from cockpit.domain.ballots import board_train, counts_for
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.records import FeatureRecord, TrainRecord
from cockpit.domain.feature import Feature
from cockpit.domain.priority_board import priority_board

FIRST_SYNC_S = 60.0


@dataclass(frozen=True, slots=True)
class Priorities:
    """What is asked for, and who asks the question."""

    decided: Decided
    train: str
    """The train whose ballots order the board; empty when there was none."""
    board: tuple[Feature, ...]
    actor: str

    def find(self, name: str) -> Feature:
        """Return the feature of this id, in any case; raises WrongUseError, which says what has become of it."""
        for feature in self.board:
            if feature.feature_id == counts_for(self.decided, name):
                return feature
        alike = [feature for feature in self.board if feature.feature_id.casefold() == name.casefold()]
        if alike:
            return alike[0]
        known = self.decided.get(FeatureRecord, name)
        if known is not None and known.closed:
            what = f"{name} was closed by {known.closed.actor}: {known.reason or 'no reason given'}"
            raise WrongUseError(what, next_step=f"Propose it again: cockpit feature propose {name} TITLE")
        raise WrongUseError(f"there is no feature {name}", next_step="See those there are: cockpit ballot")


def priorities(start: str, train: str = "") -> Priorities:
    """Return the board for `train`, else for the one that is voted on; raises CockpitError."""
    repository, places = locate(start)
    known = decided(start)
    live = feed(repository, places, settings_of(repository))
    if not live.overview().sources and not is_held(places.agent_lock):
        sync(start, FIRST_SYNC_S)
    if train and known.get(TrainRecord, train) is None:
        names = ", ".join(sorted(one.train for one in known.all(TrainRecord))) or "none yet"
        raise WrongUseError(f"there is no train {train}", next_step=f"Trains: {names}")
    train = train or board_train(known)
    return Priorities(known, train, priority_board(known, live.asked(), train), actor(start, known))
