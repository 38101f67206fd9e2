"""Candidates, plans and releases as people read them."""

from collections.abc import Iterator, Sequence

from cockpit.commands.table import aligned
from cockpit.domain.change_lane import ChangeLane, Lane
from cockpit.domain.commit import SHORT
from cockpit.domain.counts import counted
from cockpit.domain.decisions.records import CandidateRecord, ReleaseRecord
from cockpit.domain.entanglement import Entangled, Tie
from cockpit.domain.shipping import Obstacle, ReleasePlan
from cockpit.text import clean

MOST_TIES = 8
"""Entangled changes that are named for one way out."""

_MARKS = {Lane.INACTIVE: "-", Lane.DECLINED: "✘", Lane.PENDING: "?"}


def candidate_lines(candidate: CandidateRecord, plan: ReleasePlan) -> list[str]:
    """Return the candidate in a few lines."""
    kind = "hotfix" if candidate.is_hotfix else "candidate"
    train = f", train {candidate.train}" if candidate.train else ""
    why = f": {candidate.reason}" if candidate.reason else ""
    at = candidate.by.at.astimezone().strftime("%Y-%m-%d %H:%M")
    return [
        clean(f"{kind} {candidate.commit[:SHORT]} after {candidate.base or 'the beginning'}{train}"),
        clean(f"named by {candidate.by.actor} at {at}{why}"),
        _counts(plan),
        "It may be cut: cockpit release cut VERSION" if plan.may_be_cut else "See why not: cockpit release plan",
    ]


def plan_lines(candidate: CandidateRecord, plan: ReleasePlan) -> list[str]:
    """Return what would ship, what not and why, and the ways out."""
    verdict = "GO" if plan.may_be_cut else "NO-GO"
    lines = [f"{verdict}  {candidate_lines(candidate, plan)[0]}", _counts(plan)]
    lines += aligned([_row(lane) for lane in reversed(plan.lanes)])
    for obstacle in plan.obstacles:
        lines += ["", *_obstacle(obstacle, plan)]
    if plan.earlier:
        lines += ["", f"Nothing would stand in the way of: cockpit candidate {plan.earlier[:SHORT]}"]
    lines += [clean(f"! {warning}") for warning in plan.warnings]
    return lines


def release_lines(releases: Sequence[ReleaseRecord]) -> list[str]:
    """Return one line for each release, newest first."""
    if not releases:
        return ["No release has been cut here."]
    return aligned(
        (
            release.version,
            release.tag,
            release.candidate[:SHORT],
            release.by.at.astimezone().strftime("%Y-%m-%d %H:%M"),
            release.by.actor,
            "hotfix" if release.is_hotfix else release.train,
            counted(len(release.changes), "change"),
        )
        for release in releases
    )


def _counts(plan: ReleasePlan) -> str:
    counts = (
        (len(plan.ships), "ship"),
        (len(plan.within(Lane.INACTIVE)), "inactive"),
        (len(plan.in_the_way), "in the way"),
    )
    return f"{counted(len(plan.lanes), 'change')}: " + ", ".join(f"{number} {what}" for number, what in counts)


def _row(lane: ChangeLane) -> tuple[str, ...]:
    change = lane.change.change
    number = f"#{change.pull_request}" if change.pull_request else ""
    mark = _MARKS.get(lane.lane, "✔" if lane.ships else "✘")
    why = "; ".join((lane.reason, *(f"no {name}" for name in lane.missing)))
    return mark, change.short_id, number, clean(change.subject, 60), clean(change.author, 20), lane.words, why


def _obstacle(obstacle: Obstacle, plan: ReleasePlan) -> Iterator[str]:
    subjects = {lane.commit: lane.change.change.subject for lane in plan.lanes}
    what = f"{obstacle.commit[:SHORT]} {subjects.get(obstacle.commit, '')}: " if obstacle.commit else ""
    yield clean(f"✘ {what}{obstacle.reason}")
    for way in obstacle.ways:
        yield clean(f"    {way.way.value}: {way.says}")
        named = way.entangled[:MOST_TIES]
        for tie in named:
            yield clean(f"        with {tie.commit[:SHORT]} {subjects.get(tie.commit, '')} ({_tie(tie)})")
        if len(way.entangled) > len(named):
            yield f"        and {len(way.entangled) - len(named)} more"


def _tie(tie: Entangled) -> str:
    files = ", ".join(tie.paths[:3]) + (", …" if len(tie.paths) > 3 else "")
    return f"{tie.tie.value}: {files}" if tie.tie is Tie.SHARED_FILES else tie.tie.value
