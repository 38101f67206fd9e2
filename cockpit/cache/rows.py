"""Rows of the cache as the domain's dataclasses, and back."""

import json
from datetime import datetime
from functools import lru_cache
from typing import Any

from cockpit.cache.moments import from_us, to_us
from cockpit.domain.alert import Alert, AlertState, Severity
from cockpit.domain.build import Build, BuildResult, FlakyTest, Outcome, TestRun
from cockpit.domain.change import Change, Diff, FileChange, Impact
from cockpit.domain.commit import BranchState, Release
from cockpit.domain.custody import Custody
from cockpit.domain.feature import NO_BACKING, Backing, Feature, FeatureState
from cockpit.domain.fleet import Health, Server
from cockpit.domain.freshness import Freshness
from cockpit.domain.source_state import Heartbeat, SourceState, SourceStatus

Row = tuple[Any, ...]

CHANGE_COLUMNS = (
    "commit_id, pull_request, kind, scope, breaking, subject, author, committed_at, codebase, impact, impact_reason,"
    " contract_touched, feature_id, files, added, removed, build, link"
)
LANE_COLUMNS = "coalesce(lane, ''), coalesce(lanes.reason, ''), coalesce(patch_id, '')"
"""What decisions and patches add to a row of CHANGE_COLUMNS."""
LANE_TABLES = "LEFT JOIN lanes USING (commit_id) LEFT JOIN patches USING (commit_id)"
BUILD_COLUMNS = (
    "build_id, commit_id, origin, result, started_at, duration_s, tests_run, tests_failed, coverage, contract_passed,"
    " message, link"
)
ASKED_COLUMNS = "feature_id, title, requester, claimed_urgency, rank, state, state_reason, commits, link"
FEATURE_COLUMNS = f"{ASKED_COLUMNS}, backing"
ALERT_COLUMNS = "alert_id, name, severity, state, target, summary, since, resolved_at, origin, link"
SERVER_COLUMNS = (
    "name, zone, url, version, commit_id, health, reason, latency_s, out_of_band, version_at, health_since, metrics,"
    " metrics_at, stamps.observed_at, stamps.expires_at, digest, custody"
)
SERVER_TABLES = "servers JOIN readings USING (server_id) LEFT JOIN stamps USING (stamp_id)"
SOURCE_COLUMNS = "name, status, reason, next_step, place, observed_at, expires_at, failures, failing_since, next_try_at"
HEARTBEAT_COLUMNS = "pid, host, version, mode, started_at, observed_at, expires_at"
FLAKY_COLUMNS = "test_id, runs, failures, flips, both_on_one_commit, last_outcome, last_flip_commit"


def change_row(change: Change) -> Row:
    """Return the values of CHANGE_COLUMNS."""
    return (
        change.commit_id,
        change.pull_request,
        change.kind,
        change.scope,
        int(change.breaking),
        change.subject,
        change.author,
        to_us(change.committed_at),
        change.codebase,
        change.impact.value,
        change.impact_reason,
        int(change.contract_touched),
        change.feature_id,
        change.files,
        change.added,
        change.removed,
        change.build.value,
        change.link,
    )


def change_of(row: Row) -> Change:
    """Return the change of a row of CHANGE_COLUMNS, with or without those of LANE_COLUMNS and its place."""
    values: list[Any] = list(row)
    values[4], values[7], values[11] = bool(row[4]), from_us(row[7]), bool(row[11])
    values[9], values[16] = Impact(row[9]), BuildResult(row[16])
    return Change(*values)


def build_row(build: Build) -> Row:
    """Return the values of BUILD_COLUMNS."""
    return (
        build.build_id,
        build.commit_id,
        build.origin,
        build.result.value,
        to_us(build.started_at),
        build.duration_s,
        build.tests_run,
        build.tests_failed,
        build.coverage,
        None if build.contract_passed is None else int(build.contract_passed),
        build.message,
        build.link,
    )


def build_of(row: Row) -> Build:
    """Return the build of a row of BUILD_COLUMNS."""
    values: list[Any] = list(row)
    values[3], values[4] = BuildResult(row[3]), from_us(row[4])
    values[9] = None if row[9] is None else bool(row[9])
    return Build(*values)


def failed_in(body: str) -> list[TestRun]:
    """Return the tests of a row of `test_runs` that failed in the end: of one run again, the last run counts."""
    last = {run[0]: run for run in json.loads(body)}
    runs = (TestRun(run[0], Outcome(run[1]), *run[2:]) for run in last.values())
    return [run for run in runs if run.outcome is Outcome.FAILED]


def feature_row(feature: Feature) -> Row:
    """Return the values of FEATURE_COLUMNS."""
    return (
        feature.feature_id,
        feature.title,
        feature.requester,
        feature.claimed_urgency,
        feature.rank,
        feature.state.value,
        feature.state_reason,
        " ".join(feature.commits),
        feature.link,
        _backing_text(feature.backing),
    )


def feature_of(row: Row) -> Feature:
    """Return the feature of a row of FEATURE_COLUMNS, or of ASKED_COLUMNS alone."""
    values: list[Any] = list(row)
    values[5], values[7] = FeatureState(row[5]), tuple(row[7].split())
    values[9:] = map(_backing_of, values[9:])
    return Feature(*values)


def _backing_text(backing: Backing) -> str:
    if backing == NO_BACKING:
        return ""
    return json.dumps([backing.points, backing.places, backing.dissent, backing.earlier], ensure_ascii=False)


def _backing_of(text: str) -> Backing:
    if not text:
        return NO_BACKING
    points, places, dissent, earlier = json.loads(text)
    return Backing(points, tuple(map(tuple, places)), tuple(dissent), tuple(map(tuple, earlier)))


