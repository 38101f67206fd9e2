"""From what the cache knows to the answer of the screen; every judgement is the domain's."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cockpit.cache.gathering import Gathered
from cockpit.domain.overview import Overview

if TYPE_CHECKING:
    from cockpit.cache.feed import FeedTerms


def answer(gathered: Gathered, terms: "FeedTerms", now: datetime, note: str) -> Overview:
    """Return what may be said at `now`; `note` is what is wrong with the cache itself."""
    from cockpit.domain.branch_health import BranchBuild, judge_branch
    from cockpit.domain.gates import Evidence, judge_gates, overall

    branch = judge_branch(
        state=gathered.branch,
        freshness=gathered.branch_freshness,
        builds=[BranchBuild(*built) for built in gathered.builds],
        ci=next((source for source in gathered.sources if source.name == "ci"), None),
        flaky=gathered.flaky,
        tests_known=gathered.tests_known,
        on_duty=terms.on_duty,
        now=now,
        week_start=_week_start(now),
    )
    heartbeat = gathered.heartbeat
    gates = judge_gates(
        Evidence(branch, gathered.fleet, gathered.alerts, heartbeat, gathered.sources, terms.limits), now
    )
    return Overview(
        read_at=now,
        project=terms.project,
        verdict=overall(gates),
        gates=gates,
        agent_alive=heartbeat is not None and heartbeat.freshness.is_fresh(now),
        heartbeat=heartbeat,
        branch=branch,
        board=gathered.board,
        changes=gathered.changes,
        fleet=gathered.fleet,
        alerts=gathered.alerts,
        sources=gathered.sources,
        cache_note=note,
        next_expiry=gathered.next_expiry,
    )


def _week_start(now: datetime) -> datetime:
    """Monday 00:00 where the person sits."""
    local = now.astimezone()
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=local.weekday())
