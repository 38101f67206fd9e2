"""Why a feature has its rank, in sentences."""

from collections.abc import Sequence

from cockpit.domain.borda import PLACES, first_places, points_of
from cockpit.domain.counts import counted
from cockpit.domain.feature import Feature
from cockpit.domain.ordinals import listed, ordinal

RULE = (
    f"Each lead's newest ballot counts: {points_of(1)} points for the first place, {points_of(PLACES)} for the "
    f"{ordinal(PLACES)} (Borda count). Ties go to more first places, then to the older feature."
)


def why_ranked(feature: Feature, above: Feature | None, below: Feature | None) -> tuple[str, ...]:
    """Return what gives `feature` its rank, also against the features right above and below it on the board."""
    said = [_sum(feature), *_who(feature)]
    if above is not None:
        said.append(_against(above, feature, f"{_named(above)} stands above it"))
    if below is not None:
        said.append(_against(feature, below, f"It stands above {_named(below)}"))
    said += _earlier(feature)
    return (*said, RULE)


def _sum(feature: Feature) -> str:
    backing = feature.backing
    if not backing.ballots:
        return f"{ordinal(feature.rank)}: no lead has cast a ballot yet, the oldest feature comes first."
    if not backing.places:
        return f"{ordinal(feature.rank)} with no points: it is on none of {counted(backing.ballots, 'ballot')}."
    points = [points_of(place) for _, place in backing.places]
    terms = f" ({' + '.join(map(str, points))})" if len(points) > 1 else ""
    held = f"on {backing.support} of {counted(backing.ballots, 'ballot')}"
    return f"{ordinal(feature.rank)} with {counted(backing.points, 'point')}{terms}, {held}."


def _who(feature: Feature) -> list[str]:
    by_place: dict[int, list[str]] = {}
    for lead, place in feature.backing.places:
        by_place.setdefault(place, []).append(lead)
    said = [f"{ordinal(place)} for {listed(leads)}" for place, leads in by_place.items()]
    dissent = feature.backing.dissent
    left_out = f"{listed(dissent)} left it out." if dissent and said else ""
    return [text for text in (f"{'; '.join(said)}." if said else "", left_out) if text]


def _against(upper: Feature, lower: Feature, fact: str) -> str:
    return f"{fact} {_reason(upper, lower)}."


def _reason(upper: Feature, lower: Feature) -> str:
    more = upper.backing.points - lower.backing.points
    if more:
        return f"by {counted(more, 'point')}, {upper.backing.points} to {lower.backing.points}"
    firsts = first_places(upper.backing.places), first_places(lower.backing.places)
    if firsts[0] != firsts[1]:
        return f"with as many points and more first places, {firsts[0]} to {firsts[1]}"
    if upper.backing.ballots:
        return "with as many points and first places: the older one comes first"
    return "because it is older"


def _named(feature: Feature) -> str:
    return f"{feature.title} ({ordinal(feature.rank)})"


def _earlier(feature: Feature) -> list[str]:
    before: Sequence[str] = [f"{ordinal(rank)} in {train}" for train, rank in feature.backing.earlier]
    return [f"Before: {', '.join(before)}."] if before else []
