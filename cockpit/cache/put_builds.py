"""How builds and what their tests did are stored, and which tests are flaky over the last of them."""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence

from cockpit.cache.branch_line import branch_line
from cockpit.cache.put_changes import refresh_changes
from cockpit.cache.rows import BUILD_COLUMNS, FLAKY_COLUMNS, Row, build_of, build_row
from cockpit.cache.writing import Step, Writing
from cockpit.domain.build import Build, BuildResult, FlakyTest, Outcome, TestRun
from cockpit.domain.facts import BuildSeen
from cockpit.domain.flakiness import SeriesRun, TestSeries, find_flaky

BUILDS_KEPT = 2000
TESTED_BUILDS_KEPT = 50
"""Builds over which flakiness is judged."""


def build_steps(facts: BuildSeen, connection: sqlite3.Connection) -> Iterator[Step]:
    """Store one build; then judge anew, outside of any transaction, which tests are flaky."""
    stored = []
    yield lambda writing: stored.append(_put_build(writing, facts))
    if any(stored) and facts.tests:
        series = _read_series(connection)
        flaky = find_flaky(series)
        yield lambda writing: _put_flaky(writing, flaky, tests_known=len(series))


def _put_build(writing: Writing, facts: BuildSeen) -> bool:
    """Store the build and tell whether its tests said something new."""
    row = build_row(facts.build)
    key = (facts.build.origin, facts.build.build_id)
    known = writing.execute(f"SELECT {BUILD_COLUMNS} FROM builds WHERE origin = ? AND build_id = ?", key)
    if known != [row]:
        writing.touch("builds", moved=True)
        if known:
            _keep_what_failed(writing, build_of(known[0]), facts.build)
        statement = f"INSERT OR REPLACE INTO builds ({BUILD_COLUMNS}, observed_at, revision) VALUES ({_marks(14)})"
        writing.execute(statement, (*row, writing.now_us, writing.revision))
        _forget_old(writing)
        refresh_changes(writing, [facts.build.commit_id])
    return _put_tests(writing, facts, key)


def _keep_what_failed(writing: Writing, before: Build, now: Build) -> None:
    """Let a build that failed stand beside the later one that bears its id: a report folder written again is a run."""
    if before.result is BuildResult.FAILED and now.result is BuildResult.PASSED and now.started_at > before.started_at:
        its_own = f"{before.build_id} at {before.started_at:%Y-%m-%dT%H:%M:%S.%f}"
        for table in ("builds", "test_runs"):
            statement = f"UPDATE {table} SET build_id = ?, revision = ? WHERE origin = ? AND build_id = ?"
            writing.execute(statement, (its_own, writing.revision, before.origin, before.build_id))


def _put_tests(writing: Writing, facts: BuildSeen, key: tuple[str, str]) -> bool:
    body = json.dumps([_kept(test) for test in facts.tests])
    known = writing.execute("SELECT body FROM test_runs WHERE origin = ? AND build_id = ?", key)
    if known == [(body,)] or not (facts.tests or known):
        return False
    writing.touch("test_runs")
    writing.execute("INSERT OR REPLACE INTO test_runs VALUES (?, ?, ?, ?)", (*key, body, writing.revision))
    return True


def _kept(test: TestRun) -> tuple[str | float, ...]:
    """Few tests fail, and only they have something to say."""
    row = (test.test_id, test.outcome.value, test.duration_s, test.file)
    return (*row, test.message) if test.message else row


def _forget_old(writing: Writing) -> None:
    newest = "SELECT rowid FROM builds ORDER BY started_at DESC LIMIT ?"
    writing.execute(f"DELETE FROM builds WHERE rowid NOT IN ({newest})", (BUILDS_KEPT,))
    tested = (
        "SELECT test_runs.rowid FROM test_runs JOIN builds USING (origin, build_id)"
        " ORDER BY builds.started_at DESC LIMIT ?"
    )
    writing.execute(f"DELETE FROM test_runs WHERE rowid NOT IN ({tested})", (TESTED_BUILDS_KEPT,))


def _read_series(connection: sqlite3.Connection) -> list[TestSeries]:
    """Return each test's runs in branch order, oldest first; builds off the branch come by their start."""
    line = {commit_id: place for place, commit_id in enumerate(reversed(branch_line(connection)))}
    rows = connection.execute(
        "SELECT commit_id, body FROM test_runs JOIN builds USING (origin, build_id) ORDER BY started_at"
    ).fetchall()
    rows.sort(key=lambda row: line.get(row[0], len(line)))
    paths = dict(connection.execute("SELECT commit_id, paths FROM paths").fetchall())
    touched = _touched_since_last_run(rows, line, paths)
    runs: dict[str, list[SeriesRun]] = {}
    for (commit_id, body), changed_paths in zip(rows, touched, strict=True):
        for test_id, outcome, _, file, *_ in json.loads(body):
            run = SeriesRun(commit_id, Outcome(outcome), bool(file) and file in changed_paths)
            runs.setdefault(test_id, []).append(run)
    return [TestSeries(test_id, tuple(series)) for test_id, series in runs.items()]


def _touched_since_last_run(
    rows: Sequence[Row], line: Mapping[str, int], paths: Mapping[str, str]
) -> Iterator[frozenset[str]]:
    """Return for each tested build the paths that changes since the tested build before it touch."""
    on_line = list(line)
    last = -1
    for commit_id, _ in rows:
        place = line.get(commit_id)
        between = [commit_id] if place is None else on_line[min(last + 1, place) : place + 1]
        last = last if place is None else place
        yield frozenset(path for commit in between for path in json.loads(paths.get(commit, "[]")))


def _put_flaky(writing: Writing, flaky: Sequence[FlakyTest], *, tests_known: int) -> None:
    new = [
        (test.test_id, test.runs, test.failures, test.flips, int(test.both_on_one_commit), test.last_outcome.value,
         test.last_flip_commit)
        for test in flaky
    ]  # fmt: skip
    old = writing.execute(f"SELECT {FLAKY_COLUMNS} FROM flaky ORDER BY position")
    if new != old:
        writing.execute("DELETE FROM flaky")
        writing.many(
            f"INSERT INTO flaky ({FLAKY_COLUMNS}, position, revision) VALUES ({_marks(9)})",
            ((*row, position, writing.revision) for position, row in enumerate(new)),
        )
    if new != old or writing.execute("SELECT value FROM meta WHERE name = 'tests_known'") != [(str(tests_known),)]:
        writing.touch("flaky", moved=True)
        writing.execute("INSERT OR REPLACE INTO meta VALUES ('tests_known', ?)", (str(tests_known),))


def _marks(count: int) -> str:
    return ", ".join("?" * count)
