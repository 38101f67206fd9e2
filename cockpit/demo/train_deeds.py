"""What people decided about one train: showcase, cut-off, hardening, release, and whether it was kept."""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from cockpit.demo.deed import Deed
from cockpit.demo.people import with_role
from cockpit.demo.planned_train import PlannedTrain, TrainChange
from cockpit.domain.decisions.bodies import (
    Approved,
    CandidateNamed,
    ChangeRequested,
    Declined,
    Item,
    SignedOff,
    TrainCutOff,
    TrainOpened,
)

OWNER = "maria"
"""Names candidates and cuts releases."""

MIGRATIONS = "migrations/"

_WHY = ("", "", "as shown", "support waits for it", "looked at it with the customer", "small and safe")
_WHY_NOT = (
    "the words on the button say something else",
    "partners have not been told",
    "not shown on a small screen",
    "the help page is missing",
)
_AT_LAST = ("mended and shown again", "told on the phone, go ahead", "the page is there now")
_NOTES = ("", "two remarks, both mended", "read with the author", "nothing to say")


def preparing(train: PlannedTrain, chance: random.Random) -> Iterator[Deed]:
    """Yield what was decided until everything could be released."""
    yield from _showcase(train, chance)
    yield from _cut_off(train, chance)
    yield from _harden(train, chance)


def _showcase(train: PlannedTrain, chance: random.Random) -> Iterator[Deed]:
    begins, tip = train.showcase + timedelta(minutes=5), train.tip(train.showcase)
    yield _named(train, begins, tip, "for the showcase")
    shown = _asked(train, until=train.showcase)
    topics = _by_topic(shown)
    later = topics[:1] if len(topics) > 1 and train.number % 2 == 0 else []
    for minutes, topic in enumerate(later, 10):
        declined = Declined(_items(topic), chance.choice(_WHY_NOT), topic[0].feature)
        yield Deed(begins + timedelta(minutes=minutes), "misaki", "decline", tip, declined)
    yield from _approved(topics[len(later) :], tip, begins + timedelta(minutes=12), timedelta(minutes=3), chance)
    for topic in later:
        approved = Approved(_items(topic), topic[0].feature, chance.choice(_AT_LAST))
        yield Deed(train.cutoff - timedelta(minutes=20), "misaki", "approve", tip, approved)


def _cut_off(train: PlannedTrain, chance: random.Random) -> Iterator[Deed]:
    at, tip = train.cutoff, train.tip(train.cutoff)
    yield Deed(at, OWNER, "train.cutoff", train.train, TrainCutOff(tip, train.base))
    yield Deed(at + timedelta(minutes=4), OWNER, "train.open", train.upcoming, TrainOpened("vote until the showcase"))
    topics = _by_topic(_asked(train, after=train.showcase, until=train.cutoff))
    yield from _approved(topics, tip, at + timedelta(minutes=6), timedelta(minutes=2), chance)
    for change in train.changes:
        if change.at <= train.cutoff and any(path.startswith(MIGRATIONS) for path in change.paths):
            yield _described(change, at + timedelta(minutes=25))


def _harden(train: PlannedTrain, chance: random.Random) -> Iterator[Deed]:
    """In small steps: the newest train has only minutes between its last change and the end of the story."""
    tip, step = train.ready, (train.leaves - train.ready) / 20
    commit = train.changes[-1].commit
    if commit != train.tip(train.cutoff):
        yield _named(train, tip + step, commit, "hardened since the cut-off")
    late = _asked(train, after=train.cutoff)
    for change in late:
        if any(path.startswith(MIGRATIONS) for path in change.paths):
            yield _described(change, tip + 2 * step)
    yield from _approved(_by_topic(late), commit, tip + 3 * step, step / 10, chance)
    if train.number % 3 == 1:
        body = SignedOff("security", is_good=False, note="a token in a fixture")
        yield Deed(tip + 10 * step, "layla", "sign-off", commit, body)
    reviewer = chance.choice(with_role("engineer"))
    yield Deed(tip + 11 * step, reviewer, "sign-off", commit, SignedOff("review", note=chance.choice(_NOTES)))
    yield Deed(tip + 12 * step, "layla", "sign-off", commit, SignedOff("security", note=chance.choice(_NOTES)))


def _approved(
    topics: Sequence[list[TrainChange]], candidate: str, begins: datetime, step: timedelta, chance: random.Random
) -> Iterator[Deed]:
    for number, topic in enumerate(topics):
        body = Approved(_items(topic), topic[0].feature, chance.choice(_WHY))
        yield Deed(begins + number * step, chance.choice(with_role("stakeholder")), "approve", candidate, body)


def _named(train: PlannedTrain, at: datetime, commit: str, reason: str) -> Deed:
    return Deed(at, OWNER, "candidate", commit, CandidateNamed(train.base, train.train, reason=reason))


def _described(change: TrainChange, at: datetime) -> Deed:
    body = ChangeRequested(
        back_out="Restore the snapshot from before; what was written since is lost",
        success="Every customer has a family name",
        is_irreversible=True,
    )
    return Deed(at, "ngozi", "change.request", change.commit, body)


def _asked(train: PlannedTrain, *, after: datetime | None = None, until: datetime | None = None) -> list[TrainChange]:
    return [
        change
        for change in train.changes
        if change.takes_asking
        and change.commit not in train.patched
        and (after is None or change.at > after)
        and (until is None or change.at <= until)
    ]


def _by_topic(changes: Sequence[TrainChange]) -> list[list[TrainChange]]:
    ordered = sorted(changes, key=lambda change: change.topic)
    return [list(found) for _, found in groupby(ordered, key=lambda change: change.topic)]


def _items(changes: Sequence[TrainChange]) -> tuple[Item, ...]:
    return tuple(Item(change.commit) for change in changes)
