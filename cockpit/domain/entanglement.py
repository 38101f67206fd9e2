"""What else is touched when a change is taken out of a candidate."""

from collections.abc import Sequence
from enum import Enum

from cockpit.domain.candidate_change import CandidateChange
from cockpit.domain.record import record


class Tie(Enum):
    """How one change hangs on another."""

    SHARED_FILES = "shares files"
    """It came later and edits the same files: reverting the first may not apply, or break it."""
    STANDS_ON = "stands on it"
    """It came later on the branch, so a candidate without the first lacks it too."""
    SAME_FEATURE = "same feature"
    """One flag or one word of a stakeholder is about both."""
    UNKNOWN = "files unknown"
    """Whether it shares files cannot be said."""


@record(frozen=True, slots=True)
class Entangled:
    """A change that hangs on another one."""

    commit: str
    tie: Tie
    paths: tuple[str, ...] = ()
    """Files that both edit."""


def reverting_touches(change: CandidateChange, later: Sequence[CandidateChange]) -> tuple[Entangled, ...]:
    """Return which of the `later` changes edit the same files, each with the files."""
    return tuple(found for other in later if (found := _shared(change, other)) is not None)


def going_back_leaves_out(later: Sequence[CandidateChange]) -> tuple[Entangled, ...]:
    """Return what a candidate from before a change lacks besides it."""
    return tuple(Entangled(other.commit, Tie.STANDS_ON) for other in later)


def same_feature(change: CandidateChange, others: Sequence[CandidateChange]) -> tuple[Entangled, ...]:
    """Return the other changes of the feature that this one belongs to."""
    feature = change.change.feature_id
    return tuple(
        Entangled(other.commit, Tie.SAME_FEATURE)
        for other in others
        if feature and other.change.feature_id == feature and other.commit != change.commit
    )


def _shared(change: CandidateChange, other: CandidateChange) -> Entangled | None:
    if change.paths is None or other.paths is None:
        return Entangled(other.commit, Tie.UNKNOWN)
    both = set(change.paths) & set(other.paths)
    return Entangled(other.commit, Tie.SHARED_FILES, tuple(sorted(both))) if both else None
