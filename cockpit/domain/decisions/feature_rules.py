"""Features that are asked for, and the leads' ballots on them."""

from collections.abc import Mapping
from dataclasses import replace

from cockpit.domain.borda import PLACES
from cockpit.domain.decisions.bodies import BallotCast, FeatureClosed, FeatureEdited, FeatureMerged, FeatureProposed
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import Event, Refused
from cockpit.domain.decisions.record_key import key_of
from cockpit.domain.decisions.records import BallotRecord, By, FeatureRecord, TrainRecord
from cockpit.domain.decisions.rule import Rule


def _propose(decided: Decided, event: Event, by: By) -> None:
    body: FeatureProposed = event.body
    if not event.target or not body.title:
        raise Refused("a feature needs an id and a title")
    former = decided.get(FeatureRecord, event.target)
    if former is not None and former.closed is None:
        raise Refused(f"{event.target} was proposed by {former.proposed.actor} at {former.proposed.position}")
    decided.put(
        event.target,
        FeatureRecord(event.target, body.title, body.requester, body.claimed_urgency, body.link, by),
    )


def _edit(decided: Decided, event: Event, _by: By) -> None:
    body: FeatureEdited = event.body
    feature = _known(decided, event.target)
    decided.put(
        event.target,
        replace(
            feature,
            title=feature.title if body.title is None else body.title,
            requester=feature.requester if body.requester is None else body.requester,
            claimed_urgency=feature.claimed_urgency if body.claimed_urgency is None else body.claimed_urgency,
            link=feature.link if body.link is None else body.link,
        ),
    )


def _merge(decided: Decided, event: Event, _by: By) -> None:
    body: FeatureMerged = event.body
    feature = _known(decided, event.target)
    if same_as(decided, body.into) == event.target:
        raise Refused(f"{body.into} is {event.target} itself")
    _known(decided, body.into)
    decided.put(event.target, replace(feature, merged_into=body.into))


def _close(decided: Decided, event: Event, by: By) -> None:
    body: FeatureClosed = event.body
    decided.put(event.target, replace(_known(decided, event.target), closed=by, reason=body.reason))


def _ballot(decided: Decided, event: Event, by: By) -> None:
    body: BallotCast = event.body
    train = decided.get(TrainRecord, event.target)
    if train is None or not train.is_open:
        raise Refused(f"train {event.target} is {'closed' if train else 'not known'}")
    if len(body.features) > PLACES:
        raise Refused(f"a ballot has {PLACES} places")
    if len(set(body.features)) != len(body.features) or not all(body.features):
        raise Refused("a ballot names each feature once")
    decided.put(key_of(event.target, event.actor), BallotRecord(event.target, event.actor, body.features, by))


def same_as(decided: Decided, feature: str) -> str:
    """Return the id under which a feature counts: its own, or that of what it was merged into in the end."""
    seen = set()
    while feature not in seen:
        seen.add(feature)
        found = decided.get(FeatureRecord, feature)
        if found is None or not found.merged_into:
            break
        feature = found.merged_into
    return feature


def _known(decided: Decided, feature: str) -> FeatureRecord:
    found = decided.get(FeatureRecord, feature)
    if found is None:
        raise Refused(f"there is no feature {feature} in the ledger: propose it")
    return found


RULES: Mapping[str, Rule] = {
    "feature.propose": _propose,
    "feature.edit": _edit,
    "feature.merge": _merge,
    "feature.close": _close,
    "ballot": _ballot,
}
