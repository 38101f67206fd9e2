"""Is the release branch deployable: one verdict, and what it rests on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from cockpit.domain.ages import age_text
from cockpit.domain.build import Build, BuildResult, FlakyTest
from cockpit.domain.commit import SHORT, BranchState
from cockpit.domain.counts import counted
from cockpit.domain.freshness import Freshness
from cockpit.domain.overview import BranchHealth, RedSpell
from cockpit.domain.record import record
from cockpit.domain.source_state import SourceState, SourceStatus
from cockpit.domain.verdict import Verdict

BUILDS_SHOWN = 20
COMPARED_RUNS = 2
"""Builds with tests that it takes before any test can be called flaky or not."""

TREND_OVER = 5
"""Builds whose mean coverage the present one is compared with."""


@record(frozen=True, slots=True)
class BranchBuild:
    """The build that tells most about one commit of the branch, and whose commit it is."""

    build: Build
    author: str
    subject: str
    place: int = 0
    """How many commits of the branch are newer than this one."""
    earlier: tuple[Build, ...] = ()
    """Other builds of this commit that came to an end, oldest first."""

    @property
    def is_finished(self) -> bool:
        """It says something about the commit: one that could not be run to its end does not."""
        return self.build.result in (BuildResult.PASSED, BuildResult.FAILED)

    @property
    def is_red(self) -> bool:
        """The commit does not build."""
        return self.build.result is BuildResult.FAILED

    @property
    def each_run(self) -> tuple["BranchBuild", ...]:
        """Every build of this commit, oldest first, as if it were the only one."""
        return (*(replace(self, build=build, earlier=()) for build in self.earlier), self)


def judge_branch(
    *,
    state: BranchState | None,
    freshness: Freshness,
    builds: Sequence[BranchBuild],
    ci: SourceState | None,
    flaky: Sequence[FlakyTest],
    tests_known: int,
    on_duty: str,
    now: datetime,
    week_start: datetime,
) -> BranchHealth:
    """Return the health of the release branch at `now`.

    `builds` are newest first in branch order, one for each commit; `ci` is the source that builds, None when none is
    configured; `week_start` is Monday 00:00 of the team.
    """
    spells = _red_spells(builds)
    verdict, reason = _verdict(state, freshness, builds, ci, now)
    coverage, trend = _coverage(builds)
    return BranchHealth(
        verdict=verdict,
        reason=reason,
        state=state,
        freshness=freshness,
        builds=tuple(entry.build for entry in builds[:BUILDS_SHOWN]),
        red=spells[-1] if spells and spells[-1].until is None else None,
        red_s_this_week=_seconds_within(spells, week_start, now),
        coverage=coverage,
        coverage_trend=trend,
        flaky=tuple(flaky[:50]),
        flaky_share=_flaky_share(builds, flaky, tests_known),
        tests_known=tests_known,
        on_duty=on_duty,
    )


def _verdict(
    state: BranchState | None,
    freshness: Freshness,
    builds: Sequence[BranchBuild],
    ci: SourceState | None,
    now: datetime,
) -> tuple[Verdict, str]:
    unread = _why_unread(state, freshness, now)
    if unread or state is None:
        return Verdict.UNKNOWN, unread
    last = next((entry for entry in builds if entry.is_finished), None)
    if last is None:
        return Verdict.UNKNOWN, _why_unbuilt(state, builds, ci)
    if last.is_red:
        return Verdict.NO_GO, _why_broken(last, builds, state.head)
    if last.build.commit_id != state.head:
        return Verdict.UNKNOWN, f"{_why_unbuilt(state, builds, ci)}; {last.build.commit_id[:SHORT]} was green"
    tests = f", {counted(last.build.tests_run, 'test')} passed" if last.build.tests_run else ""
    return Verdict.GO, f"head {state.head[:SHORT]} builds{tests}"


def _why_unread(state: BranchState | None, freshness: Freshness, now: datetime) -> str:
    age = freshness.age(now)
    if age is None and state is None:
        return "git has not been read yet"
    if state is not None and not state.head:
        return "the release branch has no commit yet"
    if not freshness.is_fresh(now):
        return f"git was last read {age_text(age)} ago" if age is not None else "git has not been read yet"
    return ""


def _why_unbuilt(state: BranchState, builds: Sequence[BranchBuild], ci: SourceState | None) -> str:
    head = state.head[:SHORT]
    at_head = next((entry.build for entry in builds if entry.build.commit_id == state.head), None)
    if at_head is not None and at_head.result is BuildResult.RUNNING:
        return f"head {head} is being built"
    if at_head is not None and at_head.result is BuildResult.ERROR:
        return f"the build of head {head} did not come to an end: {at_head.message or 'no reason given'}"
    if ci is None or ci.status is SourceStatus.OFF:
        return "no CI is configured to say whether it builds"
    if ci.status in (SourceStatus.REFUSED, SourceStatus.FAILING):
        return f"head {head} is not built: {ci.reason}"
    return f"head {head} is not built yet"


def _why_broken(last: BranchBuild, builds: Sequence[BranchBuild], head: str) -> str:
    spell = _red_spells(builds)[-1]
    commit = spell.commit_id[:SHORT]
    by = f"{commit} by {spell.author}" if spell.author else commit
    if not spell.suspects:
        by = f"{commit} at least, before which nothing was built"
    elif spell.suspects > 1:
        by += f" or {counted(spell.suspects - 1, 'change')} before it, not built"
    message = f": {last.build.message}" if last.build.message else ""
    newer = "" if last.build.commit_id == head else f", head {head[:SHORT]} not built yet"
    return f"broken since {by}{message}{newer}"


def _red_spells(builds: Sequence[BranchBuild]) -> list[RedSpell]:
    """Oldest first; a spell lasts from the start of the first failed build to the start of the next green one."""
    spells: list[RedSpell] = []
    green: BranchBuild | None = None
    for entry in (run for commit in reversed(builds) for run in commit.each_run if run.is_finished):
        is_open = bool(spells) and spells[-1].until is None
        if not entry.is_red:
            if is_open:
                spells[-1] = replace(spells[-1], until=entry.build.started_at)
            green = entry
        elif not is_open:
            spells.append(_spell(entry, green))
    return spells


def _spell(first: BranchBuild, green: BranchBuild | None) -> RedSpell:
    return RedSpell(
        commit_id=first.build.commit_id,
        author=first.author if green else "",
        subject=first.subject,
        since=first.build.started_at,
        until=None,
        reason=first.build.message,
        suspects=max(1, green.place - first.place) if green else 0,
    )


def _flaky_share(builds: Sequence[BranchBuild], flaky: Sequence[FlakyTest], tests_known: int) -> float | None:
    """One run of a test tells nothing of whether the next one would have ended in the same way."""
    tested = sum(1 for commit in builds for run in commit.each_run if run.build.tests_run)
    if not tests_known or (tested < COMPARED_RUNS and not flaky):
        return None
    return min(1.0, len(flaky) / tests_known)


def _seconds_within(spells: Sequence[RedSpell], start: datetime, now: datetime) -> float:
    lengths = (min(spell.until or now, now) - max(spell.since, start) for spell in spells)
    return sum((max(length, timedelta()) for length in lengths), timedelta()).total_seconds()


def _coverage(builds: Sequence[BranchBuild]) -> tuple[float | None, float | None]:
    known = [entry.build.coverage for entry in builds if entry.build.coverage is not None]
    if not known:
        return None, None
    before = known[1 : 1 + TREND_OVER]
    return known[0], known[0] - sum(before) / len(before) if before else None
