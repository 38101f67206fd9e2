"""What is put into the cache comes out of it, once, and what says nothing new is not written again."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cache_world import NOON, Clock, alert, build, change, commit_id, feature, history, probe

from cockpit.cache.feed import CacheFeed, open_feed
from cockpit.cache.pane_reader import QUICK_ROWS
from cockpit.cache.put_history import COMMITS_A_STATEMENT, COMMITS_A_STEP, DIFFS_KEPT
from cockpit.cache.store import Cache, CacheSink, open_cache
from cockpit.domain.alert import AlertState, Severity
from cockpit.domain.alert_rules import RECOVERING
from cockpit.domain.build import BuildResult, Outcome, TestRun
from cockpit.domain.change import Diff, FileChange
from cockpit.domain.commit import BranchState, Release
from cockpit.domain.facts import (
    AlertsSeen,
    BranchSeen,
    BuildSeen,
    ChangesSeen,
    CommitsSeen,
    DiffSeen,
    FeaturesSeen,
    PathsSeen,
    ProbesSeen,
    ReleasesSeen,
    SizesSeen,
)
from cockpit.domain.fleet import Health
from cockpit.domain.freshness import Freshness
from cockpit.domain.source_state import Heartbeat, SourceState, SourceStatus
from cockpit.domain.terms import Terms
from cockpit.domain.verdict import Verdict
from cockpit.ui.feed import Feed, Query


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "cache.db"


@pytest.fixture
def cache(path: Path, clock: Clock) -> Iterator[Cache]:
    cache = open_cache(path, clock=clock)
    yield cache
    cache.close()
    cache.close()


@pytest.fixture
def sink(cache: Cache) -> CacheSink:
    return cache.sink("git", 60)


@pytest.fixture
def feed(path: Path, clock: Clock) -> Iterator[CacheFeed]:
    feed = open_feed(path, lambda: Terms("payments"), clock=clock)
    yield feed
    feed.close()


def rows_written(path: Path) -> dict[str, int]:
    connection = sqlite3.connect(path)
    tables = dict(connection.execute("SELECT name, revision FROM tables").fetchall())
    connection.close()
    return tables


def listed(feed: Feed, query: Query = Query()) -> list[str]:  # noqa: B008 - frozen
    return [row.commit_id for row in feed.changes.fetch(feed.changes.order(query)) if row]


def test_changes_come_back_whole_and_newest_first(sink: CacheSink, feed: CacheFeed) -> None:
    changes = [change(n, breaking=bool(n % 2), pull_request=None if n == 1 else n, added=n, files=1) for n in range(5)]
    sink.put(ChangesSeen(changes))
    assert feed.changes.order(Query()) == range(4, -1, -1)
    assert feed.changes.fetch(range(5)) == changes


def test_a_change_that_left_the_list_is_gone_and_the_others_close_the_gap(sink: CacheSink, feed: CacheFeed) -> None:
    sink.put(ChangesSeen([change(n) for n in range(5)]))
    before = feed.changes.revision()
    sink.put(ChangesSeen([change(n) for n in (1, 3, 4, 9)]))
    assert listed(feed) == [commit_id(n) for n in (9, 4, 3, 1)]
    assert feed.changes.number_of(commit_id(0)) is None
    assert feed.changes.number_of(commit_id(9)) == 3
    assert feed.changes.revision() > before


def test_orders_of_long_lists_are_quick_once_they_are_known(sink: CacheSink, feed: CacheFeed) -> None:
    assert feed.changes.is_quick(Query("retry"))
    sink.put(ChangesSeen([change(n) for n in range(QUICK_ROWS)]))
    assert feed.changes.is_quick(Query("retry"))
    sink.put(ChangesSeen([change(n) for n in range(QUICK_ROWS + 1)]))
    assert feed.changes.is_quick(Query())
    assert not feed.changes.is_quick(Query("retry"))
    assert len(feed.changes.order(Query("retry"))) == QUICK_ROWS + 1
    assert feed.changes.is_quick(Query("RETRY"))
    assert not feed.changes.is_quick(Query(sort="author"))


def test_what_is_known_already_is_not_written_again(cache: Cache, sink: CacheSink, path: Path, clock: Clock) -> None:
    batches = [
        CommitsSeen(history(50)),
        ReleasesSeen([Release("v1.0.0", commit_id(1), NOON)]),
        BranchSeen(BranchState("release", "main", commit_id(9), last_release=Release("v1.0.0", commit_id(1), NOON))),
        ChangesSeen([change(n) for n in range(9)]),
        SizesSeen({commit_id(2): (3, 10, None)}),
        PathsSeen({commit_id(2): ("a.py",)}),
        BuildSeen(build(2, BuildResult.PASSED), [TestRun("t", Outcome.PASSED)]),
        FeaturesSeen([feature(1, [2])]),
        ProbesSeen([probe("a"), probe("b")], complete=True),
        AlertsSeen("rules", [alert("x")]),
        DiffSeen(Diff(commit_id(2), (FileChange("a.py", "", "M", 1, 0),), "+x", "fix: x")),
    ]
    for batch in batches:
        sink.put(batch)
    before = rows_written(path)
    clock.forward(5)
    for batch in batches:
        sink.put(batch)
    moved = {table for table, revision in rows_written(path).items() if revision != before[table]}
    assert moved == {"stamps"}


def test_every_commit_of_a_batch_is_stored_whatever_steps_it_takes(sink: CacheSink, path: Path) -> None:
    commits = history(COMMITS_A_STEP + COMMITS_A_STATEMENT + 1)
    sink.put(CommitsSeen(commits[:7]))
    sink.put(CommitsSeen(commits))
    with closing(sqlite3.connect(path)) as connection:
        stored = connection.execute("SELECT * FROM commits").fetchall()
    assert sorted(row[:6] for row in stored) == sorted(commits)
    assert {row[6] for row in stored[:7]} < {row[6] for row in stored}


def test_unchanged_servers_are_renewed_by_one_row(cache: Cache, path: Path, clock: Clock) -> None:
    sink = cache.sink("servers", 30)
    sink.put(ProbesSeen([probe(f"s{n:04}") for n in range(500)], complete=True))
    clock.forward(5)
    later = NOON + timedelta(seconds=5)
    sink.put(ProbesSeen([probe(f"s{n:04}", observed_at=later) for n in range(500)], complete=True))
    connection = sqlite3.connect(path)
    newest = connection.execute("SELECT max(revision) FROM tables").fetchall()[0][0]
    changed = {
        table: connection.execute(f"SELECT count(*) FROM {table} WHERE revision = ?", (newest,)).fetchall()[0][0]  # noqa: S608
        for table in ("servers", "readings", "stamps")
    }
    connection.close()
    assert changed == {"servers": 0, "readings": 0, "stamps": 1}
    assert {server.freshness.observed_at for server in cache.servers()} == {later}


def test_each_server_keeps_the_age_of_its_own_last_answer(cache: Cache, clock: Clock) -> None:
    sink = cache.sink("servers", 30)
    sink.put(ProbesSeen([probe("a"), probe("b"), probe("c")], complete=True))
    later = NOON + timedelta(seconds=7)
    sink.put(ProbesSeen([probe("b", observed_at=later)]))
    observed = {server.name: server.freshness.observed_at for server in cache.servers()}
    assert observed == {"a": NOON, "b": later, "c": NOON}
    sink.put(ProbesSeen([probe(name, observed_at=later) for name in "abc"], complete=True))
    assert {server.freshness.observed_at for server in cache.servers()} == {later}


def test_a_version_that_was_not_told_again_stays_with_its_age(cache: Cache) -> None:
    sink = cache.sink("servers", 30)
    sink.put(ProbesSeen([probe("a")]))
    for seconds in (5, 10):
        at = NOON + timedelta(seconds=seconds)
        silent = probe("a", health=Health.DOWN, reason="refused", version=None, metrics=None, observed_at=at)
        sink.put(ProbesSeen([silent]))
    (server,) = cache.servers()
    assert (server.version, server.version_at, server.metrics_at) == ("1.0.0", NOON, NOON)
    assert server.metrics == {"errors": 1.0}
    assert (server.health, server.health_since) == (Health.DOWN, NOON + timedelta(seconds=5))
    assert server.freshness.observed_at == NOON + timedelta(seconds=10)


def test_servers_stand_in_order_of_zone_and_name_and_leave_with_a_complete_round(cache: Cache, feed: CacheFeed) -> None:
    sink = cache.sink("servers", 30)
    sink.put(ProbesSeen([probe("b", zone="us"), probe("z", zone="eu"), probe("a", zone="us")], complete=True))
    assert [server.name for server in cache.servers()] == ["z", "a", "b"]
    sink.put(ProbesSeen([probe("b", zone="us"), probe("m", zone="eu")], complete=True))
    assert [server and server.name for server in feed.servers.fetch(feed.servers.order(Query()))] == ["m", "b"]


def test_a_server_at_a_version_nobody_released_is_out_of_band(cache: Cache, sink: CacheSink) -> None:
    odd = [probe("odd", version="9.9", commit_id=commit_id(7)), probe("tag"), probe("bare", version="v1.0.0")]
    by_commit = probe("by-commit", version="build 77", commit_id=commit_id(1)[:9])
    sink.put(ProbesSeen([*odd, by_commit], complete=True))
    assert not any(server.out_of_band for server in cache.servers())
    sink.put(ReleasesSeen([Release("v1.0.0", commit_id(1), NOON)]))
    assert {server.name: server.out_of_band for server in cache.servers()} == {
        "odd": True,
        "tag": False,
        "bare": False,
        "by-commit": False,
    }
    sink.put(ReleasesSeen([Release("v1.0.0", commit_id(1), NOON), Release("9.9", commit_id(7), NOON)]))
    assert not any(server.out_of_band for server in cache.servers())


def test_a_change_bears_the_build_the_size_and_the_feature_that_other_facts_tell(
    sink: CacheSink, feed: CacheFeed
) -> None:
    sink.put(SizesSeen({commit_id(1): (2, 10, 3)}))
    sink.put(BuildSeen(build(1, BuildResult.FAILED)))
    sink.put(ChangesSeen([change(1), change(2)]))
    sink.put(FeaturesSeen([feature(7, [2])]))
    first, second = feed.changes.fetch([0, 1])
    assert first == change(1, files=2, added=10, removed=3, build=BuildResult.FAILED)
    assert second == change(2, feature_id="f7")
    sink.put(FeaturesSeen([]))
    sink.put(ChangesSeen([change(1), change(2)]))
    assert feed.changes.fetch([0, 1]) == [first, change(2)]


def test_a_build_that_still_runs_does_not_hide_what_an_earlier_one_said(sink: CacheSink, feed: CacheFeed) -> None:
    sink.put(ChangesSeen([change(1)]))
    sink.put(BuildSeen(build(1, BuildResult.RUNNING, "only")))
    assert feed.changes.fetch([0])[0] == change(1, build=BuildResult.RUNNING)
    sink.put(BuildSeen(build(1, BuildResult.PASSED, "only")))
    sink.put(BuildSeen(build(1, BuildResult.RUNNING, "again", started_s=60)))
    assert feed.changes.fetch([0])[0] == change(1, build=BuildResult.PASSED)
    sink.put(BuildSeen(build(1, BuildResult.FAILED, "again", started_s=60)))
    assert feed.changes.fetch([0])[0] == change(1, build=BuildResult.FAILED)
    assert [one.build_id for one in feed.builds()] == ["again", "only"]


def test_a_report_written_again_in_place_leaves_the_failure_before_it_known(
    sink: CacheSink, feed: CacheFeed, clock: Clock
) -> None:
    def reported(outcome: Outcome, result: BuildResult, started_s: float) -> BuildSeen:
        return BuildSeen(build(1, result, "in place", started_s), [TestRun("test_pay", outcome)])

    sink.put(BranchSeen(BranchState("release", "main", commit_id(1))))
    sink.put(ChangesSeen([change(1)]))
    clock.forward(40)
    sink.put(reported(Outcome.FAILED, BuildResult.FAILED, 0))
    sink.put(reported(Outcome.PASSED, BuildResult.PASSED, 36))
    branch = feed.overview().branch
    assert (branch.verdict, branch.red, branch.red_s_this_week) == (Verdict.GO, None, 36)
    assert [(test.test_id, test.both_on_one_commit) for test in branch.flaky] == [("test_pay", True)]
    assert feed.changes.fetch([0])[0] == change(1, build=BuildResult.PASSED)


def test_an_alert_that_is_no_longer_named_is_resolved_and_fades_after_a_day(cache: Cache, clock: Clock) -> None:
    sink = cache.sink("rules", 60)
    pending = alert("p", state=AlertState.PENDING)
    sink.put(AlertsSeen("rules", [alert("a"), alert("b"), pending]))
    sink.put(AlertsSeen("others", [alert("o", origin="others")]))
    clock.forward(60)
    sink.put(AlertsSeen("rules", [alert("a")]))
    alerts = {one.alert_id: one for one in cache.alerts()}
    assert alerts["b"] == replace(alert("b"), state=AlertState.RESOLVED, resolved_at=clock())
    assert alerts["o"].state is AlertState.FIRING
    assert "p" not in alerts
    again = alert("b", since=clock())
    sink.put(AlertsSeen("rules", [alert("a"), again]))
    assert again in cache.alerts()
    sink.put(AlertsSeen("rules", [alert("a")]))
    clock.forward(86_401)
    sink.put(AlertsSeen("rules", [alert("a")]))
    assert {one.alert_id for one in cache.alerts()} == {"a", "o"}


def test_an_alert_that_is_over_is_not_said_to_recover(cache: Cache) -> None:
    sink, recovering = cache.sink("rules", 60), replace(alert("a"), summary=f"{RECOVERING}errors 0.12 > 0.05")
    sink.put(AlertsSeen("rules", [recovering]))
    assert cache.alerts()[0].summary == recovering.summary
    sink.put(AlertsSeen("rules", []))
    assert cache.alerts()[0].summary == "errors 0.12 > 0.05"


def test_firing_alerts_stand_first_the_worst_before_the_newest_and_resolved_ones_last(
    cache: Cache, feed: CacheFeed
) -> None:
    earlier = NOON - timedelta(hours=1)
    old, new = alert("old", severity=Severity.WARN, since=earlier), alert("new", severity=Severity.WARN)
    page = alert("page", severity=Severity.PAGE, since=earlier)
    info = alert("info", severity=Severity.INFO)
    pending = alert("pending", severity=Severity.PAGE, state=AlertState.PENDING)
    over = alert("over", severity=Severity.INFO, state=AlertState.RESOLVED, resolved_at=NOON)
    over_before = alert("before", severity=Severity.PAGE, state=AlertState.RESOLVED, resolved_at=earlier)
    cache.sink("rules", 60).put(AlertsSeen("rules", [over_before, over, info, old, pending, new, page]))
    ordered = feed.alerts.fetch(feed.alerts.order(Query()))
    assert ordered == [page, new, old, info, pending, over, over_before]


def test_tests_that_change_their_mind_are_flaky_until_their_builds_are_old(sink: CacheSink, path: Path) -> None:
    sink.put(CommitsSeen(history(30)))
    sink.put(BranchSeen(BranchState("release", "main", commit_id(29))))
    outcomes = [Outcome.PASSED, Outcome.FAILED]
    for number in range(20, 26):
        tests = [TestRun("steady", Outcome.PASSED), TestRun("moody", outcomes[number % 2])]
        sink.put(BuildSeen(build(number, BuildResult.PASSED, started_s=number), tests))
    connection = sqlite3.connect(path)
    flaky = connection.execute("SELECT test_id, flips, last_flip_commit FROM flaky").fetchall()
    connection.close()
    assert flaky == [("moody", 5, commit_id(25))]


def test_only_the_newest_diffs_are_kept(sink: CacheSink, feed: CacheFeed) -> None:
    diffs = [Diff(commit_id(n), (FileChange("a", "", "M", None, None),), "+é", "m") for n in range(DIFFS_KEPT + 5)]
    for diff in diffs:
        sink.put(DiffSeen(diff))
    assert feed.diff(commit_id(4)) is None
    assert feed.diff(commit_id(5)) == diffs[5]


def test_sources_keep_their_cursor_until_they_leave_another(cache: Cache) -> None:
    state = SourceState("git", SourceStatus.OK, where="here", freshness=Freshness(NOON, NOON + timedelta(seconds=60)))
    failing = replace(state, status=SourceStatus.FAILING, reason="reset", failures=2, failing_since=NOON)
    cache.put_source(state, {"etag": "1"})
    cache.put_source(failing)
    cache.put_source(SourceState("old", SourceStatus.OK), {})
    assert cache.cursor("git") == {"etag": "1"}
    assert cache.cursor("unknown") == {}
    cache.forget_sources(["git"])
    assert cache.sources() == [failing]


def test_filter_finds_every_word_in_any_case_and_its_inverse_the_rest(sink: CacheSink, feed: CacheFeed) -> None:
    sink.put(ChangesSeen([change(0, "Überweisung retry"), change(1, "export CSV"), change(2, "retry export")]))
    assert listed(feed, Query("RETRY")) == [commit_id(2), commit_id(0)]
    assert listed(feed, Query("retry ex")) == [commit_id(2)]
    assert listed(feed, Query("überWEIS")) == [commit_id(0)]
    assert listed(feed, Query("retry ex", inverse=True)) == [commit_id(1), commit_id(0)]
    assert listed(feed, Query("%")) == []
    assert listed(feed, Query("_")) == listed(feed, Query("\\")) == []
    assert listed(feed, Query(sort="subject")) == [commit_id(n) for n in (1, 2, 0)]
    assert listed(feed, Query(sort="no such; DROP")) == listed(feed)


def test_the_feed_is_what_the_screen_asks_for(feed: CacheFeed) -> None:
    screen: Feed = feed
    assert screen.changes.order(Query()) == range(0)
    assert screen.servers.fetch([3]) == [None]


def test_the_heartbeat_is_a_fact_that_expires(cache: Cache, feed: CacheFeed, clock: Clock) -> None:
    span = Freshness(NOON, NOON + timedelta(seconds=15))
    beat = Heartbeat(4711, "host", "0.1.0", "observer", NOON, span)
    cache.beat(beat)
    assert feed.overview().heartbeat == beat
    assert feed.overview().agent_alive
    assert feed.overview().next_expiry == span.expires_at
    clock.forward(15)
    assert not feed.overview().agent_alive


def test_the_tests_that_failed_in_a_build_are_those_whose_last_run_failed(sink: CacheSink, path: Path) -> None:
    tests = [
        TestRun("flaky", Outcome.FAILED),
        TestRun("flaky", Outcome.PASSED),
        TestRun("broken", Outcome.FAILED, 0.2, "tests/test_broken.py", "assert 1 == 2"),
    ]
    tested, untested = build(1, BuildResult.FAILED, "tested"), build(1, BuildResult.FAILED, "untested")
    sink.put(BuildSeen(tested, tests))
    sink.put(BuildSeen(untested))
    feed = open_feed(path, lambda: Terms("payments"))
    assert feed.failed_tests(tested) == [tests[2]]
    assert feed.failed_tests(untested) is None
    feed.close()
