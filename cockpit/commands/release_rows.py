"""Rows of candidates, plans and releases for programs."""

from collections.abc import Sequence

from cockpit.commands.show_rows import Row, moment
from cockpit.domain.candidate_change import Stray
from cockpit.domain.change_lane import ChangeLane
from cockpit.domain.decisions.records import CandidateRecord, ReleaseRecord
from cockpit.domain.shipping import Obstacle, ReleasePlan


def candidate_row(candidate: CandidateRecord, plan: ReleasePlan) -> Row:
    """Return what there is to say of a candidate and of what would ship."""
    return {
        "commit": candidate.commit,
        "base": candidate.base,
        "train": candidate.train,
        "hotfix": candidate.is_hotfix,
        "reason": candidate.reason,
        "by": candidate.by.actor,
        "at": moment(candidate.by.at),
        "position": candidate.by.position,
        "may_be_cut": plan.may_be_cut,
        "changes": len(plan.lanes),
        "ships": len(plan.ships),
        "in_the_way": len(plan.in_the_way),
    }


def plan_row(candidate: CandidateRecord, plan: ReleasePlan) -> Row:
    """Return the whole plan."""
    return {
        "candidate": candidate_row(candidate, plan),
        "changes": [lane_row(lane) for lane in plan.lanes],
        "obstacles": [_obstacle_row(obstacle) for obstacle in plan.obstacles],
        "earlier_candidate": plan.earlier or None,
        "warnings": list(plan.warnings),
        "lacks": _stray_rows(plan.facts.lacks),
        "missing_on_branch": _stray_rows(plan.facts.missing_on_branch),
    }


def lane_row(lane: ChangeLane) -> Row:
    """Return one change with its lane."""
    change = lane.change.change
    return {
        "commit": lane.commit,
        "pull_request": change.pull_request,
        "subject": change.subject,
        "author": change.author,
        "feature": change.feature_id,
        "impact": change.impact.value,
        "lane": lane.lane.value,
        "words": lane.words,
        "reason": lane.reason,
        "ships": lane.ships,
        "in_the_way": lane.is_in_the_way,
        "approvals_missing": lane.more,
        "data_missing": list(lane.missing),
        "irreversible": lane.irreversible,
    }


def release_row(release: ReleaseRecord) -> Row:
    """Return one release that was cut."""
    return {
        "version": release.version,
        "tag": release.tag,
        "candidate": release.candidate,
        "train": release.train,
        "hotfix": release.is_hotfix,
        "changes": list(release.changes),
        "inactive": list(release.inactive),
        "digests": dict(release.digests),
        "by": release.by.actor,
        "at": moment(release.by.at),
        "position": release.by.position,
    }


def _obstacle_row(obstacle: Obstacle) -> Row:
    return {
        "commit": obstacle.commit,
        "reason": obstacle.reason,
        "ways_out": [
            {
                "way": way.way.value,
                "says": way.says,
                "candidate": way.commit or None,
                "entangled": [
                    {"commit": tie.commit, "tie": tie.tie.value, "paths": list(tie.paths)} for tie in way.entangled
                ],
            }
            for way in obstacle.ways
        ],
    }


def _stray_rows(strays: Sequence[Stray]) -> list[Row]:
    return [{"commit": stray.commit, "subject": stray.subject} for stray in strays]
