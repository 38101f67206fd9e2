"""One fixed moment of a payments service in release week: what the goldens show."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from memory_feed import MemoryFeed

from cockpit.domain.alert import Alert, AlertState, Severity
from cockpit.domain.build import Build, BuildResult, FlakyTest, Outcome
from cockpit.domain.change import Change, Diff, FileChange, Impact
from cockpit.domain.commit import BranchState, Release
from cockpit.domain.decisions.standing import BallotNow, Standing
from cockpit.domain.feature import Backing, Feature, FeatureState
from cockpit.domain.fleet import Health, Server, VersionShare
from cockpit.domain.freshness import Freshness
from cockpit.domain.gate import Gate
from cockpit.domain.overview import (
    AlertsSummary,
    BoardSummary,
    BranchHealth,
    ChangesSummary,
    FleetSummary,
    Overview,
    ZoneSummary,
)
from cockpit.domain.source_state import Heartbeat, SourceState, SourceStatus
from cockpit.domain.terms import Terms
from cockpit.domain.verdict import Verdict
from cockpit.ui.context import ScreenContext

NOW = datetime(2026, 11, 18, 14, 31, 20, tzinfo=UTC)
TERMS = Terms("payments", "production", "maria")
FRESH = Freshness(NOW - timedelta(seconds=5), NOW + timedelta(minutes=5))
STALE = Freshness(NOW - timedelta(minutes=42), NOW - timedelta(minutes=2))

_CHANGES = (
    (812, "fix", "retry on 502", "jon", "pay", Impact.NONE, 4, 2, 18, 4, BuildResult.RUNNING),
    (
        807,
        "feat",
        "CSV export of settled transactions",
        "maria",
        "web+pay",
        Impact.USER,
        62,
        11,
        412,
        37,
        BuildResult.PASSED,
    ),
    (
        811,
        "refactor",
        "one client for every ledger call",
        "ada",
        "ledger",
        Impact.NONE,
        95,
        23,
        310,
        388,
        BuildResult.PASSED,
    ),
    (809, "feat", "支払い方法の選択画面", "yuki", "web", Impact.USER, 180, 9, 220, 12, BuildResult.FAILED),
    (805, "perf", "cache exchange rates for one minute", "jon", "pay", Impact.NONE, 300, 3, 40, 9, BuildResult.PASSED),
    (None, "chore", "bump the base image", "renovate", "infra", Impact.NONE, 1500, 1, 1, 1, BuildResult.PASSED),
    (803, "feat", "webhooks are signed", "sam", "hooks", Impact.USER, 2900, 14, 530, 88, BuildResult.PASSED),
    (801, "fix", "round half even in statements", "maria", "ledger", Impact.USER, 3100, 4, 33, 20, BuildResult.PASSED),
    (798, "docs", "how to replay a webhook", "sam", "", Impact.NONE, 4300, 1, 80, 0, BuildResult.MISSING),
)

_FEATURES = (
    ("csv-export", "Export to CSV", "finance", "before year end", FeatureState.DEPLOYED, 2),
    ("signed-hooks", "Signed webhooks", "security", "critical", FeatureState.ON_BRANCH, 1),
    ("jp-methods", "Payment methods for Japan", "sales", "deal waits", FeatureState.ON_BRANCH, 1),
    ("refund-api", "Refunds over the API", "partners", "high", FeatureState.IN_PROGRESS, 0),
    ("dark-mode", "Dark mode of the dashboard", "support", "nice to have", FeatureState.NOT_STARTED, 0),
    ("sepa-instant", "SEPA instant", "sales", "urgent", FeatureState.NOT_STARTED, 0),
    ("audit-log", "Audit log for administrators", "security", "medium", FeatureState.IN_PROGRESS, 0),
)


_BALLOTS = (
    BallotNow("ada", ("csv-export", "signed-hooks", "jp-methods", "refund-api")),
    BallotNow("jon", ("csv-export", "jp-methods", "signed-hooks", "refund-api", "dark-mode")),
    BallotNow("sam", ("signed-hooks", "csv-export", "jp-methods", "dark-mode")),
)
_EARLIER = {"csv-export": (("2026-W46", 2), ("2026-W45", 4)), "refund-api": (("2026-W46", 1),)}


def commit_id(number: int) -> str:
    return f"{(number * 2654435761) % 2**28:07x}".ljust(40, "0")


def _changes() -> list[Change]:
    return [
        Change(
            commit_id(number),
            pull,
            kind,
            "",
            False,
            subject,
            author,
            NOW - timedelta(minutes=minutes),
            codebase,
            impact,
            f"type {kind}",
            False,
            "csv-export" if number == 2 else "",
            files,
            added,
            removed,
            build,
            f"https://code.example/payments/commit/{commit_id(number)}",
        )
        for number, (pull, kind, subject, author, codebase, impact, minutes, files, added, removed, build) in enumerate(
            _CHANGES, 1
        )
    ]


def _features() -> list[Feature]:
    return [
        Feature(
            name,
            title,
            who,
            urgency,
            rank,
            state,
            "declared",
            tuple(commit_id(rank + 1) for _ in range(commits)),
            backing=_backing(name),
        )
        for rank, (name, title, who, urgency, state, commits) in enumerate(_FEATURES, 1)
    ]


def _backing(name: str) -> Backing:
    places = [(cast.lead, cast.features.index(name) + 1) for cast in _BALLOTS if name in cast.features]
    dissent = tuple(cast.lead for cast in _BALLOTS if name not in cast.features)
    points = sum(6 - place for _, place in places)
    places.sort(key=lambda one: one[1])
    return Backing(points, tuple(places), dissent, _EARLIER.get(name, ()))


def _servers() -> list[Server]:
    servers = []
    for zone in ("eu-1", "eu-2", "us-1"):
        for number in range(1, 5):
            new = zone == "eu-1" or (zone == "eu-2" and number < 3)
            health = {("eu-1", 3): Health.FAILING, ("us-1", 2): Health.DOWN}.get((zone, number), Health.UP)
            servers.append(
                Server(
                    f"{zone}-{number:02}",
                    zone,
                    f"http://127.0.0.1:80{number:02}",
                    "v1.44.0-dev" if (zone, number) == ("us-1", 4) else "v1.43.0" if new else "v1.42.3",
                    commit_id(number),
                    health,
                    {Health.FAILING: "database pool exhausted", Health.DOWN: "connection refused"}.get(health, ""),
                    None if health is Health.DOWN else 0.012 * number,
                    (zone, number) == ("us-1", 4),
                    FRESH,
                    FRESH.observed_at,
                    NOW - timedelta(minutes=3),
                    {"http_requests_total": 1200.0 * number, "process_resident_memory_bytes": 52428800.0},
                    FRESH.observed_at,
                )
            )
    return servers


def _alerts() -> list[Alert]:
    def alert(name: str, severity: Severity, state: AlertState, target: str, summary: str, minutes: int) -> Alert:
        since = NOW - timedelta(minutes=minutes)
        resolved = NOW - timedelta(minutes=minutes // 2) if state is AlertState.RESOLVED else None
        return Alert(f"{name}/{target}", name, severity, state, target, summary, since, resolved, "servers")

    return [
        alert("HighErrorRate", Severity.PAGE, AlertState.FIRING, "eu-1-03", "errors in requests 0.12 > 0.05", 2),
        alert("ServerDown", Severity.PAGE, AlertState.FIRING, "us-1-02", "connection refused", 3),
        alert("MemoryHigh", Severity.WARN, AlertState.FIRING, "eu-2-01", "memory 1.9 GB > 1.5 GB", 25),
        alert("SlowAnswers", Severity.WARN, AlertState.PENDING, "eu-1-04", "p99 0.8 s > 0.5 s", 1),
        alert("ServerDown", Severity.PAGE, AlertState.RESOLVED, "eu-2-04", "connection refused", 130),
    ]


def _builds() -> list[Build]:
    results = "rpfppppfpppp"
    names = {"r": BuildResult.RUNNING, "p": BuildResult.PASSED, "f": BuildResult.FAILED}
    return [
        Build(
            f"build-{number}",
            commit_id(number),
            "local-ci",
            names[letter],
            NOW - timedelta(minutes=4 + 30 * number),
            None if letter == "r" else 38.0 + number,
            1204,
            2 if letter == "f" else 0,
            0.81,
            letter == "p",
            "2 of 1204 tests failed: test_pay.py::test_retry" if letter == "f" else "",
            f"/var/cache/cockpit/builds/{commit_id(number)}/log.txt",
        )
        for number, letter in enumerate(results, 1)
    ]


def _branch(builds: list[Build]) -> BranchHealth:
    state = BranchState(
        "release",
        "main",
        commit_id(1),
        "fix: retry on 502",
        "jon",
        NOW - timedelta(minutes=4),
        9,
        2,
        Release("v1.42.3", commit_id(99), NOW - timedelta(days=7)),
        NOW - timedelta(minutes=4300),
    )
    flaky = (
        FlakyTest("tests/test_pay.py::test_retry", 40, 6, 7, True, Outcome.PASSED, commit_id(3)),
        FlakyTest("tests/test_hooks.py::test_order", 40, 2, 3, False, Outcome.PASSED, commit_id(7)),
        FlakyTest("tests/test_web.py::test_login", 38, 1, 2, False, Outcome.FAILED, commit_id(9)),
    )
    return BranchHealth(
        Verdict.GO,
        "head builds; 1 204 tests passed",
        state,
        FRESH,
        tuple(builds),
        None,
        2280.0,
        0.81,
        0.012,
        flaky,
        0.0025,
        1204,
        "jon",
    )


def _gates() -> tuple[Gate, ...]:
    return (
        Gate(
            "branch",
            "Release branch",
            Verdict.GO,
            "deployable",
            "git, local-ci",
            FRESH.observed_at,
            "the author of the change",
        ),
        Gate(
            "alerts",
            "Alerts",
            Verdict.NO_GO,
            "2 pages: HighErrorRate eu-1-03",
            "servers",
            FRESH.observed_at,
            "who is on duty: jon",
            "Open the alert, mend the server or roll it back",
        ),
        Gate(
            "coverage",
            "Coverage",
            Verdict.GO,
            "81 % of lines, at least 50 % asked",
            "local-ci",
            FRESH.observed_at,
            "authors",
        ),
        Gate(
            "flakiness",
            "Flaky tests",
            Verdict.GO,
            "0.2 % flaky, at most 20 % allowed",
            "local-ci",
            FRESH.observed_at,
            "authors",
        ),
        Gate("agent", "Agent", Verdict.GO, "alive", "agent", FRESH.observed_at, "anyone: cockpit agent"),
        Gate(
            "evidence",
            "Evidence",
            Verdict.UNKNOWN,
            "ci-reports is stale",
            "ci-reports",
            STALE.observed_at,
            "who looks after the CI",
            "cockpit check",
        ),
    )


def _sources() -> tuple[SourceState, ...]:
    return (
        SourceState(
            "git",
            SourceStatus.OK,
            where="file:///srv/payments.git",
            freshness=FRESH,
            next_try_at=NOW + timedelta(seconds=10),
        ),
        SourceState(
            "servers", SourceStatus.OK, where="12 servers", freshness=FRESH, next_try_at=NOW + timedelta(seconds=5)
        ),
        SourceState(
            "local-ci", SourceStatus.OK, where="make test", freshness=FRESH, next_try_at=NOW + timedelta(seconds=15)
        ),
        SourceState(
            "ci-reports",
            SourceStatus.FAILING,
            "folder /srv/reports is not there",
            "Mount it, or change [ci.reports] folder in cockpit.toml",
            "/srv/reports",
            STALE,
            7,
            NOW - timedelta(minutes=40),
            NOW + timedelta(minutes=2),
        ),
        SourceState(
            "features", SourceStatus.OK, where="features.toml", freshness=FRESH, next_try_at=NOW + timedelta(seconds=15)
        ),
    )


def overview() -> Overview:
    builds = _builds()
    fleet = FleetSummary(
        12,
        ((Health.UP, 10), (Health.FAILING, 1), (Health.DOWN, 1), (Health.UNKNOWN, 0)),
        (VersionShare("v1.43.0", 6, False), VersionShare("v1.42.3", 5, False), VersionShare("v1.44.0-dev", 1, True)),
        (
            ZoneSummary("eu-1", 0, "uufu", b"\0\0\0\0"),
            ZoneSummary("eu-2", 4, "uuuu", b"\0\0\1\1"),
            ZoneSummary("us-1", 8, "uduU", b"\1\1\1\2"),
        ),
        1,
        FRESH,
    )
    return Overview(
        NOW,
        TERMS,
        Verdict.NO_GO,
        _gates(),
        True,
        Heartbeat(4242, "ci-1", "0.1.0", "observer", NOW - timedelta(hours=3), FRESH),
        _branch(builds),
        BoardSummary(7, (("deployed", 1), ("on the branch", 2), ("in progress", 2), ("not started", 2)), FRESH),
        ChangesSummary(9, 4, 5, 0, 1, "v1.42.3", FRESH),
        fleet,
        AlertsSummary(2, 1, 0, 1, 1, "HighErrorRate eu-1-03", ()),
        _sources(),
        "",
        NOW + timedelta(minutes=5),
        standing=Standing(voted_train="2026-W47", ballots=_BALLOTS),
    )


PATCH = """diff --git a/pay/retry.py b/pay/retry.py
index 1111111..2222222 100644
--- a/pay/retry.py
+++ b/pay/retry.py
@@ -10,8 +10,10 @@ def charge(card, amount):
     client = Client(timeout=3)
