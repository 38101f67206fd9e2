"""Whether the release branch is deployable, and since when it is not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.domain.branch_health import BranchBuild, judge_branch
from cockpit.domain.build import Build, BuildResult
from cockpit.domain.commit import BranchState
from cockpit.domain.freshness import NEVER, Freshness
from cockpit.domain.overview import BranchHealth
from cockpit.domain.source_state import SourceState, SourceStatus
from cockpit.domain.verdict import Verdict

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
NOW = MONDAY + timedelta(days=2, hours=12)
FRESH = Freshness(NOW - timedelta(seconds=5), NOW + timedelta(seconds=30))
EXPIRED = Freshness(NOW - timedelta(minutes=7), NOW - timedelta(minutes=6))
CI = SourceState("ci", SourceStatus.OK)
RESULTS = {
    "p": BuildResult.PASSED,
    "F": BuildResult.FAILED,
    "r": BuildResult.RUNNING,
    "e": BuildResult.ERROR,
    "m": BuildResult.MISSING,
}


def commit(number: int) -> str:
    return f"{number:040x}"


def built(results: str, minutes_apart: int = 10, coverage: tuple[float, ...] = ()) -> list[BranchBuild]:
    """Builds newest first of commits 1, 2, …, the oldest first in `results`; the newest started a minute ago."""
    newest = NOW - timedelta(minutes=1)
    builds = [
        BranchBuild(
            Build(
                build_id=str(number),
                commit_id=commit(number),
                origin="ci",
                result=RESULTS[result],
                started_at=newest - timedelta(minutes=minutes_apart * (len(results) - number)),
                tests_run=1204,
                coverage=coverage[number - 1] if coverage else None,
                message="2 tests failed" if result == "F" else "",
            ),
            author=f"author {number}",
            subject=f"change {number}",
            place=len(results) - number,
        )
        for number, result in enumerate(results, 1)
    ]
    return builds[::-1]


def judged(results: str = "", head: int | None = None, **changes: object) -> BranchHealth:
    terms: dict[str, Any] = {
        "state": BranchState("release", "main", head=commit(head or len(results) or 1)),
        "freshness": FRESH,
        "builds": built(results),
        "ci": CI,
        "flaky": (),
        "tests_known": 0,
        "on_duty": "jon",
        "now": NOW,
        "week_start": MONDAY,
    }
    return judge_branch(**(terms | changes))


def test_a_head_that_builds_is_deployable() -> None:
    health = judged("Fp")
    assert health.verdict is Verdict.GO
    assert health.reason == "head 0000000 builds, 1204 tests passed"
    assert health.red is None


def test_a_head_that_does_not_build_is_broken_since_the_first_red_after_green() -> None:
    health = judged("pFFF")
    assert health.verdict is Verdict.NO_GO
    assert health.red is not None
    assert (health.red.commit_id, health.red.author, health.red.until) == (commit(2), "author 2", None)
    assert "by author 2: 2 tests failed" in health.reason


def test_a_branch_stays_broken_while_its_head_is_being_built() -> None:
    health = judged("pFr")
    assert health.verdict is Verdict.NO_GO
    assert health.reason.endswith(", head 0000000 not built yet")


@pytest.mark.parametrize(
    ("results", "head", "reason"),
    [
        ("p", 2, "head 0000000 is not built yet; 0000000 was green"),
        ("pr", 2, "head 0000000 is being built; 0000000 was green"),
        ("pe", 2, "the build of head 0000000 did not come to an end: no reason given; 0000000 was green"),
        ("", 1, "head 0000000 is not built yet"),
    ],
)
def test_a_head_that_nobody_has_built_to_its_end_is_unknown(results: str, head: int, reason: str) -> None:
    health = judged(results, head)
    assert (health.verdict, health.reason) == (Verdict.UNKNOWN, reason)


@pytest.mark.parametrize("ci", [None, SourceState("ci", SourceStatus.OFF)])
def test_without_ci_nobody_can_say(ci: SourceState | None) -> None:
    assert judged(ci=ci).reason == "no CI is configured to say whether it builds"


def test_a_ci_that_refuses_gives_its_reason() -> None:
    ci = SourceState("ci", SourceStatus.REFUSED, reason="its command is not trusted")
    assert judged("p", 2, ci=ci).reason.startswith("head 0000000 is not built: its command is not trusted")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"state": None, "freshness": NEVER}, "git has not been read yet"),
        ({"freshness": EXPIRED}, "git was last read 7 m ago"),
        ({"state": BranchState("", "", head="")}, "the release branch has no commit yet"),
    ],
)
def test_what_git_does_not_say_now_is_unknown_however_green_the_builds(changes: dict[str, Any], reason: str) -> None:
    health = judged("ppp", **changes)
    assert (health.verdict, health.reason) == (Verdict.UNKNOWN, reason)


def test_nobody_is_blamed_where_nothing_before_the_first_red_build_was_built() -> None:
    health = judged("FF")
    assert health.red is not None
    assert (health.red.commit_id, health.red.author, health.red.suspects) == (commit(1), "", 0)
    assert health.reason.startswith("broken since 0000000 at least, before which nothing was built: 2 tests failed")


def test_changes_that_were_not_built_share_the_suspicion_with_the_first_red_one() -> None:
    builds = [entry for entry in built("pppFF") if entry.build.commit_id not in (commit(2), commit(3))]
    health = judged("pppFF", builds=builds)
    assert health.red is not None
    assert (health.red.commit_id, health.red.author, health.red.suspects) == (commit(4), "author 4", 3)
    assert "by author 4 or 2 changes before it, not built" in health.reason
    direct = judged("pF").red
    assert direct is not None
    assert direct.suspects == 1


def test_red_time_counts_from_the_start_of_the_week_until_green_or_now() -> None:
    assert judged("pFFpFp").red_s_this_week == 30 * 60
    assert judged("pF").red_s_this_week == 60
    long_red = built("FF", minutes_apart=60 * 24 * 10)
    assert judged("FF", builds=long_red).red_s_this_week == (NOW - MONDAY).total_seconds()
    over_before = judged("Fpp", builds=built("Fpp", minutes_apart=60 * 24 * 7))
    assert over_before.red_s_this_week == 0


def test_red_time_counts_where_the_same_commit_was_built_again_and_passed() -> None:
    (mended,) = built("p")
    failed = replace(mended.build, build_id="0", result=BuildResult.FAILED, started_at=NOW - timedelta(seconds=96))
    health = judged(builds=[replace(mended, earlier=(failed,))])
    assert (health.verdict, health.red, health.red_s_this_week) == (Verdict.GO, None, 36)


def test_a_commit_that_failed_twice_is_red_since_the_first_time() -> None:
    again, *older = built("pF")
    first = replace(again.build, build_id="0", started_at=NOW - timedelta(minutes=5))
    red = judged(builds=[replace(again, earlier=(first,)), *older], head=2).red
    assert red is not None
    assert (red.since, red.author) == (NOW - timedelta(minutes=5), "author 2")


@given(st.text("pFrem", max_size=30))
def test_builds_that_did_not_end_neither_start_nor_end_a_red_spell(results: str) -> None:
    full = judged(results)
    finished = [entry for entry in built(results) if entry.is_finished]
    only_finished = judged(results, builds=finished)
    assert full.red == only_finished.red
    assert full.red_s_this_week == only_finished.red_s_this_week


@given(st.text("pFrem", max_size=30), st.integers(1, 31))
def test_broken_means_the_last_finished_build_failed_and_deployable_that_the_head_passed(
    results: str, head: int
) -> None:
    health = judged(results, head)
    finished = results.replace("r", "").replace("e", "").replace("m", "")
    assert (health.verdict is Verdict.NO_GO) == finished.endswith("F")
    assert (health.red is not None) == finished.endswith("F")
    if health.verdict is Verdict.GO:
        assert results[head - 1] == "p"
    assert 0 <= health.red_s_this_week <= (NOW - MONDAY).total_seconds()


def test_coverage_is_the_newest_known_and_its_trend_looks_back_at_five_builds() -> None:
    health = judged(builds=built("ppppppp", coverage=(0.1, 0.7, 0.7, 0.7, 0.7, 0.7, 0.8)))
    assert health.coverage == 0.8
    assert health.coverage_trend == pytest.approx(0.1)
    assert judged(builds=built("p", coverage=(0.8,))).coverage_trend is None
    assert judged("p").coverage is None


def test_the_flaky_share_is_unknown_until_tests_have_run_twice() -> None:
    assert judged("pp").flaky_share is None
    assert judged("p", tests_known=10).flaky_share is None
    assert judged("pp", tests_known=10).flaky_share == 0
