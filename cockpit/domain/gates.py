"""May we ship now: every condition judged, one answer for header, `:why` and exit codes."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from cockpit.domain.ages import age_text
from cockpit.domain.build import Build, BuildResult
from cockpit.domain.commit import SHORT
from cockpit.domain.counts import counted
from cockpit.domain.gate import Gate
from cockpit.domain.limits import FigureLimits
from cockpit.domain.overview import AlertsSummary, BranchHealth, FleetSummary
from cockpit.domain.record import record
from cockpit.domain.source_state import SETTINGS, Heartbeat, SourceState, SourceStatus
from cockpit.domain.verdict import Verdict

ALERT_SOURCES = frozenset({"servers"})
"""Sources without which nothing can be said about alerts."""

_NO_GATES = (
    ("servers that are down or failing", "an alert tells of them, and a page stops shipping"),
    ("servers out-of-band", "they warn: the next release may be what mends them"),
    ("alerts below page", "warnings are there to be read; only a page stops shipping"),
    ("failed builds before the newest", "the newest one that came to an end decides"),
    ("features that are not ready", "whether they may wait is for people to say"),
)
"""What never stops a release, and why."""

NO_COVERAGE_LIMIT = 0.0
NO_FLAKY_LIMIT = 1.0

FIRST_COMMIT = "Commit something, or name a branch that has commits: [git] release_branch in cockpit.toml"
"""What to do about a release branch without any."""

_SEE_REPORTS = "See why its report is missing: l on the build shows its log"


@record(frozen=True, slots=True)
class Evidence:
    """What the gates are judged on."""

    branch: BranchHealth
    fleet: FleetSummary
    alerts: AlertsSummary
    heartbeat: Heartbeat | None
    sources: Sequence[SourceState]
    limits: FigureLimits


def judge_gates(evidence: Evidence, now: datetime) -> tuple[Gate, ...]:
    """Return every gate with its verdict at `now`, the most telling first.

    Servers have no gate of their own: what is wrong with them is an alert, and a page stops shipping. One that runs
    a version nobody released warns, for the next release may be what mends it.
    """
    gates = [_agent(evidence, now), _branch(evidence)]
    if any(_tells_of_alerts(source) for source in evidence.sources):
        gates.append(_alerts(evidence, now))
    if evidence.limits.coverage_min > NO_COVERAGE_LIMIT:
        gates.append(_coverage(evidence))
    if evidence.limits.flaky_max < NO_FLAKY_LIMIT:
        gates.append(_flakiness(evidence))
    return (*gates, _fresh_evidence(evidence, now))


def not_gates(limits: FigureLimits) -> tuple[tuple[str, str], ...]:
    """Return what deliberately stops no release, each with why."""
    return (*_NO_GATES, *unlimited(limits))


def unlimited(limits: FigureLimits) -> tuple[tuple[str, str], ...]:
    """Return the figures that stop no release because nobody measures or limits them, each with how to change that."""
    figures = [
        ("coverage", limits.coverage_min <= NO_COVERAGE_LIMIT, "coverage_min"),
        ("flaky tests", limits.flaky_max >= NO_FLAKY_LIMIT, "flaky_max"),
    ]
    why = "no report of it is configured under [ci], or no limit is wanted: limits."
    return tuple((what, why + key) for what, is_unlimited, key in figures if is_unlimited)


def overall(gates: Iterable[Gate]) -> Verdict:
    """Return NO_GO if one gate says so, else UNKNOWN if one does not know, else GO; no gates are no answer."""
    verdicts = {gate.verdict for gate in gates}
    if Verdict.NO_GO in verdicts:
        return Verdict.NO_GO
    if Verdict.UNKNOWN in verdicts or not verdicts:
        return Verdict.UNKNOWN
    return Verdict.GO


def agent_alive(heartbeat: Heartbeat | None, now: datetime) -> bool:
    """Tell whether the agent gave a sign of life that still counts."""
    return heartbeat is not None and heartbeat.freshness.is_fresh(now)


def blind_sources(sources: Sequence[SourceState], now: datetime) -> tuple[str, ...]:
    """Return the sources of alerts that say nothing at `now`."""
    return tuple(s.name for s in sources if _tells_of_alerts(s) and not s.freshness.is_fresh(now))


def _tells_of_alerts(source: SourceState) -> bool:
    return source.name in ALERT_SOURCES and source.status is not SourceStatus.OFF


def _agent(evidence: Evidence, now: datetime) -> Gate:
    heartbeat = evidence.heartbeat
    seen = heartbeat.freshness.observed_at if heartbeat else None
    if agent_alive(heartbeat, now) and heartbeat:
        verdict, reason = Verdict.GO, f"agent {heartbeat.pid} on {heartbeat.host} is at work"
    elif seen is None:
        verdict, reason = Verdict.UNKNOWN, "no agent has been at work on this cache"
    else:
        verdict, reason = Verdict.UNKNOWN, "the agent gives no sign of life"
    step = "" if verdict is Verdict.GO else "A screen starts one within 25 s, and at once with r; or: cockpit agent"
    return Gate("agent", "agent alive", verdict, reason, "agent", seen, "anyone on this machine", step)


def _branch(evidence: Evidence) -> Gate:
    branch = evidence.branch
    steps = {
        Verdict.GO: "",
        Verdict.NO_GO: "Mend or revert the change that broke it",
        Verdict.UNKNOWN: "See its builds: Enter in the branch pane; without CI: cockpit init",
    }
    step = steps[branch.verdict]
    if branch.state is not None and not branch.state.head:
        step = FIRST_COMMIT
    return Gate(
        gate_id="branch",
        title="release branch builds",
        verdict=branch.verdict,
        reason=branch.reason,
        source="ci",
        observed_at=branch.builds[0].started_at if branch.builds else branch.freshness.observed_at,
        who=f"{branch.on_duty} (on duty)" if branch.on_duty else "whoever is on duty",
        next_step=step,
        link=branch.builds[0].link if branch.builds else "",
    )


def _alerts(evidence: Evidence, now: datetime) -> Gate:
    alerts = evidence.alerts
    step = ""
    if alerts.page:
        verdict = Verdict.NO_GO
        reason = f"{alerts.newest} is firing" if alerts.page == 1 else f"{alerts.page} pages, newest {alerts.newest}"
        step = "Go to the alerts: 5"
    elif blind := blind_sources(evidence.sources, now):
        verdict, reason = Verdict.UNKNOWN, f"blind: {', '.join(blind)} not fresh"
        step = "See the sources: :sources"
    else:
        verdict, reason = Verdict.GO, "no page is firing"
    seen = evidence.fleet.freshness.observed_at
    return Gate("alerts", "no page-severity alert", verdict, reason, "servers", seen, "whoever is on duty", step)


def _coverage(evidence: Evidence) -> Gate:
    coverage, least = evidence.branch.coverage, evidence.limits.coverage_min
    if coverage is None:
        verdict, reason = Verdict.UNKNOWN, "no build has reported coverage"
        step = "Name the report under [ci.local] or [ci.reports] in cockpit.toml, or set limits.coverage_min = 0"
    elif (green := _newest_green(evidence)) is not None and green.coverage is None:
        verdict, reason = Verdict.UNKNOWN, f"the build of {green.commit_id[:SHORT]} has reported none"
        step = f"{_SEE_REPORTS}, or set limits.coverage_min = 0"
    elif coverage < least:
        verdict, reason = Verdict.NO_GO, f"{coverage:.1%} of lines, at least {least:.0%} asked for"
        step = "Cover what the newest changes added"
    else:
        verdict, reason, step = Verdict.GO, f"{coverage:.1%} of lines, at least {least:.0%} asked for", ""
    return _figure("coverage", "coverage", verdict, reason, step, evidence)


def _flakiness(evidence: Evidence) -> Gate:
    share, most = evidence.branch.flaky_share, evidence.limits.flaky_max
    if share is None and evidence.branch.tests_known:
        verdict, reason = Verdict.UNKNOWN, "every test has run once, which tells nothing of the next run"
        step = "The next build decides; or set limits.flaky_max = 1"
    elif share is None:
        verdict, reason = Verdict.UNKNOWN, "no build has reported its tests"
        step = "Name the JUnit report under [ci.local] or [ci.reports] in cockpit.toml, or set limits.flaky_max = 1"
    elif (green := _newest_green(evidence)) is not None and green.tests_run is None:
        verdict, reason = Verdict.UNKNOWN, f"the build of {green.commit_id[:SHORT]} has reported no tests"
        step = f"{_SEE_REPORTS}, or set limits.flaky_max = 1"
    elif share > most:
        verdict, reason = Verdict.NO_GO, f"{share:.1%} of tests are flaky, at most {most:.0%} allowed"
        step = "See which: Enter in the branch pane"
    else:
        verdict, reason, step = Verdict.GO, f"{share:.1%} of tests are flaky, at most {most:.0%} allowed", ""
    return _figure("flakiness", "flaky tests", verdict, reason, step, evidence)


def _newest_green(evidence: Evidence) -> Build | None:
    """Return the newest build that came to an end, where it passed: it has no excuse for telling less than before."""
    ended = (BuildResult.PASSED, BuildResult.FAILED)
    newest = next((build for build in evidence.branch.builds if build.result in ended), None)
    return newest if newest is not None and newest.result is BuildResult.PASSED else None


def _figure(gate_id: str, title: str, verdict: Verdict, reason: str, step: str, evidence: Evidence) -> Gate:
    seen = evidence.branch.builds[0].started_at if evidence.branch.builds else None
    return Gate(gate_id, title, verdict, reason, "ci", seen, "the team", step)


def _fresh_evidence(evidence: Evidence, now: datetime) -> Gate:
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


def _why_stale(source: SourceState, now: datetime) -> str:
    if source.name == SETTINGS:
        return f"the settings cannot be used: {source.where}: {source.reason}"
    age = source.freshness.age(now)
    when = "never answered" if age is None else f"last answered {age_text(age)} ago"
    return f"{source.name} {when}" + (f" ({source.reason})" if source.reason else "")
