"""What can be done about a change that stands in the way of a release."""

from collections.abc import Sequence
from enum import Enum

from cockpit.domain.candidate_change import CandidateChange
from cockpit.domain.change_lane import ChangeLane, Lane
from cockpit.domain.commit import SHORT
from cockpit.domain.counts import counted
from cockpit.domain.entanglement import Entangled, going_back_leaves_out, reverting_touches, same_feature
from cockpit.domain.record import record


class Way(Enum):
    """One way out."""

    APPROVE = "approve"
    DESCRIBE = "describe"
    """Say what the policy asks to be known of it."""
    REVERT = "decline and revert"
    FLAG_OFF = "flag off"
    EARLIER = "earlier candidate"


@record(frozen=True, slots=True)
class WayOut:
    """One way out for one change, with what else it touches."""

    way: Way
    says: str
    """What to do, for people."""
    commit: str = ""
    """Full id of the commit to name as candidate, for that way."""
    entangled: tuple[Entangled, ...] = ()


def ways_out(lane: ChangeLane, changes: Sequence[CandidateChange], base: str) -> tuple[WayOut, ...]:
    """Return the ways out for a change that stands in the way; `changes` are the candidate's, oldest first.

    `base` is the commit or tag before the first of them.
    """
    place = next(number for number, change in enumerate(changes) if change.commit == lane.commit)
    later = changes[place + 1 :]
    ways = [*_by_words(lane)]
    if lane.lane in (Lane.PENDING, Lane.DECLINED):
        ways.append(_revert(lane, later))
        if lane.change.flag:
            ways.append(_flag_off(lane, changes))
    before = changes[place - 1].commit if place else ""
    return (*ways, _earlier(before, later, base))


def _by_words(lane: ChangeLane) -> list[WayOut]:
    short = lane.change.change.short_id
    ways = []
    if lane.lane is Lane.PENDING:
        ways.append(WayOut(Way.APPROVE, f"cockpit approve {short}, by {counted(lane.more, 'stakeholder')} more"))
    if lane.missing:
        ways.append(WayOut(Way.DESCRIBE, f"cockpit change {short}, to say its {' and '.join(lane.missing)}"))
    return ways


def _revert(lane: ChangeLane, later: Sequence[CandidateChange]) -> WayOut:
    short = lane.change.change.short_id
    decline = "" if lane.lane is Lane.DECLINED else f"cockpit decline {short} --reason …, then "
    says = f"{decline}git revert {short} on the candidate's branch; then its new head is to be the candidate"
    return WayOut(Way.REVERT, says, entangled=reverting_touches(lane.change, later))


def _flag_off(lane: ChangeLane, changes: Sequence[CandidateChange]) -> WayOut:
    flag = lane.change.flag
    says = f"switch its flag {flag} off where the candidate is to go; it counts once a source has seen it off"
    return WayOut(Way.FLAG_OFF, says, entangled=same_feature(lane.change, changes))


def _earlier(before: str, later: Sequence[CandidateChange], base: str) -> WayOut:
    if not before:
        says = f"no earlier candidate: it is the first change after {base or 'the beginning'}"
        return WayOut(Way.EARLIER, says)
    without = f", without it and {counted(len(later), 'later change')}" if later else ", without it"
    says = f"cockpit candidate {before[:SHORT]}{without}"
    return WayOut(Way.EARLIER, says, before, going_back_leaves_out(later))
