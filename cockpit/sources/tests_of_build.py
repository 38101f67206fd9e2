"""Which file a test stands in, and which tests are contract tests."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from cockpit.domain.build import Outcome, TestRun
from cockpit.domain.path_map import matches


def with_files(runs: Sequence[TestRun], tree: Path) -> tuple[TestRun, ...]:
    """Return the runs with their files, found in the checkout `tree` by class name where the report is silent.

    Many writers put the module into the class name: `tests.contract.test_api.TestApi` stands in
    `tests/contract/test_api.py`.
    """
    found: dict[str, str] = {}
    named: list[TestRun] = []
    for run in runs:
        if not run.file:
            group = _group_of(run.test_id)
            if group not in found:
                found[group] = _file_of(group, tree)
            run = replace(run, file=found[group])
        named.append(run)
    return tuple(named)


def contract_passed(runs: Sequence[TestRun], globs: Sequence[str]) -> bool | None:
    """Tell whether every contract test passed in the run that counts; None when none ran."""
    ended: dict[str, Outcome] = {}
    known: dict[str, bool] = {}
    for run in runs:
        place = run.file or _group_of(run.test_id)
        if place not in known:
            known[place] = any(matches(path, globs) for path in _possible_paths(place))
        if known[place] and run.outcome is not Outcome.SKIPPED:
            ended[run.test_id] = run.outcome
    return all(outcome is Outcome.PASSED for outcome in ended.values()) if ended else None


def failed_tests(outcomes: Mapping[str, Outcome]) -> int:
    """Return how many tests failed in the run that counts."""
    return sum(outcome is Outcome.FAILED for outcome in outcomes.values())


def _group_of(test_id: str) -> str:
    return test_id.rpartition("::")[0]


def _possible_paths(place: str) -> list[str]:
    """A path is taken as it is; a dotted class name stands for its module, with or without a class at its end."""
    if "/" in place or not place:
        return [place] if place else []
    parts = place.split(".")
    module, parent = "/".join(parts), "/".join(parts[:-1])
    return [place, module, f"{module}.py", *([f"{parent}.py"] if parent else [])]


def _file_of(group: str, tree: Path) -> str:
    parts = group.split(".")
    if not all(part.isidentifier() for part in parts):
        return ""
    for length in range(len(parts), 0, -1):
        path = "/".join(parts[:length]) + ".py"
        if (tree / path).is_file():
            return path
    return ""
