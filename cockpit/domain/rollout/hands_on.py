"""How long people had their hands on a rollout, from its events.

The rule: events of one person that follow each other within a quarter of an hour are one sitting, which lasts from the
first to the last of them and at least a minute; two people at once count twice. Waiting is not counted: neither the
time between two sittings, nor a decision that waits for somebody. Events of a station are not people's. The order is
the chain's: where a clock went back between two events, no time has passed between them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime, timedelta

from cockpit.domain.ages import age_text
from cockpit.domain.decisions.rollout_bodies import STATION_PREFIX
from cockpit.domain.record import record

SITTING_GAP = timedelta(minutes=15)
"""Between two events of one sitting, at most."""

SHORTEST_SITTING = timedelta(minutes=1)


@record(frozen=True, slots=True)
class Act:
    """Something somebody did about a rollout."""

    actor: str
    at: datetime
    """On the actor's own clock."""
    kind: str = ""


@record(frozen=True, slots=True)
class HandsOn:
    """Time of people that a rollout took."""

    minutes: float
    limit_minutes: float
    by_person: Mapping[str, float] = field(default_factory=dict)
    """Actor to minutes, in the order of their first event."""

    @property
    def is_over(self) -> bool:
        """Whether it took more than it may."""
        return self.minutes > self.limit_minutes

    @property
    def sentence(self) -> str:
        """Say it: '42 m hands-on of 2 people, limit 6 h'."""
        people = "1 person" if len(self.by_person) == 1 else f"{len(self.by_person)} people"
        taken, limit = (age_text(timedelta(minutes=minutes)) for minutes in (self.minutes, self.limit_minutes))
        return f"{taken} hands-on of {people}, {'over the limit of' if self.is_over else 'limit'} {limit}"


def hands_on(acts: Iterable[Act], limit_hours: float) -> HandsOn:
    """Return the hands-on time of people; `acts` in the order of the chain."""
    moments: dict[str, list[datetime]] = {}
    for act in acts:
        if not act.actor.startswith(STATION_PREFIX):
            moments.setdefault(act.actor, []).append(act.at)
    by_person = {actor: _sat(times) / timedelta(minutes=1) for actor, times in moments.items()}
    return HandsOn(sum(by_person.values()), limit_hours * 60, by_person)


def _sat(moments: list[datetime]) -> timedelta:
    total, sitting, last = timedelta(), timedelta(), moments[0]
    for moment in moments[1:]:
        gap = max(moment - last, timedelta())
        if gap > SITTING_GAP:
            total, sitting = total + max(sitting, SHORTEST_SITTING), timedelta()
        else:
            sitting += gap
        last = moment
    return total + max(sitting, SHORTEST_SITTING)
