"""How the leads voted: each has an order of their own, and changes it a little from train to train."""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from cockpit.demo.deed import Deed
from cockpit.demo.people import with_role
from cockpit.demo.planned_train import PlannedTrain
from cockpit.domain.borda import PLACES
from cockpit.domain.decisions.bodies import BallotCast

VOTE_WITHIN = timedelta(hours=7)

_FEW = 3
"""So many features are named by a lead who has no opinion on the rest."""


class Leads:
    """The leads' orders as they are now."""

    def __init__(self, features: Sequence[str], chance: random.Random) -> None:
        self._chance = chance
        self._orders = {lead: self._own_order(features) for lead in with_role("lead")}

    def vote(self, train: str, begins: datetime) -> Iterator[Deed]:
        """Yield everybody's ballot for this train; some change their mind at once."""
        for lead, order in self._orders.items():
            self._reconsider(order)
            at = begins + self._chance.uniform(0.1, 0.8) * VOTE_WITHIN
            yield self._ballot(train, lead, at)
            if self._chance.random() < 0.25:
                self._reconsider(order)
                yield self._ballot(train, lead, at + 0.2 * VOTE_WITHIN)

    def learn_of(self, feature: str) -> None:
        """Give a feature that was asked for lately a place in everybody's order."""
        for order in self._orders.values():
            order.insert(self._chance.randrange(1, len(order)), feature)

    def _ballot(self, train: str, lead: str, at: datetime) -> Deed:
        places = _FEW if self._chance.random() < 0.15 else PLACES
        return Deed(at, lead, "ballot", train, BallotCast(tuple(self._orders[lead][:places])))

    def _own_order(self, features: Sequence[str]) -> list[str]:
        """What stakeholders rank first most leads rank high."""
        weights = {feature: rank + self._chance.uniform(0.0, 5.0) for rank, feature in enumerate(features)}
        return sorted(features, key=weights.__getitem__)

    def _reconsider(self, order: list[str]) -> None:
        place = self._chance.randrange(min(PLACES, len(order) - 1))
        order[place], order[place + 1] = order[place + 1], order[place]


def ballots(trains: Sequence[PlannedTrain], features: Sequence[str], news: str, seed: int) -> Iterator[Deed]:
    """Yield every ballot: for the first train before it, for each later one behind the cut-off of the train before.

    `news` is a feature that was asked for while the first train was prepared.
    """
    leads = Leads(features, random.Random(seed))
    first = trains[0]
    yield from leads.vote(first.train, first.changes[0].at + timedelta(minutes=20))
    leads.learn_of(news)
    for train in trains:
        yield from leads.vote(train.upcoming, train.cutoff + timedelta(minutes=10))
