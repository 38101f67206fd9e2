"""What a candidate would ship, what not and why; may it be cut, and if not what are the ways out."""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime

from cockpit.domain.candidate_change import CandidateChange, CandidateFacts, FlagOff, ShippingEvidence, Stray
from cockpit.domain.change_lane import ChangeLane, Lane, is_approved, lane_of
from cockpit.domain.commit import SHORT
from cockpit.domain.counts import counted
from cockpit.domain.decisions.bodies import ReleaseCut
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.fast_lane import fast_lane
from cockpit.domain.record import record
from cockpit.domain.reverts import undone
from cockpit.domain.ways_out import WayOut, ways_out

MOST_LOOKED_BACK = 50
"""Earlier commits that are tried as candidates."""


@record(frozen=True, slots=True)
class Obstacle:
    """One thing that stands in the way of cutting a release."""

    reason: str
    commit: str = ""
    """Full id of the change it is about; empty when it is about the candidate."""
    ways: tuple[WayOut, ...] = ()


@record(frozen=True, slots=True)
class ReleasePlan:
    """What would ship if the candidate were cut now."""

    facts: CandidateFacts
    lanes: tuple[ChangeLane, ...]
    """Of every change of the candidate, oldest first."""
    obstacles: tuple[Obstacle, ...]
    earlier: str = ""
    """Newest earlier commit of the candidate that nothing stands in the way of; empty where there is none."""
    warnings: tuple[str, ...] = ()
    patches: Mapping[str, str] = field(default_factory=dict)
    """Patch ids of approved changes whose approval was given to another commit."""

    @property
    def may_be_cut(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.obstacles

    @property
    def ships(self) -> tuple[ChangeLane, ...]:
        """The changes that would reach users."""
        return tuple(lane for lane in self.lanes if lane.ships)

    @property
    def in_the_way(self) -> tuple[ChangeLane, ...]:
        """The changes that no release can be cut with."""
        return tuple(lane for lane in self.lanes if lane.is_in_the_way)

    def within(self, lane: Lane) -> tuple[ChangeLane, ...]:
        """Return the changes in this lane."""
        return tuple(one for one in self.lanes if one.lane is lane)

    def cut(self, tag: str, digests: Mapping[str, str]) -> ReleaseCut:
        """Return the event's body that makes a release of it."""
        return ReleaseCut(
            candidate=self.facts.commit,
            tag=tag,
            changes=tuple(lane.commit for lane in self.lanes if lane.lane is not Lane.INACTIVE),
            digests=dict(digests),
            fast_lane=tuple(lane.commit for lane in self.within(Lane.FAST_LANE)),
            inactive=tuple(lane.commit for lane in self.within(Lane.INACTIVE)),
            patches=dict(self.patches),
            irreversible={
                lane.commit: lane.irreversible
                for lane in self.lanes
                if lane.irreversible and lane.lane is not Lane.INACTIVE
            },
        )


def release_plan(decided: Decided, facts: CandidateFacts, evidence: ShippingEvidence, now: datetime) -> ReleasePlan:
    """Judge every change of a candidate by what was decided, and say what stands in the way of cutting it."""
    lanes = change_lanes(decided, facts.commit, facts.changes, evidence, now)
    obstacles = (*_of_candidate(facts), *_of_changes(lanes, facts))
    carried = {lane.commit: lane.change.patch for lane in lanes if lane.lane is Lane.APPROVED and lane.carried}
    return ReleasePlan(
        facts=facts,
        lanes=lanes,
        obstacles=obstacles,
        earlier=_earlier(decided, facts, lanes, evidence, now) if obstacles else "",
        warnings=tuple(_warnings(facts, lanes)),
        patches=carried,
    )


def change_lanes(
    decided: Decided,
    candidate: str,
    changes: Sequence[CandidateChange],
    evidence: ShippingEvidence,
    now: datetime,
) -> tuple[ChangeLane, ...]:
    """Return the lane of each change of a candidate; `changes` come oldest first."""
    inactive = {
        **{commit: _flag_words(flag) for commit, flag in evidence.flags_off.items() if flag.freshness.is_fresh(now)},
        **undone(changes, lambda change: is_approved(decided, change)),
    }
    passed = evidence.contract_passed.get(candidate)
    return tuple(
        lane_of(decided, change, inactive.get(change.commit, ""), fast_lane(change, candidate, passed, decided.policy))
        for change in changes
    )


def _flag_words(flag: FlagOff) -> str:
    return f"flag {flag.flag} is off in {flag.environment}"


def _of_candidate(facts: CandidateFacts) -> list[Obstacle]:
    obstacles = []
    if facts.incomplete:
        obstacles.append(Obstacle(f"not all of its changes are known: {facts.incomplete}"))
    if not facts.changes:
        obstacles.append(Obstacle(f"it holds no change since {facts.base or 'the beginning'}"))
    return obstacles


def _of_changes(lanes: Sequence[ChangeLane], facts: CandidateFacts) -> list[Obstacle]:
    return [
        Obstacle(_why_in_the_way(lane), lane.commit, ways_out(lane, facts.changes, facts.base))
        for lane in lanes
        if lane.is_in_the_way
    ]


def _why_in_the_way(lane: ChangeLane) -> str:
    missing = f"no {' and no '.join(lane.missing)}" if lane.missing else ""
    waits = lane.reason if lane.lane in (Lane.PENDING, Lane.DECLINED) else ""
    return "; ".join(filter(None, (waits, missing)))


def _earlier(
    decided: Decided,
    facts: CandidateFacts,
    lanes: Sequence[ChangeLane],
    evidence: ShippingEvidence,
    now: datetime,
) -> str:
    """A commit before the first change in the way would do, if nothing that is undone later comes back there."""
    first = next((number for number, lane in enumerate(lanes) if lane.is_in_the_way), 0)
    for length in range(first, max(0, first - MOST_LOOKED_BACK), -1):
        changes, commit = facts.changes[:length], facts.changes[length - 1].commit
        there = change_lanes(decided, commit, changes, _as_if_tested(evidence, commit), now)
        if not facts.incomplete and not any(lane.is_in_the_way for lane in there):
            return commit
    return ""


def _as_if_tested(evidence: ShippingEvidence, commit: str) -> ShippingEvidence:
    """An earlier commit may still have to be built; only contract tests that failed there speak against it."""
    return replace(evidence, contract_passed={commit: True, **evidence.contract_passed})


def _warnings(facts: CandidateFacts, lanes: Sequence[ChangeLane]) -> list[str]:
    warnings = [
        f"{lane.change.change.short_id} cannot be undone: {lane.irreversible}"
        for lane in lanes
        if lane.irreversible and lane.lane is not Lane.INACTIVE
    ]
    if facts.lacks:
        warnings.append(f"it lacks {counted(len(facts.lacks), 'commit')} of {facts.base}: {_named(facts.lacks)}")
    if facts.missing_on_branch:
        count = counted(len(facts.missing_on_branch), "commit")
        warnings.append(f"the release branch lacks {count} of it: {_named(facts.missing_on_branch)}")
    return warnings


def _named(strays: Sequence[Stray]) -> str:
    names = ", ".join(f"{stray.commit[:SHORT]} {stray.subject}" for stray in strays[:3])
    return f"{names}, …" if len(strays) > 3 else names
