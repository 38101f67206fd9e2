"""One feature: what was asked for, where it stands, and the commits that belong to it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from textual import on
from textual.widget import Widget

from cockpit.domain.change import Change
from cockpit.domain.commit import SHORT
from cockpit.domain.feature import Feature
from cockpit.ui.context import ScreenContext
from cockpit.ui.feed import Feed
from cockpit.ui.grid import Cell, Column, Grid
from cockpit.ui.lines import BLANK, Line, bullet, joined, line
from cockpit.ui.listed import ListedRows
from cockpit.ui.marks import BUILD, FEATURE
from cockpit.ui.moments import age, minute_of
from cockpit.ui.page import Page
from cockpit.ui.screens.level import Level, Rule, keys

_LABEL = 12


class FeatureCommit(NamedTuple):
    """A commit of the feature, and its row in the change list when it waits there."""

    commit_id: str
    change: Change | None


class FeatureScreen(Level):
    """The feature above, its commits below."""

    DEFAULT_CSS = """
    FeatureScreen > #page { height: 7; }
    FeatureScreen > #commits { height: 1fr; }
    """

    def __init__(self, feed: Feed, context: ScreenContext, feature: Feature) -> None:
        super().__init__(feed, context)
        self._feature = feature
        self._commits: ListedRows[FeatureCommit] = ListedRows(
            lambda commit: commit.commit_id, lambda commit: commit.commit_id
        )

    def title_line(self) -> Line:
        """Return the title and the state."""
        mark = FEATURE[self._feature.state]
        return line((f"{self._feature.rank} ", "accent"), (self._feature.title, "strong"), "  ", (mark.text, mark.slot))

    def keys_line(self) -> Line:
        """Say how to get further."""
        return keys(("Esc", "back"), ("Enter", "the diff"), ("l", "log of its build"), ("y", "copy id"), ("?", "help"))

    def body(self) -> Sequence[Widget]:
        """What was asked for, then the commits."""
        page = Page(self._draw)
        page.can_focus = False
        commits = Grid(self._commits, _COLUMNS, lambda commit: commit.commit_id, id="commits")
        commits.empty = "No commit names this feature yet."
        return [page, Rule(id="between"), commits]

    def on_overview(self) -> None:
        """Look the feature and its commits up again."""
        number = self.feed.features.number_of(self._feature.feature_id)
        found = self.feed.features.fetch([number]) if number is not None else []
        self._feature = next((feature for feature in found if feature), self._feature)
        if self._commits.put(self._read_commits()):
            self.get_child_by_id("commits", Grid).reload()
        self.get_child_by_id("between", Rule).say(self._counts())
        self.query_exactly_one(Page).redraw()

    def _counts(self) -> Line:
        """The rows that are changes on the branch are those that the state counts."""
        on_branch = sum(row.change is not None for row in self._commits.fetch(range(len(self._commits))) if row)
        return joined(
            [
                line(("Commits ", "strong"), str(len(self._commits))),
                line(f"{on_branch} on the release branch") if on_branch else BLANK,
            ]
        )

    @on(Grid.Opened)
    def open_row(self, message: Grid.Opened) -> None:
        """Open the commit's diff."""
        from cockpit.ui.screens.diff import DiffScreen

        row = message.row
        self.app.push_screen(DiffScreen(self.feed, self.context, row.commit_id, row.change))

    def id_here(self) -> str:
        """Return the commit under the cursor, or the feature."""
        return self.get_child_by_id("commits", Grid).cursor_key or self._feature.feature_id

    def link_here(self) -> str:
        """Return where the feature was asked for."""
        return self._feature.link

    def _read_commits(self) -> list[FeatureCommit]:
        return [FeatureCommit(commit_id, self._change(commit_id)) for commit_id in self._feature.commits]

    def _change(self, commit_id: str) -> Change | None:
        number = self.feed.changes.number_of(commit_id)
        return self.feed.changes.fetch([number])[0] if number is not None else None

    def _draw(self, _width: int, _height: int) -> list[Line]:
        feature, mark = self._feature, FEATURE[self._feature.state]
        return [
            (),
            bullet("  asked by", line(feature.requester), _LABEL),
            bullet(
                "  claims",
                line(f"“{feature.claimed_urgency}”", ("  and is ranked ", "muted"), (str(feature.rank), "accent")),
                _LABEL,
            ),
            bullet("  state", line((mark.text, mark.slot), (f"  {feature.state_reason}", "muted")), _LABEL),
            bullet("  id", line((feature.feature_id, "muted")), _LABEL),
            bullet("  link", line((feature.link, "muted")), _LABEL) if feature.link else (),
        ]


def _subject(commit: FeatureCommit, _now: datetime) -> Cell:
    return Cell(commit.change.subject) if commit.change else Cell("on another branch, or in a release already", "muted")


def _author(commit: FeatureCommit, _now: datetime) -> Cell:
    return Cell(commit.change.author if commit.change else "")


def _age(commit: FeatureCommit, now: datetime) -> Cell:
    return Cell(age(commit.change.committed_at, minute_of(now)) if commit.change else "", "muted")


def _build(commit: FeatureCommit, _now: datetime) -> Cell:
    mark = BUILD[commit.change.build] if commit.change else None
    return Cell(mark.text, mark.slot) if mark else Cell("")


_COLUMNS: tuple[Column[FeatureCommit], ...] = (
    Column("commit", "commit", 8, lambda commit, _now: Cell(commit.commit_id[:SHORT], "accent")),
    Column("subject", "subject", None, _subject),
    Column("author", "author", 12, _author, priority=1, most=20),
    Column("age", "age", 5, _age, align="right", priority=2),
    Column("build", "build", 9, _build, priority=3),
)
