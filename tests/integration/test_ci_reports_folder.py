"""Reports that another CI writes, read as they come, also half-written ones."""

import os
import time
from pathlib import Path

import pytest

from cockpit.config.settings import CiReports
from cockpit.domain.build import Build, BuildResult
from cockpit.domain.facts import BuildSeen, Facts
from cockpit.errors import SourceUnreachableError
from cockpit.sources.ci_reports import BEING_WRITTEN_S, CiReportsSource

PASSED = '<testsuite><testcase classname="tests.contract.test_a" name="a" time="2"/></testsuite>'
FAILED = '<testsuite><testcase classname="c" name="a"><failure message="no"/></testcase></testsuite>'


class Reports:
    """A folder that a CI writes to, and the source that reads it."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "reports"
        self.source = CiReportsSource(CiReports(folder="reports"), ["tests/contract/**"], root)
        self.cursor: dict[str, str] = {}
        self.builds: list[Build] = []
        self.remark = ""

    def put(self, facts: Facts) -> None:
        assert isinstance(facts, BuildSeen)
        self.builds.append(facts.build)

    def write(self, commit: str, name: str, content: str, age_s: float = 0.0) -> None:
        path = self.folder / (commit * 40) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        os.utime(path, (time.time() - age_s,) * 2)

    async def look(self) -> list[Build]:
        """Builds that are new since the last look."""
        self.builds = []
        observation = await self.source.observe(self, self.cursor)
        self.cursor, self.remark = dict(observation.cursor), observation.remark
        return self.builds


@pytest.fixture
def reports(tmp_path: Path) -> Reports:
    return Reports(tmp_path)


async def test_each_folder_is_a_build_with_tests_and_coverage(reports: Reports) -> None:
    reports.write("a", "junit.xml", PASSED)
    reports.write("a", "coverage.xml", '<coverage line-rate="0.5"/>')
    reports.write("b", "junit.xml", FAILED)
    good, bad = sorted(await reports.look(), key=lambda build: build.commit_id)
    assert (good.commit_id, good.result, good.coverage) == ("a" * 40, BuildResult.PASSED, 0.5)
    assert (good.tests_run, good.tests_failed, good.contract_passed, good.duration_s) == (1, 0, True, 2.0)
    assert (bad.result, bad.tests_failed, bad.message) == (BuildResult.FAILED, 1, "c::a: no")
    assert bad.coverage is None


async def test_only_what_is_new_or_changed_is_read_again(reports: Reports) -> None:
    reports.write("a", "junit.xml", PASSED)
    reports.write("b", "junit.xml", PASSED)
    assert len(await reports.look()) == 2
    assert await reports.look() == []
    reports.write("b", "junit.xml", FAILED)
    assert [build.commit_id for build in await reports.look()] == ["b" * 40]


async def test_a_report_that_is_being_written_is_read_when_it_is_whole(reports: Reports) -> None:
    reports.write("a", "junit.xml", PASSED[:30])
    assert await reports.look() == []
    assert reports.remark == "0 builds, 1 being written"
    reports.write("a", "junit.xml", PASSED)
    assert [build.result for build in await reports.look()] == [BuildResult.PASSED]


async def test_a_report_that_stays_broken_is_an_error_told_once(reports: Reports) -> None:
    reports.write("a", "junit.xml", "<testsuite>", age_s=BEING_WRITTEN_S + 1)
    reports.write("b", "junit.xml", PASSED)
    results = {build.commit_id[0]: build for build in await reports.look()}
    assert results["b"].result is BuildResult.PASSED
    assert results["a"].result is BuildResult.ERROR
    assert results["a"].message.startswith("junit.xml: report is not whole XML")
    assert await reports.look() == []


async def test_a_report_dated_in_the_future_does_not_wait_for_ever(reports: Reports) -> None:
    reports.write("a", "junit.xml", "<testsuite>", age_s=-86400.0)
    assert [build.result for build in await reports.look()] == [BuildResult.ERROR]


async def test_folders_without_reports_and_names_that_are_no_commits_are_passed_over(reports: Reports) -> None:
    (reports.folder / ("a" * 40)).mkdir(parents=True)
    (reports.folder / "latest").mkdir()
    (reports.folder / "latest" / "junit.xml").write_text(PASSED)
    (reports.folder / ("c" * 40)).write_text("a file")
    assert await reports.look() == []


async def test_a_report_that_is_a_link_out_of_its_folder_is_not_read(reports: Reports, tmp_path: Path) -> None:
    (tmp_path / "outside.xml").write_text(PASSED)
    (reports.folder / ("a" * 40)).mkdir(parents=True)
    (reports.folder / ("a" * 40) / "junit.xml").symlink_to(tmp_path / "outside.xml")
    reports.write("b", "junit.xml", PASSED)
    assert [build.commit_id for build in await reports.look()] == ["b" * 40]


async def test_a_folder_that_is_not_there_is_said_with_the_next_step(reports: Reports) -> None:
    with pytest.raises(SourceUnreachableError, match=r"cockpit\.toml"):
        await reports.look()


async def test_reports_are_read_again_when_it_is_told_anew_which_files_and_tests_count(
    reports: Reports, tmp_path: Path
) -> None:
    reports.write("a", "junit.xml", PASSED)
    reports.write("a", "other.xml", FAILED)
    first = [(build.result, build.contract_passed) for build in await reports.look()]
    reports.source = CiReportsSource(CiReports(folder="reports", junit="other.xml"), ["tests/contract/**"], tmp_path)
    second = [(build.result, build.contract_passed) for build in await reports.look()]
    reports.source = CiReportsSource(CiReports(folder="reports", junit="junit.xml"), ["none/**"], tmp_path)
    third = [(build.result, build.contract_passed) for build in await reports.look()]
    assert first == [(BuildResult.FAILED, True)]
    assert second == [(BuildResult.FAILED, None)]
    assert third == [(BuildResult.PASSED, None)]
    assert await reports.look() == []