-    answer = client.post("/charge", card, amount)
-    if answer.status == 500:
+    answer = client.post("/charges", card, amount, idempotency_key=key)
+    if answer.status in (500, 502):
+        log.info("asked again after %s", answer.status)
         return retry(client, card, amount)
     return answer.json()

 def refund(card):
diff --git a/docs/logo.png b/docs/logo.png
index 3333333..4444444 100644
Binary files a/docs/logo.png and b/docs/logo.png differ
diff --git a/tests/test_retry.py b/tests/test_retry.py
new file mode 100644
index 0000000..5555555
--- /dev/null
+++ b/tests/test_retry.py
@@ -0,0 +1,4 @@
+from pay.retry import charge
+
+def test_asks_again_after_502(server):
+    assert charge("4242", 100).ok
"""


def diff() -> Diff:
    files = (
        FileChange("pay/retry.py", "", "M", 3, 2),
        FileChange("docs/logo.png", "", "M", None, None),
        FileChange("tests/test_retry.py", "", "A", 4, 0),
    )
    return Diff(commit_id(1), files, PATCH, "fix: retry on 502 (#812)\n\nThe gateway answers 502 while it restarts.")


def feed() -> MemoryFeed:
    return MemoryFeed(overview(), _changes(), _features(), _servers(), _alerts(), _builds(), {commit_id(1): diff()})


def context(**changes: object) -> ScreenContext:
    given = ScreenContext(clock=lambda: NOW, zone=timezone(timedelta(hours=1)), version="0.1.0")
    return replace(given, **changes)  # type: ignore[arg-type]
