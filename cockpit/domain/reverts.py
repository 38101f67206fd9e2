"""Which changes of a candidate come to nothing, because a later one undoes them."""

from collections.abc import Callable, Mapping, Sequence

from cockpit.domain.candidate_change import CandidateChange
from cockpit.domain.commit import SHORT


def undone(changes: Sequence[CandidateChange], vouched: Callable[[CandidateChange], bool]) -> Mapping[str, str]:
    """Return commit id to reason for every change that does nothing in the end; `changes` come oldest first.

    A revert counts when it does exactly the opposite, or when people have approved it (`vouched`). An exact one comes
    to nothing itself. A revert that is reverted counts no more, so the newest word is taken first.
    """
    known = {change.commit: number for number, change in enumerate(changes)}
    reasons: dict[str, str] = {}
    for number, change in reversed(list(enumerate(changes))):
        for revert in change.reverts:
            is_earlier = known.get(revert.commit, number) < number
            if change.commit in reasons or not is_earlier or revert.commit in reasons:
                continue
            if revert.is_exact:
                reasons[change.commit] = f"undoes {revert.commit[:SHORT]}, which is in this candidate too"
            if revert.is_exact or vouched(change):
                reasons[revert.commit] = f"reverted by {change.change.short_id}"
    return reasons
