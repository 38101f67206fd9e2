"""The priority board: every feature asked for, in `features.toml` or in the ledger, in the order of the ballots."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from cockpit.domain.ballots import ballots_of, board_train, counts_for, trains_before
from cockpit.domain.borda import Ranked, tally
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.records import FeatureRecord
from cockpit.domain.feature import Backing, Feature, FeatureState

EARLIER = 3
"""Earlier trains whose ranks are told."""

_LEAST_FINISHED = (FeatureState.ON_BRANCH, FeatureState.IN_PROGRESS, FeatureState.DEPLOYED)
"""Of a feature and what was merged into it: the first of these that is found is where all of it stands."""


def priority_board(decided: Decided, seen: Sequence[Feature], train: str = "") -> tuple[Feature, ...]:
    """Return the board for `train`, else for the one that leads vote for or voted for last; first rank first.

    `seen` are features as git knows them: those of `features.toml` in the order of the file, and where commits have
    brought each, also those that the ledger alone knows. The ledger's words stand over those of the file.
    """
    asked = _asked(decided, seen)
    ages = ages_of(decided, seen)
    train = train or board_train(decided)
    earlier = _earlier(decided, train, ages)
    return tuple(
        _row(asked.get(one.feature) or _nameless(one.feature), one, earlier)
        for one in tally(ballots_of(decided, train), ages)
    )


def ages_of(decided: Decided, seen: Sequence[Feature]) -> dict[str, int]:
    """Return an age for each feature of the board: the lower, the older.

    Proposals are as old as their place in the chain says. What `features.toml` alone asks for is older than every
    proposal, in the order of the file.
    """
    proposed = {record.feature: record.proposed.position for record in decided.all(FeatureRecord)}
    in_file = sorted((feature for feature in seen if feature.feature_id not in proposed), key=lambda one: one.rank)
    ages = {feature.feature_id: number - len(in_file) for number, feature in enumerate(in_file)}
    return {name: age for name, age in {**ages, **proposed}.items() if counts_for(decided, name) == name}


def _asked(decided: Decided, seen: Iterable[Feature]) -> dict[str, Feature]:
    """Every feature that is on the board, with the commits of those merged into it."""
    found = {feature.feature_id: feature for feature in seen}
    for record in decided.all(FeatureRecord):
        found[record.feature] = _as_proposed(record, found.get(record.feature))
    merged: dict[str, list[Feature]] = {}
    for name, feature in found.items():
        merged.setdefault(counts_for(decided, name), []).append(feature)
    return {
        name: _together(found[name], [one for one in same if one.feature_id != name])
        for name, same in merged.items()
        if name in found
    }


def _as_proposed(record: FeatureRecord, seen: Feature | None) -> Feature:
    known = seen or _nameless(record.feature)
    return replace(
        known,
        title=record.title,
        requester=record.requester,
        claimed_urgency=record.claimed_urgency,
        link=record.link if record.link.startswith(("https://", "http://")) else "",
    )


def _nameless(name: str) -> Feature:
    """Somebody voted for it, or proposed it a moment ago, and git knows nothing of it."""
    return Feature(name, name, "", "", 0, FeatureState.NOT_STARTED, "no change names it")


def _together(feature: Feature, merged: Sequence[Feature]) -> Feature:
    if not merged or feature.state is FeatureState.RELEASED:
        return feature
    all_of_it = (feature, *merged)
    states = {one.state: one for one in reversed(all_of_it)}
    telling = next((states[state] for state in _LEAST_FINISHED if state in states), feature)
    reason = telling.state_reason if telling is feature else f"{telling.state_reason}, as {telling.feature_id}"
    commits = tuple(dict.fromkeys(commit for one in all_of_it for commit in one.commits))
    return replace(feature, state=telling.state, state_reason=reason, commits=commits)


def _earlier(decided: Decided, train: str, ages: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """Rank by feature by train, for the newest trains before this one that somebody voted for."""
    ranks: dict[str, dict[str, int]] = {}
    for before in trains_before(decided, train):
        cast = ballots_of(decided, before)
        if cast:
            known = {feature: ages[feature] for one in cast for feature in one.places if feature in ages}
            ranks[before] = {one.feature: one.rank for one in tally(cast, known)}
        if len(ranks) == EARLIER:
            break
    return ranks


def _row(feature: Feature, ranked: Ranked, earlier: Mapping[str, Mapping[str, int]]) -> Feature:
    before = tuple((train, ranks[ranked.feature]) for train, ranks in earlier.items() if ranked.feature in ranks)
    return replace(feature, rank=ranked.rank, backing=Backing(ranked.points, ranked.places, ranked.dissent, before))
