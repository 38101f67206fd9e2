"""Small facts for the tests of the cache."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from cockpit.domain.alert import Alert, AlertState, Severity
from cockpit.domain.build import Build, BuildResult
from cockpit.domain.change import Change, Impact
from cockpit.domain.commit import Commit
from cockpit.domain.feature import Feature, FeatureState
from cockpit.domain.fleet import Health, Probe

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that a test moves."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def commit_id(number: int) -> str:
    return hashlib.sha1(str(number).encode(), usedforsecurity=False).hexdigest()


def change(number: int, subject: str = "", **rest: object) -> Change:
    fields: dict[str, object] = {
        "commit_id": commit_id(number),
        "pull_request": number,
        "kind": "fix",
        "scope": "",
        "breaking": False,
        "subject": subject or f"retry part {number}",
        "author": "maria",
        "committed_at": NOON + timedelta(minutes=number),
        "codebase": "api",
        "impact": Impact.NONE,
        "impact_reason": "type fix",
        "contract_touched": False,
    }
    return Change(**(fields | rest))  # type: ignore[arg-type]


def probe(server: str, **rest: object) -> Probe:
    fields: dict[str, object] = {
        "server": server,
        "zone": "eu-1",
        "url": f"http://{server}.example/",
        "health": Health.UP,
        "reason": "",
        "version": "1.0.0",
        "commit_id": commit_id(1),
        "latency_s": 0.01,
        "metrics": {"errors": 1.0},
        "observed_at": NOON,
    }
    return Probe(**(fields | rest))  # type: ignore[arg-type]


def alert(alert_id: str, **rest: object) -> Alert:
    fields: dict[str, object] = {
        "alert_id": alert_id,
        "name": "Errors",
        "severity": Severity.PAGE,
        "state": AlertState.FIRING,
        "target": alert_id,
        "summary": "errors 5 %",
        "since": NOON,
        "origin": "rules",
    }
    return Alert(**(fields | rest))  # type: ignore[arg-type]


def build(number: int, result: BuildResult, name: str = "", started_s: float = 0) -> Build:
    return Build(name or f"build-{number}", commit_id(number), "ci", result, NOON + timedelta(seconds=started_s), 12.0)


def feature(number: int, commits: Iterable[int] = (), rank: int | None = None) -> Feature:
    ids = tuple(commit_id(one) for one in commits)
    state = FeatureState.IN_PROGRESS
    return Feature(f"f{number}", f"Feature {number}", "sales", "now", rank or number, state, "declared", ids)


def history(count: int) -> list[Commit]:
    def raw(number: int) -> bytes:
        return bytes.fromhex(commit_id(number))

    return [
        Commit(raw(n), raw(n - 1) if n else b"", "jon", 1_700_000_000 + n, 1_700_000_000 + n, f"fix: part {n}")
        for n in range(count)
    ]
