"""Fills a cache with the load of the budgets: 10 000 changes, 5 000 servers, 1 000 alerts, 500 features."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cockpit.cache.store import Cache, open_cache
from cockpit.domain.alert import Alert, AlertState, Severity
from cockpit.domain.build import Build, BuildResult, Outcome, TestRun
from cockpit.domain.change import Change, Impact
from cockpit.domain.commit import BranchState, Release
from cockpit.domain.facts import (
    AlertsSeen,
    BranchSeen,
    BuildSeen,
    ChangesSeen,
    FeaturesSeen,
    ProbesSeen,
    ReleasesSeen,
)
from cockpit.domain.feature import Feature, FeatureState
from cockpit.domain.fleet import Health, Probe
from cockpit.domain.freshness import Freshness
from cockpit.domain.source_state import Heartbeat, SourceState, SourceStatus

LIFETIME_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Load:
    """How much there is of everything."""

    changes: int = 10_000
    servers: int = 5_000
    alerts: int = 1_000
    features: int = 500

    def times(self, factor: float) -> "Load":
        """The same load, larger or smaller."""
        return Load(*(max(1, int(n * factor)) for n in (self.changes, self.servers, self.alerts, self.features)))


def fill(path: Path, load: Load) -> Cache:
    """Create the cache in `path` with this load, all of it fresh for a day."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cache = open_cache(path)
    now = datetime.now(UTC)
    git, ci, servers = (cache.sink(name, LIFETIME_S) for name in ("git", "ci", "servers"))
    changes = [change(n, now) for n in range(load.changes)]
    git.put(ReleasesSeen([Release("v1.0.0", commit_id(-1), now - timedelta(days=7))]))
    git.put(branch(changes, now))
    git.put(ChangesSeen(changes))
    for recent in changes[-20:]:
        ci.put(build(recent, now))
    git.put(FeaturesSeen([feature(n) for n in range(load.features)]))
    servers.put(ProbesSeen([probe(n, now) for n in range(load.servers)], complete=True))
    cache.sink("agent", LIFETIME_S).put(AlertsSeen("agent", [alert(n, now) for n in range(load.alerts)]))
    for name in ("git", "ci", "servers", "features"):
        cache.put_source(SourceState(name, SourceStatus.OK, freshness=_fresh(now)), {})
    cache.beat(Heartbeat(1, "bench", "0", "observer", now, _fresh(now)))
    return cache


def commit_id(n: int) -> str:
    return f"{n + 0x1000_0000:08x}" * 5


def change(n: int, now: datetime) -> Change:
    kind = ("feat", "fix", "chore")[n % 3]
    return Change(
        commit_id=commit_id(n),
        pull_request=n,
        kind=kind,
        scope="pay",
        breaking=False,
        subject=f"change number {n} of the train that is about to leave",
        author=("maria", "jon", "李伟", "Анна")[n % 4],
        committed_at=now - timedelta(minutes=n),
        codebase=("api", "web", "payments")[n % 3],
        impact=Impact.USER if kind == "feat" else Impact.NONE,
        impact_reason=f"type {kind}",
        contract_touched=False,
        files=n % 9,
        added=n % 300,
        removed=n % 100,
    )


def branch(changes: list[Change], now: datetime) -> BranchSeen:
    head = changes[-1]
    return BranchSeen(
        BranchState("release", "main", head.commit_id, head.subject, head.author, head.committed_at, 3, 0)
    )


def build(of: Change, now: datetime) -> BuildSeen:
    tests = [TestRun(f"tests.test_{n}", Outcome.PASSED, 0.01) for n in range(200)]
    return BuildSeen(Build(of.commit_id, of.commit_id, "ci", BuildResult.PASSED, now, 61.0, 200, 0, 0.81, True), tests)


def feature(n: int) -> Feature:
    return Feature(f"feature-{n}", f"Feature number {n}", "maria", "high", n + 1, FeatureState.IN_PROGRESS)


def probe(n: int, now: datetime, version: str = "v1.0.0", metrics: dict[str, float] | None = None) -> Probe:
    zone = f"zone-{n % 10}"
    known = metrics or {"requests_total": float(n), "errors_total": 1.0}
    return Probe(f"server-{n:05}", zone, f"http://127.0.0.1:{n}", Health.UP, "", version, None, 0.01, known, now)


def alert(n: int, now: datetime) -> Alert:
    severity = (Severity.PAGE, Severity.WARN, Severity.INFO)[n % 3]
    since = now - timedelta(seconds=n)
    return Alert(f"rule/{n}", "HighErrorRate", severity, AlertState.FIRING, f"server-{n:05}", "errors 2 %", since)


def _fresh(now: datetime) -> Freshness:
    return Freshness(now, now + timedelta(seconds=LIFETIME_S))
