"""What people decided when a train left, and between two trains: who acts, what ships, and whether it stays."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from cockpit.demo.builds import ARTEFACT, digest_of
from cockpit.demo.deed import Deed
from cockpit.demo.planned_train import PlannedTrain
from cockpit.demo.story import PlannedTag
from cockpit.demo.train_deeds import OWNER
from cockpit.domain.decisions.bodies import (
    Approved,
    CallMade,
    CallOpened,
    CallVerdict,
    CandidateNamed,
    ControlsLeft,
    ControlsTaken,
    Item,
    ReleaseCut,
    SignedOff,
    TrainClosed,
)

OPERATOR = "eleni"
"""Holds the controls when a train leaves."""

PRODUCTION = "production"

_EVIDENCE = {"errors": "0.3 %", "p99": "180 ms", "alerts": "none new"}


def releasing(train: PlannedTrain) -> Iterator[Deed]:
    """Yield what was decided when this train left, and until it was closed."""
    commit, version = train.changes[-1].commit, train.tag.removeprefix("v")
    minute, call = timedelta(minutes=1), f"{train.tag} {PRODUCTION}"
    yield Deed(train.leaves - 5 * minute, OPERATOR, "controls.take", PRODUCTION, ControlsTaken())
    yield Deed(train.leaves, OWNER, "release", version, _cut(train))
    deadline = train.leaves + timedelta(hours=4)
    opened = CallOpened(PRODUCTION, version, OWNER, deadline, _EVIDENCE)
    yield Deed(train.leaves + 12 * minute, OPERATOR, "call.open", call, opened)
    if train.number == 2:
        later = CallMade(CallVerdict.EXTEND, "one slow hour, looking at it", deadline=deadline + timedelta(hours=2))
        yield Deed(deadline - 90 * minute, OWNER, "call.make", call, later)
    keep = CallMade(CallVerdict.KEEP, "quiet since the last wave", {**_EVIDENCE, "candidate": commit[:7]})
    yield Deed(deadline - 60 * minute, OWNER, "call.make", call, keep)
    yield Deed(deadline - 55 * minute, OPERATOR, "controls.leave", PRODUCTION, ControlsLeft("all servers are up"))
    yield Deed(deadline, OWNER, "train.close", train.train, TrainClosed(f"released as {version}"))


def _cut(train: PlannedTrain) -> ReleaseCut:
    return ReleaseCut(
        candidate=train.changes[-1].commit,
        tag=train.tag,
        changes=tuple(change.commit for change in train.changes),
        fast_lane=tuple(change.commit for change in train.changes if not change.takes_asking),
        digests={ARTEFACT: digest_of(train.tag, train.changes[-1].commit)},
    )


def patching(train: PlannedTrain, patch: PlannedTag) -> Iterator[Deed]:
    """Yield how the first changes of this train became a release of their own, which nobody has rolled out yet."""
    changes = [change for change in train.changes if change.commit in train.patched]
    commit = changes[-1].commit
    cut_at = min(datetime.fromtimestamp(patch.at, UTC), train.cutoff - timedelta(hours=1))
    minute, version = timedelta(minutes=1), patch.name.removeprefix("v")
    asked = [change for change in changes if change.takes_asking]
    named = CandidateNamed(train.base, is_hotfix=True, reason="customers wait for these fixes")
    yield Deed(cut_at - 40 * minute, OWNER, "candidate", commit, named)
    if asked:
        approved = Approved(tuple(Item(change.commit) for change in asked), reason="must not wait for the train")
        yield Deed(cut_at - 30 * minute, "misaki", "approve", commit, approved)
    yield Deed(cut_at - 20 * minute, "ngozi", "sign-off", commit, SignedOff("review"))
    yield Deed(cut_at - 15 * minute, "layla", "sign-off", commit, SignedOff("security"))
    cut = ReleaseCut(
        candidate=commit,
        tag=patch.name,
        changes=tuple(change.commit for change in changes),
        fast_lane=tuple(change.commit for change in changes if not change.takes_asking),
        digests={ARTEFACT: digest_of(patch.name, commit)},
    )
    yield Deed(cut_at, OWNER, "release", version, cut)
