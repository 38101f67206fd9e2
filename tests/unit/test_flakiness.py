"""Which tests are flaky."""

from hypothesis import given
from hypothesis import strategies as st

from cockpit.domain.build import Outcome
from cockpit.domain.flakiness import SeriesRun, TestSeries, find_flaky

OUTCOMES = {"p": Outcome.PASSED, "F": Outcome.FAILED, "s": Outcome.SKIPPED}


def series(outcomes: str, commits: str = "", touched: str = "", name: str = "test_pay") -> TestSeries:
    commits = commits or "".join(chr(ord("a") + number) for number in range(len(outcomes)))
    runs = [
        SeriesRun(commit, OUTCOMES[outcome], commit in touched)
        for commit, outcome in zip(commits, outcomes, strict=True)
    ]
    return TestSeries(name, runs)


def test_a_test_that_passed_and_failed_on_one_commit_is_flaky() -> None:
    (found,) = find_flaky([series("pFp", commits="aab")])
    assert found.both_on_one_commit
    assert (found.runs, found.failures, found.last_outcome) == (3, 1, Outcome.PASSED)


def test_a_break_and_its_mend_are_honest() -> None:
    assert find_flaky([series("pppFFFppp"), series("FFFF"), series("pppp"), series("sss"), series("")]) == ()


def test_an_outcome_that_keeps_flipping_is_flaky_and_the_last_flip_is_named() -> None:
    (found,) = find_flaky([series("pFpFp")])
    assert (found.flips, found.both_on_one_commit, found.last_flip_commit) == (4, False, "e")


def test_flips_of_a_test_that_was_itself_changed_do_not_count() -> None:
    assert find_flaky([series("pFpFp", touched="bcde")]) == ()


def test_a_skipped_run_says_nothing() -> None:
    assert find_flaky([series("psspsp")]) == ()
    assert find_flaky([series("psFspsF")]) == find_flaky([series("pFpF", commits="aceg")])


def test_the_flakiest_come_first() -> None:
    found = find_flaky([series("pFpF", name="few"), series("pFpFpFp", name="many"), series("pF", "aa", name="proven")])
    assert [test.test_id for test in found] == ["proven", "many", "few"]


@given(st.text("pFs", max_size=30))
def test_figures_never_contradict_the_runs(outcomes: str) -> None:
    for test in find_flaky([series(outcomes)]):
        assert test.runs == len(outcomes.replace("s", ""))
        assert 0 < test.failures < test.runs
        assert test.flips < test.runs


@given(st.sampled_from("pF"), st.integers(0, 40))
def test_a_test_that_never_changes_its_mind_is_never_flaky(outcome: str, runs: int) -> None:
    assert find_flaky([series(outcome * runs)]) == ()
