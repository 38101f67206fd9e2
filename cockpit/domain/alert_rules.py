"""Which alerts follow from what servers and sources say, and since when."""

import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cockpit.domain.alert import Alert, AlertState
from cockpit.domain.findings import HOLD, Finding, is_well, server_findings, stale_source, threshold_finding
from cockpit.domain.fleet import Health, Server
from cockpit.domain.source_state import SourceState
from cockpit.domain.threshold import Sample, ThresholdRule, measure

ORIGIN = "agent"
"""Who says so: these alerts are the cockpit's own."""


RECOVERING = f"recovering, clears within {HOLD.total_seconds():.0f} s: "
"""Said before what was wrong while an alert still fires and its cause is not seen any more."""


@dataclass(slots=True)
class _Case:
    """What is remembered of a condition between two looks."""

    finding: Finding
    since: datetime
    last_held: datetime
    fired: bool

    @property
    def patience(self) -> timedelta:
        """How long it may be quiet before it is over."""
        return HOLD if self.fired else self.finding.dips

    def is_recovering(self, now: datetime) -> bool:
        """Tell whether it fires though its condition was seen not to hold: it may return, and is not over yet."""
        return self.fired and self.last_held < now

    def is_over(self, now: datetime) -> bool:
        """Tell whether it has been quiet for too long."""
        quiet = now - self.last_held
        return quiet > timedelta() and quiet >= self.patience


class AlertWatch:
    """Judges conditions again and again; remembers since when each holds and the last samples of each server."""

    def __init__(self, rules: Sequence[ThresholdRule]) -> None:
        self._rules = tuple(rules)
        self._cases: dict[str, _Case] = {}
        self._samples: dict[str, tuple[Sample | None, Sample]] = {}
        self._watched_since: datetime | None = None

    def judge(
        self, servers: Sequence[Server], sources: Sequence[SourceState], previous: Sequence[Alert], now: datetime
    ) -> tuple[Alert, ...]:
        """Return the alerts that fire or are pending at `now`; firing ones not among them are over.

        `previous` are the alerts of the last look, also of an agent before this one: they keep their beginning.
        """
        self._watched_since = min(self._watched_since or now, now)
        self._set_back(now)
        self._remember(previous, now)
        findings = {finding.alert_id: finding for finding in self._findings(servers, sources, now)}
        for finding in findings.values():
            self._take(finding, now)
        self._cases = {
            alert_id: case for alert_id, case in self._cases.items() if alert_id in findings and not case.is_over(now)
        }
        self._samples = {server.name: self._samples[server.name] for server in servers if server.name in self._samples}
        return tuple(_alert_of(case, now) for case in self._cases.values())

    def clock_was_set(self, by: timedelta) -> None:
        """Let what is remembered be as long ago as before: no alert fires or ends for a clock that was set."""
        for case in self._cases.values():
            case.since, case.last_held = case.since + by, case.last_held + by
        if self._watched_since is not None:
            self._watched_since += by

    def next_due(self, now: datetime) -> datetime | None:
        """Return when the judgement may change though nothing new is observed; None when it cannot."""
        cases = self._cases.values()
        ends = (case.last_held + case.patience for case in cases)
        beginnings = (case.since + case.finding.wait for case in cases if not case.fired)
        return min((moment for moment in itertools.chain(ends, beginnings) if moment > now), default=None)

    def _set_back(self, now: datetime) -> None:
        """Nothing was seen later than now: a clock that was set back shall not keep cases open until it catches up."""
        for case in self._cases.values():
            case.since, case.last_held = min(case.since, now), min(case.last_held, now)

    def _remember(self, previous: Sequence[Alert], now: datetime) -> None:
        for alert in previous:
            if alert.state is AlertState.FIRING and alert.origin == ORIGIN and alert.alert_id not in self._cases:
                summary = alert.summary.removeprefix(RECOVERING)
                finding = Finding(
                    alert.alert_id, alert.name, alert.severity, alert.target, summary, None, link=alert.link
                )
                self._cases[alert.alert_id] = _Case(finding, min(alert.since, now), now, fired=True)

    def _take(self, finding: Finding, now: datetime) -> None:
        case = self._cases.get(finding.alert_id)
        if finding.holds:
            if case is None:
                case = self._cases[finding.alert_id] = _Case(finding, now, now, fired=False)
            case.finding, case.last_held = finding, now
            case.fired = case.fired or now - case.since >= finding.wait
        elif finding.holds is None and case is not None and case.fired:
            case.last_held = now

    def _findings(self, servers: Sequence[Server], sources: Sequence[SourceState], now: datetime) -> Iterator[Finding]:
        """Yield what may hold, and whatever an open case is about; of thousands of servers most are well."""
        troubled = {case.finding.target for case in self._cases.values()}
        for source in sources:
            yield stale_source(source, self._watched_since or now, now)
        for server in servers:
            if server.name in troubled or not is_well(server, now):
                yield from server_findings(server, now)
            if self._rules:
                yield from self._threshold_findings(server, troubled, now)

    def _threshold_findings(self, server: Server, troubled: Collection[str], now: datetime) -> Iterator[Finding]:
        before, latest = self._sample(server)
        usable = server.health is not Health.DOWN and _are_metrics_fresh(server, now)
        for rule in self._rules:
            figure = measure(rule, before, latest) if usable and latest is not None else None
            if server.name in troubled or (figure is not None and rule.holds(figure)):
                yield threshold_finding(rule, server, figure)

    def _sample(self, server: Server) -> tuple[Sample | None, Sample | None]:
        """Return the last two samples, the second one the newest; two looks at one answer are one sample."""
        before, latest = self._samples.get(server.name, (None, None))
        if server.metrics_at is not None:
            at_s = server.metrics_at.timestamp()
            if latest is None or at_s != latest.at_s:
                before, latest = latest, Sample(at_s, server.metrics)
                self._samples[server.name] = (before, latest)
        return before, latest


def _are_metrics_fresh(server: Server, now: datetime) -> bool:
    """Metrics that the last answers lacked are kept with their age, and count for as long as an answer does."""
    observed_at, expires_at = server.freshness.observed_at, server.freshness.expires_at
    if server.metrics_at is None or not server.freshness.is_fresh(now):
        return False
    return observed_at is None or expires_at is None or now - server.metrics_at < expires_at - observed_at


def _alert_of(case: _Case, now: datetime) -> Alert:
    finding = case.finding
    return Alert(
        alert_id=finding.alert_id,
        name=finding.name,
        severity=finding.severity,
        state=AlertState.FIRING if case.fired else AlertState.PENDING,
        target=finding.target,
        summary=(RECOVERING if case.is_recovering(now) else "") + finding.summary,
        since=case.since,
        origin=ORIGIN,
        link=finding.link,
    )
