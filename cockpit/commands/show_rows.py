"""Rows of `cockpit show` for programs: plain values under the names that show_schema promises."""

from datetime import UTC, datetime

from cockpit.domain.alert import Alert
from cockpit.domain.build import Build
from cockpit.domain.change import Change
from cockpit.domain.feature import Feature
from cockpit.domain.fleet import Server
from cockpit.domain.gate import Gate
from cockpit.domain.overview import BranchHealth

Row = dict[str, object]


def moment(at: datetime | None) -> str | None:
    """Return ISO 8601 in UTC with seconds, or None."""
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def branch_row(health: BranchHealth) -> Row:
    """Return the one row of the branch."""
    state, red = health.state, health.red
    release = state.last_release if state else None
    return {
        "release_branch": state.release_branch if state else "",
        "main_branch": state.main_branch if state else "",
        "verdict": health.verdict.value,
        "reason": health.reason,
        "head": state.head if state else "",
        "head_subject": state.head_subject if state else "",
        "head_author": state.head_author if state else "",
        "head_at": moment(state.head_at) if state else None,
        "ahead": state.ahead if state else None,
        "behind": state.behind if state else None,
        "last_release": release.tag if release else None,
        "oldest_unshipped_at": moment(state.oldest_unshipped_at) if state else None,
        "red_since": moment(red.since) if red else None,
        "red_commit": red.commit_id if red else None,
        "red_author": red.author or None if red else None,
        "red_suspects": red.suspects if red else None,
        "red_s_this_week": round(health.red_s_this_week, 1),
        "coverage": health.coverage,
        "coverage_trend": health.coverage_trend,
        "flaky_share": health.flaky_share,
        "tests_known": health.tests_known,
        "on_duty": health.on_duty,
        "flaky": [
            {
                "test": flaky.test_id,
                "runs": flaky.runs,
                "failures": flaky.failures,
                "flips": flaky.flips,
                "last_outcome": flaky.last_outcome.value,
            }
            for flaky in health.flaky
        ],
        "builds": [build_row(build) for build in health.builds],
    }


def build_row(build: Build) -> Row:
    """Return one build of the branch's row."""
    return {
        "commit": build.commit_id,
        "result": build.result.value,
        "started_at": moment(build.started_at),
        "duration_s": build.duration_s,
        "tests_run": build.tests_run,
        "tests_failed": build.tests_failed,
        "coverage": build.coverage,
        "message": build.message,
        "link": build.link,
    }


def feature_row(feature: Feature) -> Row:
    """Return the row of a feature."""
    return {
        "feature": feature.feature_id,
        "title": feature.title,
        "requester": feature.requester,
        "claimed_urgency": feature.claimed_urgency,
        "rank": feature.rank,
        "state": feature.state.value,
        "state_reason": feature.state_reason,
        "commits": list(feature.commits),
        "link": feature.link,
        "points": feature.backing.points,
        "support": feature.backing.support,
        "ballots": feature.backing.ballots,
    }


def change_row(change: Change) -> Row:
    """Return the row of a change."""
    return {
        "commit": change.commit_id,
        "pull_request": change.pull_request,
        "kind": change.kind,
        "scope": change.scope,
        "breaking": change.breaking,
        "subject": change.subject,
        "author": change.author,
        "committed_at": moment(change.committed_at),
        "codebase": change.codebase,
        "impact": change.impact.value,
        "impact_reason": change.impact_reason,
        "contract_touched": change.contract_touched,
        "feature": change.feature_id,
        "files": change.files,
        "added": change.added,
        "removed": change.removed,
        "build": change.build.value,
        "link": change.link,
        "lane": change.lane,
        "lane_reason": change.lane_reason,
    }


def server_row(server: Server, now: datetime) -> Row:
    """Return the row of a server as it may be shown at `now`."""
    return {
        "server": server.name,
        "zone": server.zone,
        "url": server.url,
        "health": server.health_at(now).value,
        "health_observed": server.health.value,
        "reason": server.reason,
        "version": server.version,
        "commit": server.commit_id,
        "out_of_band": server.out_of_band,
        "digest": server.digest,
        "custody": server.custody.value or None,
        "latency_s": server.latency_s,
        "observed_at": moment(server.freshness.observed_at),
        "expires_at": moment(server.freshness.expires_at),
        "version_at": moment(server.version_at),
        "health_since": moment(server.health_since),
        "metrics": dict(server.metrics),
    }


def alert_row(alert: Alert) -> Row:
    """Return the row of an alert."""
    return {
        "alert": alert.alert_id,
        "name": alert.name,
        "severity": alert.severity.value,
        "state": alert.state.value,
        "target": alert.target,
        "summary": alert.summary,
        "since": moment(alert.since),
        "resolved_at": moment(alert.resolved_at),
        "origin": alert.origin,
        "link": alert.link,
    }


def gate_row(gate: Gate) -> Row:
    """Return the row of a gate."""
    return {
        "gate": gate.gate_id,
        "title": gate.title,
        "verdict": gate.verdict.value,
        "reason": gate.reason,
        "source": gate.source,
        "observed_at": moment(gate.observed_at),
        "who": gate.who,
        "next_step": gate.next_step,
        "link": gate.link,
        "overridden_by": gate.overridden_by,
    }
