"""Behind the branch pane: every build, and every flaky test."""

from collections.abc import Sequence
from datetime import datetime

from textual import on
from textual.widget import Widget

from cockpit.domain.build import Build, FlakyTest, Outcome
from cockpit.domain.commit import SHORT
from cockpit.domain.counts import counted
from cockpit.ui.context import ScreenContext
from cockpit.ui.feed import Feed
from cockpit.ui.grid import Cell, Column, Grid
from cockpit.ui.lines import BLANK, Line, joined, line
from cockpit.ui.listed import ListedRows
from cockpit.ui.marks import BRANCH, BUILD
from cockpit.ui.moments import clock_time, span
from cockpit.ui.screens.level import Level, Rule, keys
from cockpit.ui.screens.opening import open_behind

_BUILDS = 200


class BranchScreen(Level):
    """Builds above, flaky tests below."""

    DEFAULT_CSS = """
    BranchScreen > #builds { height: 2fr; }
    BranchScreen > #flaky { height: 1fr; }
    """

    def __init__(self, feed: Feed, context: ScreenContext) -> None:
        super().__init__(feed, context)
        self._builds: ListedRows[Build] = ListedRows(
            lambda build: build.build_id, lambda build: f"{build.commit_id} {build.result.value} {build.message}"
        )
        self._flaky: ListedRows[FlakyTest] = ListedRows(lambda test: test.test_id, lambda test: test.test_id)

    def title_line(self) -> Line:
        """Return the verdict and how many builds there are."""
        if self.overview is None:
            return BLANK
        branch = self.overview.branch
        mark = BRANCH[branch.verdict]
        return joined(
            [
                line(("Branch ", "strong"), (mark.text, mark.slot)),
                line(branch.reason),
                line(counted(len(self._builds), "build")),
            ]
        )

    def keys_line(self) -> Line:
        """Say how to get further."""
        return keys(
            ("Esc", "back"),
            ("Tab", "builds, flaky tests"),
            ("Enter", "the build"),
            ("l", "its log"),
            ("Space", "mark"),
            ("y", "copy id"),
            ("?", "help"),
        )

    def body(self) -> Sequence[Widget]:
        """Two lists."""
        builds = Grid(self._builds, _build_columns(self.context), lambda build: build.build_id, id="builds")
        flaky = Grid(self._flaky, _FLAKY_COLUMNS, lambda test: test.test_id, id="flaky")
        builds.empty, flaky.empty = "No build has been seen.", "No flaky test among those that ran."
        return [builds, Rule(id="between"), flaky]

    def on_overview(self) -> None:
        """Read builds and flaky tests again."""
        if self.overview is None:
            return
        branch = self.overview.branch
        changed = self._builds.put(self.feed.builds(_BUILDS)), self._flaky.put(branch.flaky)
        for name, differs in zip(("builds", "flaky"), changed, strict=True):
            if differs:
                self.get_child_by_id(name, Grid).reload()
        share = f"{branch.flaky_share * 100:.1f} % of {branch.tests_known}" if branch.flaky_share is not None else ""
        self.get_child_by_id("between", Rule).say(
            joined([line(("Flaky tests ", "strong"), str(len(branch.flaky))), line(share)])
        )

    @on(Grid.Opened)
    def open_row(self, message: Grid.Opened) -> None:
        """Open the build."""
        open_behind(self.app, message.row, self.feed, self.context)

    def id_here(self) -> str:
        """Return the commit or the test under the cursor."""
        row = self.row_here()
        return row.commit_id if isinstance(row, Build) else row.test_id if isinstance(row, FlakyTest) else ""

    def ids_here(self) -> list[str]:
        """Return the commits of marked builds, or the marked tests."""
        builds = self._builds.fetch(range(len(self._builds)))
        commits = {build.build_id: build.commit_id for build in builds if build}
        return [commits.get(one, one) for one in super().ids_here()]

    def link_here(self) -> str:
        """Return the log of the build under the cursor."""
        row = self.row_here()
        return row.link if isinstance(row, Build) else ""


def _build_columns(context: ScreenContext) -> tuple[Column[Build], ...]:
    def started(build: Build, now: datetime) -> Cell:
        return Cell(clock_time(build.started_at, now, context.zone), "muted")

    return (
        Column("result", "result", 10, _result),
        Column("commit", "commit", 8, lambda build, _now: Cell(build.commit_id[:SHORT], "accent")),
        Column("started", "started", 11, started, priority=1),
        Column("took", "took", 10, _took, align="right", priority=2),
        Column("tests", "tests", 14, _tests, align="right", priority=3),
        Column("coverage", "coverage", 9, _coverage, align="right", priority=4),
        Column("origin", "run by", 11, lambda build, _now: Cell(build.origin, "muted"), priority=6, most=24),
        Column("message", "reason", None, lambda build, _now: Cell(build.message), priority=5),
    )


def _result(build: Build, _now: datetime) -> Cell:
    mark = BUILD[build.result]
    return Cell(mark.text, mark.slot)


def _took(build: Build, _now: datetime) -> Cell:
    return Cell(span(build.duration_s) if build.duration_s is not None else "")


def _tests(build: Build, _now: datetime) -> Cell:
    if build.tests_run is None:
        return Cell("")
    failed = build.tests_failed or 0
    return Cell(f"{failed} of {build.tests_run} ✘" if failed else f"{build.tests_run} ✔", "bad" if failed else "")


def _coverage(build: Build, _now: datetime) -> Cell:
    return Cell(f"{build.coverage * 100:.1f} %" if build.coverage is not None else "")


def _why_flaky(test: FlakyTest, _now: datetime) -> Cell:
    return Cell("passed and failed on one commit" if test.both_on_one_commit else "flips without a change to it")


def _last(test: FlakyTest, _now: datetime) -> Cell:
    return Cell(test.last_outcome.value, "bad" if test.last_outcome is Outcome.FAILED else "muted")


_FLAKY_COLUMNS: tuple[Column[FlakyTest], ...] = (
    Column("test", "test", None, lambda test, _now: Cell(test.test_id)),
    Column(
        "failed", "failed", 12, lambda test, _now: Cell(f"{test.failures} of {test.runs}"), align="right", priority=1
    ),
    Column("flips", "flips", 6, lambda test, _now: Cell(str(test.flips)), align="right", priority=2),
    Column("last", "last", 8, _last, priority=3),
    Column("why", "why", 32, _why_flaky, priority=4),
)
