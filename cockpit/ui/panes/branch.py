"""Pane 1: is the release branch healthy, and what does that rest on."""

from datetime import datetime

from cockpit.domain.build import Build, BuildResult
from cockpit.domain.commit import SHORT
from cockpit.domain.counts import counted
from cockpit.domain.overview import BranchHealth, Overview
from cockpit.domain.terms import Terms
from cockpit.domain.verdict import Verdict
from cockpit.ui.context import ScreenContext
from cockpit.ui.lines import BLANK, Line, bullet, fitted, folded, joined, line, spread, width_of
from cockpit.ui.marks import BRANCH, BUILD
from cockpit.ui.moments import age, clock_time, freshness_words, minute_of, span
from cockpit.ui.panes.pane import Pane, unread

_LABEL = 8
_BUILDS_SHOWN = 20
_AUTHOR = 10


class BranchPane(Pane):
    """The verdict on the release branch."""

    def title(self, overview: Overview) -> Line:
        """Name of the branch, verdict, freshness."""
        branch, now = overview.branch, self.context.clock()
        mark = BRANCH[branch.verdict]
        name = branch.state.release_branch if branch.state else ""
        return joined([line(f"{name} " if name else "", (mark.text, mark.slot)), fresh(overview, now)])

    def lines(self, overview: Overview, width: int, height: int) -> list[Line]:
        """What the verdict rests on; the last lines go first when room is short."""
        return branch_lines(overview, self.context, width - 1, height)


def fresh(overview: Overview, now: datetime) -> Line:
    """Return how far the branch's state can be believed."""
    return line(freshness_words(overview.branch.freshness, now, minute_of(now), renewed=overview.agent_alive))


def branch_lines(overview: Overview, context: ScreenContext, width: int, height: int) -> list[Line]:
    """Return the pane's lines, the most telling first; those that are too long go on where lines are left."""
    branch, now = overview.branch, context.clock()
    if branch.state is None:
        return unread(overview, "git", "The agent is reading git…", "Nothing is known yet: no agent has read git.")
    said = [
        (" why", _reason(branch)),
        (" builds", _builds(branch.builds, overview.terms, width - _LABEL)),
        (" red", _red(branch, now, context)),
        (" tests", _tests(branch)),
        (" ship", _unshipped(branch, now)),
        (" duty", line(branch.on_duty)),
    ]
    shown = [(label, words) for label, words in said if words]
    spare = height - 1 - len(shown)
    lines = [_head(branch, now, context, width)]
    for label, words in shown:
        parts = folded(words, width - _LABEL, 1 + max(0, spare))
        spare -= len(parts) - 1
        lines += [bullet(label if not number else "", part, _LABEL) for number, part in enumerate(parts)]
    return lines


