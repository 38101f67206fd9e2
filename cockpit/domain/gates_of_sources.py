"""The gates on what we can see: the agent, alerts, and how old the evidence is."""

from collections.abc import Sequence
from datetime import datetime

from cockpit.domain.ages import age_text
from cockpit.domain.counts import counted
from cockpit.domain.decisions.standing import Standing
from cockpit.domain.evidence import Evidence
from cockpit.domain.gate import Gate
from cockpit.domain.source_state import SETTINGS, Heartbeat, SourceState, SourceStatus
from cockpit.domain.verdict import Verdict

ALERT_SOURCES = frozenset({"servers"})
"""Sources without which nothing can be said about alerts."""

_START_ONE = "A screen starts one within 25 s, and at once with r; or: cockpit agent"
_MORE_TIME = "See which source does not answer: cockpit check; or give it more time: --deadline SECONDS"


def agent_gate(evidence: Evidence, now: datetime) -> Gate:
    """Judge whether somebody keeps the facts fresh."""
    heartbeat = evidence.heartbeat
    seen = heartbeat.freshness.observed_at if heartbeat else None
    if agent_alive(heartbeat, now) and heartbeat:
        verdict, reason = Verdict.GO, f"agent {heartbeat.pid} on {heartbeat.host} is at work"
    elif evidence.asked_at is not None:
        verdict, reason, seen = Verdict.GO, "no agent is needed: every source was asked for this", evidence.asked_at
    elif not evidence.has_agent:
        verdict, reason = Verdict.UNKNOWN, "no agent is at work here, and not every source could be asked in time"
    elif seen is None:
        verdict, reason = Verdict.UNKNOWN, "no agent has been at work on this cache"
    else:
        verdict, reason = Verdict.UNKNOWN, "the agent gives no sign of life"
    step = "" if verdict is Verdict.GO else _START_ONE if evidence.has_agent else _MORE_TIME
    return Gate("agent", "agent alive", verdict, reason, "agent", seen, "anyone on this machine", step)


def alerts_gates(evidence: Evidence, now: datetime) -> tuple[Gate, ...]:
    """Judge whether a page is firing; no gate where nothing is watched."""
    if not any(_tells_of_alerts(source) for source in evidence.sources):
        return ()
    step = ""
    new, old = _pages(evidence)
    if new:
        verdict = Verdict.NO_GO
        word = "new " if old else ""
        newest = _newest_page(evidence)
        reason = f"{newest} is firing" if new == 1 else f"{new} {word}pages, newest {newest}"
        step = "Go to the alerts: 5"
    elif blind := blind_sources(evidence.sources, now):
        verdict, reason = Verdict.UNKNOWN, f"blind: {', '.join(blind)} not fresh"
        step = "See the sources: :sources"
    else:
        verdict, reason = Verdict.GO, "no page is firing"
        if old:
            reason = f"no new page is firing, {counted(old, 'page')} fired before the rollout began"
    seen = evidence.fleet.freshness.observed_at
    return (Gate("alerts", "no page-severity alert", verdict, reason, "servers", seen, "whoever is on duty", step),)


def _pages(evidence: Evidence) -> tuple[int, int]:
    """Return how many pages fire that are new, and how many that fired already when a rollout under way began."""
    known = baseline_of(evidence.standing)
    old = sum(alert_id in known for alert_id, _ in evidence.alerts.pages)
    return evidence.alerts.page - old, old


def _newest_page(evidence: Evidence) -> str:
    known = baseline_of(evidence.standing)
    return next((words for alert_id, words in evidence.alerts.pages if alert_id not in known), evidence.alerts.newest)


def baseline_of(standing: Standing) -> frozenset[str]:
    """Return the ids of the alerts that fired already when a rollout under way began: they do not count against it."""
    return frozenset(alert_id for rollout in standing.rollouts for alert_id in rollout.baseline)


def fresh_evidence_gate(evidence: Evidence, now: datetime) -> Gate:
    """Judge whether every source that is asked has answered lately."""
    asked = [source for source in evidence.sources if source.status is not SourceStatus.OFF]
    stale = [source for source in asked if not source.freshness.is_fresh(now)]
    if not asked:
        verdict, reason, step = Verdict.UNKNOWN, "no source has been asked yet", "Start the agent: cockpit agent"
    elif stale:
        verdict, reason = Verdict.UNKNOWN, "; ".join(_why_stale(source, now) for source in stale[:3])
        step = next((source.next_step for source in stale if source.next_step), "See the sources: :sources")
    else:
        verdict, reason, step = Verdict.GO, f"{counted(len(asked), 'source')} fresh", ""
    oldest = min((s.freshness.observed_at for s in asked if s.freshness.observed_at), default=None)
    return Gate("evidence", "evidence fresh", verdict, reason, "agent", oldest, "whoever runs the source", step)


def agent_alive(heartbeat: Heartbeat | None, now: datetime) -> bool:
    """Tell whether the agent gave a sign of life that still counts."""
    return heartbeat is not None and heartbeat.freshness.is_fresh(now)


def blind_sources(sources: Sequence[SourceState], now: datetime) -> tuple[str, ...]:
    """Return the sources of alerts that say nothing at `now`."""
    return tuple(s.name for s in sources if _tells_of_alerts(s) and not s.freshness.is_fresh(now))


def _tells_of_alerts(source: SourceState) -> bool:
    return source.name in ALERT_SOURCES and source.status is not SourceStatus.OFF


def _why_stale(source: SourceState, now: datetime) -> str:
    if source.name == SETTINGS:
        return f"the settings cannot be used: {source.where}: {source.reason}"
    age = source.freshness.age(now)
    when = "never answered" if age is None else f"last answered {age_text(age)} ago"
    return f"{source.name} {when}" + (f" ({source.reason})" if source.reason else "")
