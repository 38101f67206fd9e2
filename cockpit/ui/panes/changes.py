"""Pane 3: every change since the last release or of the candidate, and what stakeholders say of the candidate's."""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from cockpit.domain.change import NOT_LISTED, OFF_BRANCH, Change
from cockpit.domain.commit import SHORT
from cockpit.domain.overview import Overview
from cockpit.ui.actions import IN_CHANGES, bindings
from cockpit.ui.context import ScreenContext
from cockpit.ui.feed import Feed
from cockpit.ui.grid import Cell, Column, Grid
from cockpit.ui.lines import BLANK, Line, line
from cockpit.ui.marks import BUILD, IMPACT, lane_mark
from cockpit.ui.moments import age, minute_of
from cockpit.ui.panes.titles import aging_title
from cockpit.ui.shown_changes import ShownChanges
from cockpit.ui.toast import toast

if TYPE_CHECKING:
    from cockpit.ui.panes.change_deeds import ChangeDeeds


class ChangesPane(Grid[Change]):
    """The change list."""

    BINDINGS: ClassVar = bindings(IN_CHANGES)

    def __init__(self, feed: Feed, context: ScreenContext) -> None:
        super().__init__(ShownChanges(feed), COLUMNS, lambda change: change.commit_id, id="changes")
        self.context = context
        self._feed = feed
        self._candidate = ""

    def show(self, overview: Overview) -> None:
        """Take which commit is the candidate; where there is none, nothing is said of lanes."""
        candidate = overview.standing.candidate
        commit = candidate.commit if candidate else ""
        if bool(commit) != bool(self._candidate):
            self.show_columns((*COLUMNS, LANE) if commit else COLUMNS)
        self._candidate = commit

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's
        """Take the keys that write away where nobody writes."""
        return not (self.context.read_only and action == "say")

    def action_say(self, kind: str, reason: str = "") -> None:
        """Approve, decline or withdraw: say something of the change under the cursor, or of every marked one."""
        from cockpit.ui.panes.change_deeds import ChangeDeeds, trouble_with

        rows = self._meant()
        trouble = trouble_with(self._candidate, rows)
        if trouble:
            toast(self.app, trouble, bad=True)
        else:
            deeds = ChangeDeeds(self.app, self._feed, self.context, self._candidate, rows)
            self.run_worker(self._say(deeds, kind, reason), group="deeds", exclusive=True)

    async def _say(self, deeds: "ChangeDeeds", kind: str, reason: str) -> None:
        if await deeds.do(kind, reason):
            self.unmark()

    def _meant(self) -> list[Change]:
        if not self.marked:
            return [self.cursor_row] if self.cursor_row else []
        return ShownChanges(self._feed).rows_of(self.marked_in_order)


def title(overview: Overview, context: ScreenContext) -> Line:
    """Return counts and freshness of the change list."""
    changes = overview.changes
    head = line((str(changes.total), "strong"), _since("", changes.since_tag))
    if not changes.total:
        head = line((_since("nothing", changes.since_tag), "muted")) if overview.branch.state else BLANK
    details = [
        *_candidate(overview),
        line((f"✘ {changes.failed} failed", "bad")) if changes.failed else BLANK,
        line(f"{changes.user_impact} with user impact") if changes.user_impact else BLANK,
        line((f"{changes.unknown_impact} unknown", "warn")) if changes.unknown_impact else BLANK,
    ]
    return aging_title(head, details, changes.freshness, overview, context.clock())


def _candidate(overview: Overview) -> list[Line]:
    """What is to ship, and how far people have come with it."""
    candidate, facts = overview.standing.candidate, overview.shipping
    if candidate is None:
        return []
    word = "hotfix" if candidate.is_hotfix else "candidate"
    named = line((f"{word} ", "muted"), (candidate.commit[:SHORT], "accent"))
    if facts is None or facts.commit != candidate.commit:
        return [named]
    stopped = line((f"✘ {facts.obstacles} in the way", "bad")) if facts.obstacles else BLANK
    # Where something was released in between, the list below counts from there, and the candidate from its base.
    since = f" since {candidate.base}" if candidate.base not in ("", overview.changes.since_tag) else ""
    off = line((f"{facts.off_branch} {OFF_BRANCH}", "accent")) if facts.off_branch else BLANK
    return [named, line((f"{facts.ships} ship{since}", "good" if not facts.obstacles else "")), stopped, off]