def _head(branch: BranchHealth, now: datetime, context: ScreenContext, width: int) -> Line:
    state = branch.state
    if state is None or not state.head:
        return bullet(" head", line(("the branch has no commit yet", "muted")), _LABEL)
    when = clock_time(state.head_at, now, context.zone) if state.head_at else ""
    right = line(fitted(line(state.head_author), max(_AUTHOR, width // 4)), (f"  {when}", "muted"))
    left = bullet(" head", line((state.head[:SHORT], "accent"), "  ", state.head_subject), _LABEL)
    if width_of(right) > width // 2:
        return left
    return spread(fitted(left, width - width_of(right) - 2), right, width)


def _reason(branch: BranchHealth) -> Line:
    mark = BRANCH[branch.verdict]
    remark = branch.state.remark if branch.state else ""
    return joined([line((mark.sign, mark.slot), " ", _what_fails(branch) or branch.reason), line((remark, "muted"))])


def _what_fails(branch: BranchHealth) -> str:
    """Since when and by whom it is red has a line of its own."""
    if branch.verdict is not Verdict.NO_GO or branch.red is None:
        return ""
    return next((build.message for build in branch.builds if build.result is BuildResult.FAILED), "")


def _builds(builds: tuple[Build, ...], terms: Terms, width: int) -> Line:
    """Oldest to newest, as time runs; then how long the newest took and how long they usually take."""
    if not builds:
        return line((_no_builds(terms), "muted"))
    newest = builds[0]
    told = [_newest(newest)]
    usual = [
        b.duration_s
        for b in builds
        if b.duration_s is not None and b.result in (BuildResult.PASSED, BuildResult.FAILED)
    ]
    if len(usual) > 2:
        told.append(line(("usually ", "muted"), span(sorted(usual)[len(usual) // 2])))
    words = joined(told)
    room = max(3, min(_BUILDS_SHOWN, width - width_of(words) - 2))
    marks = line(*((BUILD[build.result].sign, BUILD[build.result].slot) for build in reversed(builds[:room])))
    return line(marks, "  ", words)


def _newest(build: Build) -> Line:
    mark = BUILD[build.result]
    took = f" {span(build.duration_s)}" if build.duration_s is not None else ""
    return line((mark.word, mark.slot), took)


def _no_builds(terms: Terms) -> str:
    if not terms.ci_configured:
        return "nothing builds this branch: cockpit init"
    if not terms.commands_trusted:
        return "the test command waits for: cockpit trust"
    return "no build seen yet"


def _red(branch: BranchHealth, now: datetime, context: ScreenContext) -> Line:
    week = line((f"{_red_time(branch)} this week", "muted"))
    red = branch.red
    if red is None:
        return joined([line(("no", "good")) if branch.builds else line(("?", "muted")), week])
    since = line(("✘ ", "bad"), f"since {clock_time(red.since, now, context.zone)}")
    commit = (f" {red.commit_id[:SHORT]}", "accent")
    if not red.suspects:
        return joined([line(since, " or before:", commit, (" is the first that was built", "muted")), week])
    more = f" or {counted(red.suspects - 1, 'change')} before it" if red.suspects > 1 else ""
    return joined([line(since, " by ", (red.author, "strong"), commit, (more, "warn"), f" {red.subject}"), week])


def _red_time(branch: BranchHealth) -> str:
    """A spell that lasts is told in whole minutes, as every time that runs on."""
    if branch.red is None:
        return span(branch.red_s_this_week)
    return span(branch.red_s_this_week // 60 * 60) if branch.red_s_this_week >= 60 else "<1 m"


def _tests(branch: BranchHealth) -> Line:
    return joined([_coverage(branch), _flaky(branch)])


def _coverage(branch: BranchHealth) -> Line:
    if branch.coverage is None:
        return line(("coverage ", "muted"), ("? not measured", "muted"))
    return line(("coverage ", "muted"), f"{branch.coverage:.0%}".replace("%", " %"), _trend(branch.coverage_trend))


def _trend(trend: float | None) -> Line:
    if trend is None:
        return BLANK
    if abs(trend) < 0.0005:
        return line((" ▬", "muted"))
    sign, slot = ("▲", "good") if trend > 0 else ("▼", "bad")
    return line((f" {sign} {abs(trend) * 100:.1f}", slot))


def _flaky(branch: BranchHealth) -> Line:
    if not branch.tests_known or branch.flaky_share is None:
        return line(("flaky ", "muted"), ("? no test results", "muted"))
    count = len(branch.flaky)
    slot = "warn" if count else ""
    return line(("flaky ", "muted"), (f"{count}/{branch.tests_known} ({branch.flaky_share * 100:.1f} %)", slot))


def _unshipped(branch: BranchHealth, now: datetime) -> Line:
    state = branch.state
    if state is None:
        return BLANK
    oldest = state.oldest_unshipped_at
    waiting = (
        line(("oldest waits ", "muted"), age(oldest, minute_of(now))) if oldest else line(("nothing waits", "muted"))
    )
    return joined([waiting, _distance(state.ahead, state.behind, state.release_branch, state.main_branch)])


def _distance(ahead: int | None, behind: int | None, branch: str, main: str) -> Line:
    if branch == main:
        return BLANK
    if ahead is None or behind is None:
        return line(("distance to main unknown", "muted"))
    return line(
        f"{ahead} ahead",
        (" of " if not behind else ", ", "muted"),
        f"{behind} behind " if behind else "",
        (main, "muted"),
    )