def alert_row(alert: Alert) -> Row:
    """Return the values of ALERT_COLUMNS."""
    return (
        alert.alert_id,
        alert.name,
        alert.severity.value,
        alert.state.value,
        alert.target,
        alert.summary,
        to_us(alert.since),
        to_us(alert.resolved_at),
        alert.origin,
        alert.link,
    )


def alert_of(row: Row) -> Alert:
    """Return the alert of a row of ALERT_COLUMNS."""
    return Alert(
        row[0],
        row[1],
        Severity(row[2]),
        AlertState(row[3]),
        row[4],
        row[5],
        from_us(row[6]),
        from_us(row[7]),
        row[8],
        row[9],
    )


_METRICS = json.JSONDecoder()
_HEALTHS = {health.value: health for health in Health}
_CUSTODIES = {custody.value: custody for custody in Custody}
"""Asked of thousands of servers at once: an enum takes several times as long to find its member."""


def server_of(row: Row) -> Server:
    """Return the server of a row of SERVER_COLUMNS; times that its last answer confirmed are that answer's."""
    name, zone, url, version, commit_id, health, reason, latency_s, out_of_band, version_at, health_since = row[:11]
    metrics = _METRICS.raw_decode(row[11])[0]
    freshness = _freshness(row[13], row[14])
    return Server(
        name=name,
        zone=zone,
        url=url,
        version=version,
        commit_id=commit_id,
        health=_HEALTHS[health],
        reason=reason,
        latency_s=latency_s,
        out_of_band=bool(out_of_band),
        freshness=freshness,
        version_at=_confirmed(version_at, freshness) if version else None,
        health_since=from_us(health_since),
        metrics=metrics,
        metrics_at=_confirmed(row[12], freshness) if metrics else None,
        digest=row[15],
        custody=_CUSTODIES[row[16]],
    )


@lru_cache(maxsize=64)
def _freshness(observed_at: int | None, expires_at: int | None) -> Freshness:
    """Thousands of servers that were asked together share it."""
    return Freshness(from_us(observed_at), from_us(expires_at))


def _confirmed(own_at: int | None, freshness: Freshness) -> datetime | None:
    return freshness.observed_at if own_at is None else from_us(own_at)


def source_row(state: SourceState) -> Row:
    """Return the values of SOURCE_COLUMNS."""
    return (
        state.name,
        state.status.value,
        state.reason,
        state.next_step,
        state.where,
        to_us(state.freshness.observed_at),
        to_us(state.freshness.expires_at),
        state.failures,
        to_us(state.failing_since),
        to_us(state.next_try_at),
    )


def source_of(row: Row) -> SourceState:
    """Return the source of a row of SOURCE_COLUMNS."""
    freshness = Freshness(from_us(row[5]), from_us(row[6]))
    return SourceState(
        row[0], SourceStatus(row[1]), row[2], row[3], row[4], freshness, row[7], from_us(row[8]), from_us(row[9])
    )


def heartbeat_row(heartbeat: Heartbeat) -> Row:
    """Return the values of HEARTBEAT_COLUMNS."""
    return (
        heartbeat.pid,
        heartbeat.host,
        heartbeat.version,
        heartbeat.mode,
        to_us(heartbeat.started_at),
        to_us(heartbeat.freshness.observed_at),
        to_us(heartbeat.freshness.expires_at),
    )


def heartbeat_of(row: Row) -> Heartbeat:
    """Return the heartbeat of a row of HEARTBEAT_COLUMNS."""
    freshness = Freshness(from_us(row[5]), from_us(row[6]))
    return Heartbeat(row[0], row[1], row[2], row[3], from_us(row[4]), freshness)


def flaky_of(row: Row) -> FlakyTest:
    """Return the flaky test of a row of FLAKY_COLUMNS."""
    return FlakyTest(row[0], row[1], row[2], row[3], bool(row[4]), Outcome(row[5]), row[6])


def release_of(row: Row) -> Release:
    """Return the release of (tag, commit_id, released_at)."""
    return Release(row[0], row[1], from_us(row[2]))


def branch_body(state: BranchState) -> str:
    """Return the state of the branch as one text."""
    release = state.last_release
    return json.dumps(
        {
            "release_branch": state.release_branch,
            "main_branch": state.main_branch,
            "head": state.head,
            "head_subject": state.head_subject,
            "head_author": state.head_author,
            "head_at": to_us(state.head_at),
            "ahead": state.ahead,
            "behind": state.behind,
            "last_release": release and [release.tag, release.commit_id, to_us(release.released_at)],
            "oldest_unshipped_at": to_us(state.oldest_unshipped_at),
            "history_complete": state.history_complete,
            "remark": state.remark,
            "link": state.link,
        }
    )


def branch_of(body: str) -> BranchState:
    """Return the state of the branch from its text."""
    fields = json.loads(body)
    release = fields.pop("last_release")
    head_at, oldest_at = fields.pop("head_at"), fields.pop("oldest_unshipped_at")
    return BranchState(
        **fields,
        head_at=from_us(head_at),
        oldest_unshipped_at=from_us(oldest_at),
        last_release=release and release_of(tuple(release)),
    )


def diff_row(diff: Diff) -> Row:
    """Return commit_id, files, patch, message, truncated."""
    files = [(f.path, f.old_path, f.status, f.added, f.removed) for f in diff.files]
    return diff.commit_id, json.dumps(files), diff.patch, diff.message, diff.truncated


def diff_of(row: Row) -> Diff:
    """Return the diff of a row as `diff_row` makes it."""
    return Diff(row[0], tuple(FileChange(*file) for file in json.loads(row[1])), *row[2:])
