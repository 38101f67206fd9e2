"""One feature: what was asked for, why it is ranked where it is, and the commits that belong to it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from textual import events, on
from textual.geometry import Size
from textual.widget import Widget

from cockpit.domain.change import OFF_BRANCH, Change
from cockpit.domain.commit import SHORT
from cockpit.domain.feature import Feature
from cockpit.domain.ordinals import ordinal
from cockpit.domain.why_ranked import why_ranked
from cockpit.ui.context import ScreenContext
from cockpit.ui.feed import Feed, Query
from cockpit.ui.grid import Cell, Column, Grid
from cockpit.ui.lines import BLANK, Line, bullet, joined, line, wrapped
from cockpit.ui.listed import ListedRows
from cockpit.ui.marks import BUILD, FEATURE
from cockpit.ui.moments import age, minute_of
from cockpit.ui.page import Page
from cockpit.ui.screens.level import Level, Rule, keys
from cockpit.ui.shown_changes import changes_of

_LABEL = 12


class FeatureCommit(NamedTuple):
    """A commit of the feature, and its row in the change list when it waits there."""

    commit_id: str
    change: Change | None


class FeatureScreen(Level):
    """The feature above, its commits below."""

    DEFAULT_CSS = """
    FeatureScreen > #commits { height: 1fr; }
    """

    def __init__(self, feed: Feed, context: ScreenContext, feature: Feature) -> None:
        super().__init__(feed, context)
        self._feature = feature
        self._above: Feature | None = None
        self._below: Feature | None = None
        """Its neighbours on the board."""
        self._commits: ListedRows[FeatureCommit] = ListedRows(
            lambda commit: commit.commit_id, lambda commit: commit.commit_id
        )

    def title_line(self) -> Line:
        """Return the title and the state."""
        mark = FEATURE[self._feature.state]
        rank = ordinal(self._feature.rank)
        return line((f"{rank} ", "accent"), (self._feature.title, "strong"), "  ", (mark.text, mark.slot))

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
        self._feature, self._above, self._below = self._read_feature()
        if self._commits.put(self._read_commits()):
            self.get_child_by_id("commits", Grid).reload()
        self.get_child_by_id("between", Rule).say(self._counts())
        self._fit_page(self.app.size)
        self.query_exactly_one(Page).redraw()

    def on_resize(self, event: events.Resize) -> None:
        """Give what is said of the feature the lines it needs now."""
        self._fit_page(event.size)

    def _fit_page(self, size: Size) -> None:
        lines = len(self._draw(size.width, size.height))
        self.query_exactly_one(Page).styles.height = min(lines, size.height * 6 // 10)

    def _counts(self) -> Line:
        """The rows that are changes on the branch are those that the state counts."""
        rows = [row.change for row in self._commits.fetch(range(len(self._commits))) if row and row.change]
        off, on_branch = sum(change.place == OFF_BRANCH for change in rows), sum(not change.place for change in rows)
        return joined(
            [
                line(("Commits ", "strong"), str(len(self._commits))),
                line(f"{on_branch} on the release branch") if on_branch else BLANK,
                line(f"{off} of the candidate {OFF_BRANCH}") if off else BLANK,
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

    def _read_feature(self) -> tuple[Feature, Feature | None, Feature | None]:
        """As it is now, with its neighbours; as it was when it has left the board."""
        reader = self.feed.features
        number = reader.number_of(self._feature.feature_id)
        feature = reader.fetch([number])[0] if number is not None else None
        if feature is None:
            return self._feature, None, None
        order = reader.order(Query())
        above = reader.fetch(order[max(0, feature.rank - 2) : feature.rank - 1])
        below = reader.fetch(order[feature.rank : feature.rank + 1])
        return feature, next(iter(above), None), next(iter(below), None)

    def _read_commits(self) -> list[FeatureCommit]:
        changes = {change.commit_id: change for change in changes_of(self.feed, self._feature)}
        commits = dict.fromkeys((*self._feature.commits, *changes))
        return [FeatureCommit(commit_id, changes.get(commit_id)) for commit_id in commits]

    def _draw(self, width: int, _height: int) -> list[Line]:
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
            *([bullet("  link", line((feature.link, "muted")), _LABEL)] if feature.link else []),
            *self._why(width - _LABEL - 1),
        ]

    def _why(self, width: int) -> list[Line]:
        sentences = why_ranked(self._feature, self._above, self._below)
        said = [part for sentence in sentences for part in wrapped(sentence, width)]
        first, *more = said
        return [
            bullet(f"  why {ordinal(self._feature.rank)}", first, _LABEL),
            *(bullet("", one, _LABEL) for one in more),
        ]


def _subject(commit: FeatureCommit, _now: datetime) -> Cell:
    if commit.change and commit.change.place:
        return Cell(f"{commit.change.place} · {commit.change.subject}")
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
