"""Builds of commits and the tests they ran."""

from datetime import datetime
from enum import Enum

from cockpit.domain.record import record


class BuildResult(Enum):
    """How a build of one commit ended."""

    PASSED = "passed"
    FAILED = "failed"
    RUNNING = "running"
    ERROR = "error"
    """It could not be run to its end (time limit, no disk); says nothing about the commit."""
    MISSING = "missing"
    """Nobody has built this commit."""


class Outcome(Enum):
    """How one test ended in one build."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@record(frozen=True, slots=True)
class Build:
    """One run of a CI over one commit."""

    build_id: str
    """Unique within its origin; the same id observed again replaces what was known."""
    commit_id: str
    origin: str
    """Name of the source that observed it."""
    result: BuildResult
    started_at: datetime
    duration_s: float | None = None
    tests_run: int | None = None
    tests_failed: int | None = None
    coverage: float | None = None
    """Share of lines covered, 0 to 1."""
    contract_passed: bool | None = None
    """Whether every contract test passed; None when none ran."""
    message: str = ""
    """The reason of a failure or error in one line."""
    link: str = ""
    """Address of the run (http, https) or path of the kept log."""


@record(frozen=True, slots=True)
class TestRun:
    """What one test did in one build."""

    test_id: str
    outcome: Outcome
    duration_s: float = 0.0
    file: str = ""
    """Path of the test's own file where the report names it, else empty."""
    message: str = ""
    """First line of what a failure says, or empty."""

    __test__ = False  # keeps pytest from collecting the class


@record(frozen=True, slots=True)
class FlakyTest:
    """A test whose outcome does not follow from the change it ran on."""

    test_id: str
    runs: int
    failures: int
    flips: int
    """Times the outcome changed between consecutive builds without a change to the test's own files."""
    both_on_one_commit: bool
    """It both passed and failed on one and the same commit."""
    last_outcome: Outcome
    last_flip_commit: str = ""
