"""Counts what a release plan says of each change, for the gate on approvals."""

from cockpit.domain.change import OFF_BRANCH
from cockpit.domain.change_lane import Lane
from cockpit.domain.shipping import Obstacle, ReleasePlan
from cockpit.domain.shipping_facts import ShippingFacts

MOST_NAMED = 20


def shipping_facts(plan: ReleasePlan) -> ShippingFacts:
    """Return what the gate on approvals needs of `plan`."""
    subjects = {lane.commit: f"{lane.change.change.short_id} {lane.change.change.subject}" for lane in plan.lanes}
    return ShippingFacts(
        commit=plan.facts.commit,
        approved=len(plan.within(Lane.APPROVED)),
        fast_lane=len(plan.within(Lane.FAST_LANE)),
        inactive=len(plan.within(Lane.INACTIVE)),
        pending=len(plan.within(Lane.PENDING)),
        declined=len(plan.within(Lane.DECLINED)),
        obstacles=len(plan.obstacles),
        in_the_way=tuple(_told(one, subjects.get(one.commit, "")) for one in _declined_first(plan)[:MOST_NAMED]),
        incomplete=plan.facts.incomplete,
        off_branch=sum(change.change.place == OFF_BRANCH for change in plan.facts.changes),
    )


def _declined_first(plan: ReleasePlan) -> list[Obstacle]:
    """What somebody said no to comes before what waits for a word; what is wrong with the whole, before both."""
    declined = {lane.commit for lane in plan.within(Lane.DECLINED)}
    return sorted(plan.obstacles, key=lambda one: bool(one.commit) and one.commit not in declined)


def _told(obstacle: Obstacle, subject: str) -> str:
    return f"{subject}: {obstacle.reason}" if subject else obstacle.reason