def empty(overview: Overview) -> str:
    """Return what to say instead of rows."""
    state = overview.branch.state
    if state is None:
        return "The agent is reading git…" if overview.agent_alive else "Nothing is known yet: no agent has read git."
    if not state.head:
        return "The repository has no commit yet."
    since = f" since {state.last_release.tag}" if state.last_release else ""
    return f"Nothing waits on {state.release_branch}{since}."


def _since(count: str, tag: str) -> str:
    since = f"since {tag}" if tag else "since the beginning"
    return f"{count} {since}"


def _id(change: Change, _now: datetime) -> Cell:
    return Cell(change.short_id, "accent")


def _pull_request(change: Change, _now: datetime) -> Cell:
    return Cell(f"#{change.pull_request}" if change.pull_request else "", "muted")


def _kind(change: Change, _now: datetime) -> Cell:
    return Cell(
        change.kind + ("!" if change.breaking else ""),
        "bad" if change.breaking else "strong" if change.kind == "feat" else "",
    )


def _subject(change: Change, _now: datetime) -> Cell:
    subject = f"{change.scope}: {change.subject}" if change.scope else change.subject
    return Cell(f"{change.place} · {subject}" if change.place else subject)


def _author(change: Change, _now: datetime) -> Cell:
    return Cell(change.author)


def _age(change: Change, now: datetime) -> Cell:
    return Cell(age(change.committed_at, minute_of(now)), "muted")


def _size(change: Change, _now: datetime) -> Cell:
    if change.files is None or change.place == NOT_LISTED:
        return Cell("" if change.place else "…", "muted")
    if change.added is None or change.removed is None:
        return Cell("binary", "muted")
    return Cell(f"+{_short(change.added)} −{_short(change.removed)}", "muted")


def _short(lines: int) -> str:
    """At most four figures or letters: a size that is cut would be a wrong one."""
    if lines < 10_000:
        return str(lines)
    return f"{lines // 1000}k" if lines < 1_000_000 else f"{min(lines // 1_000_000, 999)}M"


def _codebase(change: Change, _now: datetime) -> Cell:
    return Cell(change.codebase or "–", "" if change.codebase else "muted")


def _impact(change: Change, _now: datetime) -> Cell:
    mark = IMPACT[change.impact]
    return Cell(f"{mark.text} ⚑" if change.contract_touched else mark.text, mark.slot)


def _build(change: Change, _now: datetime) -> Cell:
    mark = BUILD[change.build]
    return Cell(mark.text, mark.slot)


def _lane(change: Change, _now: datetime) -> Cell:
    mark = lane_mark(change.lane)
    return Cell(mark.text.strip(), mark.slot)


def _short_lane(change: Change, _now: datetime) -> Cell:
    """Who said it, and of one who declines the beginning of the reason."""
    mark = lane_mark(change.lane)
    deed, _, people = change.lane.partition(" by ")
    if not people:
        return _lane(change, _now)
    why = change.lane_reason.partition(": ")[2] if deed == "declined" and ", " not in people else ""
    return Cell(f"{mark.sign} {people}{': ' if why else ''}{why}", mark.slot)


COLUMNS = (
    Column("commit", "commit", 7, _id),
    Column("pull_request", "PR", 7, _pull_request, priority=6),
    Column("kind", "type", 8, _kind, priority=3, sort="kind", most=9),
    Column("subject", "subject", None, _subject, least=36, most=52),
    Column("author", "author", 10, _author, priority=4, sort="author", most=20),
    Column("age", "age", 5, _age, align="right", priority=5, sort="committed_at"),
    Column("size", "size", 11, _size, align="right", priority=7, sort="size"),
    Column("codebase", "code base", 10, _codebase, priority=8, sort="codebase", most=20),
    Column("impact", "impact", 11, _impact, priority=2, sort="impact"),
    Column("build", "build", 9, _build, priority=1, sort="build"),
)
LANE: Column[Change] = Column("lane", "lane", 14, _lane, priority=2, sort="lane", most=28, narrow=_short_lane)
"""Shown beside the others while there is a candidate."""
