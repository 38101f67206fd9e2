"""What was in a rollout, and what it took of people: for whoever wants to know once it is over."""

from collections.abc import Iterator
from dataclasses import dataclass

from cockpit.cache.feed import CacheFeed
from cockpit.commands.at_hand import AtHand
from cockpit.domain.commit import SHORT
from cockpit.domain.counts import counted
from cockpit.domain.decisions.records import CandidateRecord, FeatureRecord, ReleaseRecord
from cockpit.domain.decisions.rollout_record import RolloutRecord
from cockpit.domain.rollout.hands_on import Act, HandsOn, hands_on
from cockpit.errors import CockpitError
from cockpit.text import clean

EVENTS_MOST = 2_000
"""Events of one rollout that are read; a rollout with more is nobody's hands-on time any more."""


@dataclass(frozen=True, slots=True)
class ShippedChange:
    """One change that reached the servers."""

    commit: str
    subject: str
    author: str
    feature: str
    """Title of its feature, or its id, or empty."""
    flag: str
    """Flag behind which it lies, or empty."""
    is_active: bool
    """Whether it does anything: neither reverted nor switched off when the release was cut."""


@dataclass(frozen=True, slots=True)
class Contents:
    """The changes of a rollout, as far as git tells them."""

    changes: tuple[ShippedChange, ...]
    unknown: str = ""
    """Why they are not known, or not all of them."""


def contents_of(hand: AtHand, record: RolloutRecord) -> Contents:
    """Return what a rollout brought."""
    release = hand.decided.get(ReleaseRecord, record.plan.release)
    candidate = hand.decided.get(CandidateRecord, record.plan.commit)
    if release is None or candidate is None:
        return Contents((), "nobody named its candidate here")
    try:
        facts = hand.facts(candidate)
    except CockpitError as error:
        return Contents((), clean(error.what))
    titles = {feature.feature: feature.title for feature in hand.decided.all(FeatureRecord)}
    return Contents(
        tuple(
            ShippedChange(
                commit=one.commit,
                subject=one.change.subject,
                author=one.change.author,
                feature=titles.get(one.change.feature_id, one.change.feature_id),
                flag=one.flag,
                is_active=one.commit not in release.inactive,
            )
            for one in facts.changes
        ),
        clean(facts.incomplete),
    )


def hands_on_of(seen: CacheFeed, record: RolloutRecord, limit_hours: float) -> HandsOn:
    """Return how long people had their hands on it, by the events about it."""
    told = seen.events(limit=EVENTS_MOST, words=record.rollout, newest_first=False)
    about = (placed for placed, outcome in told if placed.event.target == record.rollout and outcome.is_effective)
    acts = [Act(record.started.actor, record.started.at, "rollout.start")]
    acts += [Act(placed.event.actor, placed.event.at, placed.event.kind) for placed in about]
    return hands_on(acts, limit_hours)


def content_lines(contents: Contents) -> Iterator[str]:
    """Return for people what was in it: changes, features, flags."""
    if contents.unknown:
        yield f"what was in it is not wholly known: {contents.unknown}"
    if not contents.changes:
        return
    features = tuple(dict.fromkeys(change.feature for change in contents.changes if change.feature))
    flags = tuple(dict.fromkeys(change.flag for change in contents.changes if change.flag))
    yield f"in it: {counted(len(contents.changes), 'change')}"
    for change in contents.changes:
        asleep = "" if change.is_active else "  does nothing yet: reverted, or its flag is off"
        yield f"  {change.commit[:SHORT]} {change.subject}  {change.author}{asleep}"
    if features:
        yield f"features: {', '.join(features)}"
    if flags:
        yield f"flags: {', '.join(flags)}"
