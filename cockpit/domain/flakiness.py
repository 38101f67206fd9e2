"""Flaky tests: outcomes that do not follow from the change they ran on.

Two signs, after Luo et al., "An Empirical Analysis of Flaky Tests" (FSE 2014): the test both passed and failed on one
commit, or its outcome flips between consecutive builds none of which touched the test itself. One flip to red and one
back to green is a break and its mend; only more flips than that are held against a test.
"""

import itertools
from collections.abc import Sequence

from cockpit.domain.build import FlakyTest, Outcome
from cockpit.domain.record import record

MENDED_FLIPS = 2
"""Flips that an honest break and its mend explain."""


@record(frozen=True, slots=True)
class SeriesRun:
    """One run of a test, in branch order."""

    commit_id: str
    outcome: Outcome
    touched: bool
    """The commit changed the test's own file."""


@record(frozen=True, slots=True)
class TestSeries:
    """All known runs of one test, oldest first."""

    test_id: str
    runs: Sequence[SeriesRun]

    __test__ = False


def find_flaky(series: Sequence[TestSeries]) -> tuple[FlakyTest, ...]:
    """Return the flaky tests, flakiest first (most flips, then most failures)."""
    judged = (_judge(one) for one in series)
    found = [test for test in judged if test is not None]
    return tuple(sorted(found, key=lambda test: (-test.both_on_one_commit, -test.flips, -test.failures, test.test_id)))


def _judge(series: TestSeries) -> FlakyTest | None:
    runs = [run for run in series.runs if run.outcome is not Outcome.SKIPPED]
    if not runs:
        return None
    both = _both_on_one_commit(runs)
    flips = [after for before, after in itertools.pairwise(runs) if _is_flip(before, after)]
    if not both and len(flips) <= MENDED_FLIPS:
        return None
    return FlakyTest(
        test_id=series.test_id,
        runs=len(runs),
        failures=sum(run.outcome is Outcome.FAILED for run in runs),
        flips=len(flips),
        both_on_one_commit=both,
        last_outcome=runs[-1].outcome,
        last_flip_commit=flips[-1].commit_id if flips else runs[-1].commit_id,
    )


def _is_flip(before: SeriesRun, after: SeriesRun) -> bool:
    return before.outcome is not after.outcome and not after.touched


def _both_on_one_commit(runs: Sequence[SeriesRun]) -> bool:
    outcomes: dict[str, Outcome] = {}
    return any(outcomes.setdefault(run.commit_id, run.outcome) is not run.outcome for run in runs)
