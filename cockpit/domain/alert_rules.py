"""Which alerts follow from what servers and sources say, and since when."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cockpit.domain.alert import Alert, AlertState, Severity
from cockpit.domain.fleet import Health, Server
from cockpit.domain.source_state import SourceState, SourceStatus
from cockpit.domain.threshold import Sample, ThresholdRule, measure

HOLD = timedelta(seconds=15)
"""How long a condition has to be quiet before its alert is over: what flaps every second is one incident."""

DOWN_FOR = timedelta(seconds=10)
"""How long a server has to be silent before somebody is called: a restart is no incident."""

ORIGIN = "agent"
"""Who says so: these alerts are the cockpit's own."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A condition that was looked at; `holds` is None when it could not be judged."""

    alert_id: str
    name: str
    severity: Severity
    target: str
    summary: str
    holds: bool | None
    wait: timedelta = timedelta()
    link: str = ""


@dataclass(slots=True)
class _Case:
    """What is remembered of a condition between two looks."""

    finding: Finding
    since: datetime
    last_held: datetime
    fired: bool


class AlertWatch:
    """Judges conditions again and again; remembers since when each holds and the last samples of each server."""

    def __init__(self, rules: Sequence[ThresholdRule]) -> None:
        self._rules = tuple(rules)
        self._cases: dict[str, _Case] = {}
        self._samples: dict[str, tuple[Sample | None, Sample]] = {}

    def judge(
        self, servers: Sequence[Server], sources: Sequence[SourceState], previous: Sequence[Alert], now: datetime
    ) -> tuple[Alert, ...]:
        """Return the alerts that fire or are pending at `now`; firing ones not among them are over.

        `previous` are the alerts of the last look, also of an agent before this one: they keep their beginning.
        """
        self._remember(previous, now)
        findings = {finding.alert_id: finding for finding in self._findings(servers, sources, now)}
        for finding in findings.values():
            self._take(finding, now)
        self._cases = {
            alert_id: case
            for alert_id, case in self._cases.items()
            if alert_id in findings and not self._is_over(case, now)
        }
        self._samples = {server.name: self._samples[server.name] for server in servers if server.name in self._samples}
        return tuple(_alert_of(case) for case in self._cases.values())

    def next_due(self, now: datetime) -> datetime | None:
        """Return when the judgement may change though nothing new is observed; None when it cannot."""
        moments = [
            case.last_held + HOLD if case.fired else case.since + case.finding.wait for case in self._cases.values()
        ]
        return min((moment for moment in moments if moment > now), default=None)

    def _remember(self, previous: Sequence[Alert], now: datetime) -> None:
        for alert in previous:
            if alert.state is AlertState.FIRING and alert.origin == ORIGIN and alert.alert_id not in self._cases:
                finding = Finding(
                    alert.alert_id, alert.name, alert.severity, alert.target, alert.summary, None, link=alert.link
                )
                self._cases[alert.alert_id] = _Case(finding, alert.since, now, fired=True)

    def _take(self, finding: Finding, now: datetime) -> None:
        case = self._cases.get(finding.alert_id)
        if finding.holds is None:
            if case is not None and case.fired:
                case.last_held = now
            return
        if not finding.holds:
            if case is not None and not case.fired:
                del self._cases[finding.alert_id]
            return
        if case is None:
            case = self._cases[finding.alert_id] = _Case(finding, now, now, fired=False)
        case.finding, case.last_held = finding, now
        case.fired = case.fired or now - case.since >= finding.wait

    def _is_over(self, case: _Case, now: datetime) -> bool:
        return case.fired and now - case.last_held >= HOLD

    def _findings(self, servers: Sequence[Server], sources: Sequence[SourceState], now: datetime) -> Iterator[Finding]:
        for source in sources:
            yield _stale_source(source, now)
        for server in servers:
            yield from _server_findings(server, now)
            if self._rules:
                yield from self._threshold_findings(server, now)

    def _threshold_findings(self, server: Server, now: datetime) -> Iterator[Finding]:
        before, latest = self._sample(server)
        usable = latest is not None and server.freshness.is_fresh(now) and server.health is not Health.DOWN
        for rule in self._rules:
            figure = measure(rule, before, latest) if usable and latest is not None else None
            yield Finding(
                alert_id=f"{rule.name}/{server.name}",
                name=rule.name,
                severity=rule.severity,
                target=server.name,
                summary="" if figure is None else _sentence(rule, figure),
                holds=None if figure is None else rule.holds(figure),
                wait=timedelta(seconds=rule.for_s),
                link=rule.link,
            )

    def _sample(self, server: Server) -> tuple[Sample | None, Sample | None]:
        """Return the last two samples, the second one the newest; two looks at one answer are one sample."""
        before, latest = self._samples.get(server.name, (None, None))
        if server.metrics_at is not None:
            at_s = server.metrics_at.timestamp()
            if latest is None or at_s > latest.at_s:
                before, latest = latest, Sample(at_s, dict(_numbers(server.metrics)))
                self._samples[server.name] = (before, latest)
        return before, latest


def _server_findings(server: Server, now: datetime) -> Iterator[Finding]:
    health = server.health_at(now)
    known = health is not Health.UNKNOWN
    yield Finding(
        alert_id=f"ServerDown/{server.name}",
        name="ServerDown",
        severity=Severity.PAGE,
        target=server.name,
        summary=server.reason or "does not answer",
        holds=health is Health.DOWN if known else None,
        wait=DOWN_FOR,
    )
    yield Finding(
        alert_id=f"HealthCheckFailing/{server.name}",
        name="HealthCheckFailing",
        severity=Severity.WARN,
        target=server.name,
        summary=server.reason or "its health check does not pass",
        holds=health is Health.FAILING if known else None,
    )
    yield Finding(
        alert_id=f"OutOfBandVersion/{server.name}",
        name="OutOfBandVersion",
        severity=Severity.WARN,
        target=server.name,
        summary=f"runs {server.version or server.commit_id[:7]}, which is in no release",
        holds=server.out_of_band if known else None,
    )


def _stale_source(source: SourceState, now: datetime) -> Finding:
    """A source that waits for a person (not trusted, no right) is a gate's matter and no incident."""
    waits = source.status in (SourceStatus.OFF, SourceStatus.REFUSED, SourceStatus.NEVER)
    silence = "has never answered" if source.freshness.observed_at is None else "no longer answers"
    return Finding(
        alert_id=f"StaleSource/{source.name}",
        name="StaleSource",
        severity=Severity.WARN,
        target=source.name,
        summary=f"{silence}: {source.reason}" if source.reason else silence,
        holds=not waits and not source.freshness.is_fresh(now),
    )


def _alert_of(case: _Case) -> Alert:
    finding = case.finding
    return Alert(
        alert_id=finding.alert_id,
        name=finding.name,
        severity=finding.severity,
        state=AlertState.FIRING if case.fired else AlertState.PENDING,
        target=finding.target,
        summary=finding.summary,
        since=case.since,
        origin=ORIGIN,
        link=finding.link,
    )


def _sentence(rule: ThresholdRule, figure: float) -> str:
    what = f"{rule.metric} in {rule.per}" if rule.per else rule.metric
    shown = f"{figure:.1%}" if rule.per else f"{figure:,.4g}"
    return f"{what} {shown}{'/s' if rule.rate and not rule.per else ''} ({rule.condition.strip()})"


def _numbers(metrics: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    return ((name, float(value)) for name, value in metrics.items())
