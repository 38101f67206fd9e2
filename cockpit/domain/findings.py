"""What is found wrong with one server or source at one look, whatever was found before."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from cockpit.domain.alert import Severity
from cockpit.domain.commit import SHORT
from cockpit.domain.custody import Custody
from cockpit.domain.fleet import Health, Server
from cockpit.domain.record import record
from cockpit.domain.source_state import SourceState, SourceStatus
from cockpit.domain.threshold import ThresholdRule

HOLD = timedelta(seconds=15)
"""How long a condition has to be quiet before its alert is over: what flaps every second is one incident."""

DOWN_FOR = timedelta(seconds=10)
"""How long a server has to be silent before somebody is called: a restart is no incident."""

STALE_FOR = timedelta(seconds=15)
"""How long a source has to be stale before it is an alert: one answer that fails is none."""

ASKED_WITHIN = timedelta(seconds=30)
"""By then an agent that started has asked every source at least once, or cannot."""

OWN_NAMES = frozenset({"ServerDown", "HealthCheckFailing", "OutOfBandVersion", "DigestMismatch", "StaleSource"})
"""Names of the cockpit's own alerts; no rule of a team may take one."""

DIGEST_SHOWN = len("sha256:") + 12
"""Characters of a digest that are enough to tell it from others."""


@record(frozen=True, slots=True)
class Finding:
    """A condition that was looked at; `holds` is None when it could not be judged."""

    alert_id: str
    name: str
    severity: Severity
    target: str
    summary: str
    holds: bool | None
    wait: timedelta = timedelta()
    """How long it has to hold before it fires."""
    dips: timedelta = timedelta()
    """How long it may be quiet meanwhile and still counts as holding on."""
    link: str = ""


def is_well(server: Server, now: datetime) -> bool:
    """Tell whether nothing at all is wrong with what the server said, so that no finding holds."""
    is_released = not server.out_of_band and server.custody is not Custody.MISMATCH
    return server.health is Health.UP and is_released and server.freshness.is_fresh(now)


def server_findings(server: Server, now: datetime) -> Iterator[Finding]:
    """Judge what the server said of itself; nothing can be said once that has expired."""
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
        dips=HOLD,
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
        summary=f"runs {server.version or server.commit_id[:SHORT]}, which is in no release",
        holds=server.out_of_band if known else None,
    )
    yield Finding(
        alert_id=f"DigestMismatch/{server.name}",
        name="DigestMismatch",
        severity=Severity.PAGE,
        target=server.name,
        summary=f"runs {server.digest[:DIGEST_SHOWN]} as {server.version}, which is not what the release recorded",
        holds=server.custody is Custody.MISMATCH if known else None,
    )


def threshold_finding(rule: ThresholdRule, server: Server, figure: float | None) -> Finding:
    """Judge one figure of one server by the team's rule; None is a figure that could not be measured."""
    return Finding(
        alert_id=f"{rule.name}/{server.name}",
        name=rule.name,
        severity=rule.severity,
        target=server.name,
        summary="" if figure is None else rule.told(figure),
        holds=None if figure is None else rule.holds(figure),
        wait=timedelta(seconds=rule.for_s),
        link=rule.link,
    )


def stale_source(source: SourceState, watched_since: datetime, now: datetime) -> Finding:
    """Judge how old the last good answer is.

    A source that waits for a person (not trusted, no right) is a gate's matter and no incident. One whose last answer
    was good may be stale because nobody asked: an agent that began to watch a moment ago asks it first.
    """
    waits = source.status in (SourceStatus.OFF, SourceStatus.REFUSED, SourceStatus.NEVER)
    unasked = source.status is SourceStatus.OK and now - watched_since < ASKED_WITHIN
    silence = "has never answered" if source.freshness.observed_at is None else "no longer answers"
    return Finding(
        alert_id=f"StaleSource/{source.name}",
        name="StaleSource",
        severity=Severity.WARN,
        target=source.name,
        summary=f"{silence}: {source.reason}" if source.reason else silence,
        holds=not waits and not unasked and not source.freshness.is_fresh(now),
        wait=STALE_FOR,
        dips=HOLD,
    )
