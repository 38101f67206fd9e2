"""The order that ballots come to, by Borda count.

Each place on a ballot is worth points, 5 for the first to 1 for the fifth; what a ballot leaves out gets none. Points
are added up. Ties are broken by the number of first places, then by age, the older first.

Source: J.-C. de Borda, *Mémoire sur les élections au scrutin*, Histoire de l'Académie Royale des Sciences 1781; the
form with a fixed number of places is the truncated Borda count.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from cockpit.domain.record import record

PLACES = 5
"""Places on a ballot."""


@record(frozen=True, slots=True)
class Ballot:
    """One lead's own order."""

    lead: str
    places: Mapping[str, int]
    """Feature to its place, 1 is first; several may not stand at one place."""


@record(frozen=True, slots=True)
class Ranked:
    """What the ballots make of one feature."""

    feature: str
    rank: int
    """1 is first; each feature has a rank of its own."""
    points: int
    places: tuple[tuple[str, int], ...]
    """Lead and place on that lead's ballot, best place first."""
    dissent: tuple[str, ...]
    """Leads who cast a ballot and left it out."""

    @property
    def support(self) -> int:
        """How many leads have it on their ballot."""
        return len(self.places)

    @property
    def first_places(self) -> int:
        """How many leads have it first."""
        return first_places(self.places)


def ballot(lead: str, features: Sequence[str], counts_for: Callable[[str], str]) -> Ballot:
    """Return the ballot that names `features`, best first.

    `counts_for` says which feature a name counts for, '' for none: of two names for one feature the better place
    counts, and places that count for none stay empty.
    """
    places: dict[str, int] = {}
    for place, name in enumerate(features[:PLACES], 1):
        feature = counts_for(name)
        if feature:
            places.setdefault(feature, place)
    return Ballot(lead, places)


def points_of(place: int) -> int:
    """Return what a place is worth."""
    return PLACES + 1 - place


def first_places(places: Iterable[tuple[str, int]]) -> int:
    """Return how many of these places are first ones."""
    return sum(place == 1 for _, place in places)


def tally(ballots: Iterable[Ballot], ages: Mapping[str, int]) -> tuple[Ranked, ...]:
    """Return every feature of `ages` and of the ballots in their order, first rank first.

    There is one ballot for each lead; the lower the age, the older the feature, and one without is the youngest.
    """
    cast = sorted((one for one in ballots if one.places), key=lambda one: one.lead)
    votes = _votes(cast)
    youngest = max(ages.values(), default=0) + 1

    def standing(feature: str) -> tuple[int, int, int, str]:
        places = votes.get(feature, ())
        points = sum(points_of(place) for _, place in places)
        return -points, -first_places(places), ages.get(feature, youngest), feature

    order = sorted(map(standing, {*ages, *votes}))
    leads = tuple(one.lead for one in cast)
    return tuple(
        Ranked(feature, rank, -minus_points, tuple(votes.get(feature, ())), _dissent(leads, votes.get(feature, ())))
        for rank, (minus_points, _, _, feature) in enumerate(order, 1)
    )


def _votes(cast: Sequence[Ballot]) -> dict[str, list[tuple[str, int]]]:
    """Lead and place by feature, best place first."""
    votes: dict[str, list[tuple[str, int]]] = {}
    for one in cast:
        for feature, place in one.places.items():
            votes.setdefault(feature, []).append((one.lead, place))
    for places in votes.values():
        places.sort(key=lambda vote: vote[1])
    return votes


def _dissent(leads: tuple[str, ...], places: Sequence[tuple[str, int]]) -> tuple[str, ...]:
    supporters = {lead for lead, _ in places}
    return tuple(lead for lead in leads if lead not in supporters) if supporters else leads
