"""What tests did, from JUnit XML as pytest, Surefire, Gradle, Jest and others write it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.xmlreader import AttributesImpl

from cockpit.domain.build import Outcome, TestRun
from cockpit.errors import SourceGarbageError
from cockpit.sources.report_xml import ReportHandler, read_report
from cockpit.text import clean

TESTS_LIMIT = 200_000
"""Most test runs that are taken from the reports of one build."""

_TEXT_LIMIT = 2000
"""Characters of a failure's text that are looked at for its first line."""

_MESSAGE_LIMIT = 200
"""Characters of a failure's first line that are kept of every test."""

_FAILURES = {"failure", "error"}
_FAILED_REPEATS = {"rerunFailure", "rerunError", "flakyFailure", "flakyError"}
"""Surefire's names for further failed runs of the same test."""


@dataclass(frozen=True, slots=True)
class TestReport:
    """Every test run of one build, in the order of the reports."""

    runs: tuple[TestRun, ...]
    """A test that was run again stands here once for each run, the run that counts last."""
    first_failure: str = ""
    """Name and first line of the first test that failed in the end."""

    __test__ = False

    @property
    def outcomes(self) -> Mapping[str, Outcome]:
        """How each test ended in the run that counts."""
        return {run.test_id: run.outcome for run in self.runs}

    @property
    def duration_s(self) -> float:
        """Time of all runs together."""
        return sum(run.duration_s for run in self.runs)


def read_junit(paths: Sequence[Path]) -> TestReport:
    """Return the tests of all reports in `paths`; raises SourceGarbageError naming the first unusable one."""
    handler = _JunitHandler()
    for path in paths:
        handler.begin()
        read_report(path, handler)
    ended = {run.test_id: run.outcome for run in handler.runs}
    first = next((words for test_id, words in handler.failures.items() if ended[test_id] is Outcome.FAILED), "")
    return TestReport(tuple(handler.runs), first)


class _JunitHandler(ReportHandler):
    """Collects test cases while the XML streams by; nothing but them is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[TestRun] = []
        self.failures: dict[str, str] = {}
        self.begin()

    def begin(self) -> None:
        """Make ready for the next file."""
        self._depth = 0
        self._suites: list[str] = []
        self._case: TestRun | None = None
        self._outcome = Outcome.PASSED
        self._failed_repeats = 0
        self._headline: str | None = None
        self._text: list[str] | None = None
        self._text_length = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 – named by SAX
        """Take note of suites, cases and how they ended."""
        if self._depth == 0 and name not in ("testsuites", "testsuite"):
            raise SourceGarbageError(f"report is not JUnit XML: it starts with <{clean(name, 40)}>")
        self._depth += 1
        if name == "testsuite":
            self._suites.append(attrs.get("name", ""))
        elif name == "testcase":
            self._begin_case(attrs)
        elif self._case is not None:
            self._begin_verdict(name, attrs)

    def endElement(self, name: str) -> None:  # noqa: N802 – named by SAX
        """Close what was opened."""
        self._depth -= 1
        if name == "testsuite" and self._suites:
            self._suites.pop()
        elif name == "testcase" and self._case is not None:
            self._end_case(self._case)
        elif name in _FAILURES and self._text is not None:
            self._headline, self._text = _first_line("".join(self._text)), None

    def characters(self, content: str) -> None:
        """Keep the beginning of a failure's text."""
        if self._text is not None and self._text_length < _TEXT_LIMIT:
            self._text.append(content[:_TEXT_LIMIT])
            self._text_length += len(content)

    def _begin_case(self, attrs: AttributesImpl) -> None:
        if len(self.runs) >= TESTS_LIMIT:
            raise SourceGarbageError(f"reports hold more than {TESTS_LIMIT} test runs")
        group = attrs.get("classname", "") or (self._suites[-1] if self._suites else "")
        name = attrs.get("name", "")
        self._case = TestRun(
            test_id=clean(f"{group}::{name}" if group else name),
            outcome=Outcome.PASSED,
            duration_s=_seconds(attrs.get("time", "")),
            file=clean(attrs.get("file", "")),
        )
        self._outcome, self._failed_repeats, self._headline, self._text = Outcome.PASSED, 0, None, None

    def _begin_verdict(self, name: str, attrs: AttributesImpl) -> None:
        if name in _FAILURES:
            self._outcome = Outcome.FAILED
            headline = _first_line(attrs.get("message", ""))
            if headline:
                self._headline = headline
            elif self._headline is None:
                self._text, self._text_length = [], 0
        elif name == "skipped" and self._outcome is Outcome.PASSED:
            self._outcome = Outcome.SKIPPED
        elif name in _FAILED_REPEATS:
            self._failed_repeats += 1

    def _end_case(self, case: TestRun) -> None:
        failed = TestRun(case.test_id, Outcome.FAILED, 0.0, case.file)
        self.runs.extend([failed] * min(self._failed_repeats, 10))
        said = clean(self._headline or "", _MESSAGE_LIMIT) if self._outcome is Outcome.FAILED else ""
        self.runs.append(TestRun(case.test_id, self._outcome, case.duration_s, case.file, said))
        if self._outcome is Outcome.FAILED:
            words = f"{case.test_id}: {self._headline}" if self._headline else case.test_id
            self.failures.setdefault(case.test_id, clean(words))
        self._case = None


def _first_line(text: str) -> str:
    return clean(text.strip()[:_TEXT_LIMIT].split("\n", 1)[0])


def _seconds(text: str) -> float:
    """Some writers put a thousands separator into the time."""
    try:
        seconds = float(text.replace(",", ""))
    except ValueError:
        return 0.0
    return seconds if math.isfinite(seconds) and seconds >= 0 else 0.0
