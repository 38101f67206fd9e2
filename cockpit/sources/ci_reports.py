"""Reads the test and coverage reports that another CI writes to this machine, one folder for each commit."""

import asyncio
import hashlib
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cockpit.config.settings import CiReports
from cockpit.domain.build import Build, BuildResult
from cockpit.domain.counts import counted
from cockpit.domain.facts import BuildSeen
from cockpit.errors import SourceGarbageError, SourceUnreachableError
from cockpit.sources.cobertura import read_coverage
from cockpit.sources.found_reports import found_reports, inside
from cockpit.sources.junit import read_junit
from cockpit.sources.source import Observation, Schedule, Sink
from cockpit.sources.tests_of_build import contract_passed, failed_tests
from cockpit.text import clean

BUILDS_LIMIT = 1000
"""Newest commit folders that are looked at."""

BEING_WRITTEN_S = 10.0
"""A report that is not whole and younger than this may still be in the making."""

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True, slots=True)
class ReportFolder:
    """What one commit's folder holds."""

    commit_id: str
    reports: Sequence[Path]
    coverage: Path | None
    signature: str
    """Changes when a file comes, goes or changes, or is to be read in another way."""
    changed_at_s: float
    """Unix time of the youngest file."""


class CiReportsSource:
    """Yields one build for each folder that is new or has changed; runs nothing."""

    def __init__(self, reports: CiReports, contract_globs: Sequence[str], root: Path) -> None:
        self.name = "ci-reports"
        self._settings = reports
        self._folder = root / reports.folder
        self._contract_globs = contract_globs
        self.where = clean(str(self._folder))
        self.schedule = Schedule(reports.every_s, deadline_s=120.0, lifetime_s=max(60.0, reports.every_s * 4))

    async def observe(self, sink: Sink, cursor: Mapping[str, str]) -> Observation:
        """Read what has changed since `cursor`; a folder that is still being written is read again later."""
        folders = await asyncio.to_thread(self._folders)
        seen: dict[str, str] = {}
        waiting = 0
        for folder in folders:
            if cursor.get(folder.commit_id) != folder.signature:
                build = await asyncio.to_thread(self._read, folder)
                if build is None:
                    waiting += 1
                    continue
                await asyncio.to_thread(sink.put, build)
            seen[folder.commit_id] = folder.signature
        remark = counted(len(seen), "build") + (f", {waiting} being written" if waiting else "")
        return Observation(seen, remark)

    async def close(self) -> None:
        """Nothing is held."""

    def _folders(self) -> list[ReportFolder]:
        try:
            named = [path for path in self._folder.iterdir() if _COMMIT.fullmatch(path.name)]
            named = [path for path in named if path.is_dir()]
            named.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        except OSError as error:
            raise SourceUnreachableError(
                f"the folder of CI reports cannot be read: {error.strerror}",
                where=self.where,
                next_step="Correct [ci.reports] folder in cockpit.toml, or let the CI write there",
            ) from error
        found = (self._look_into(path) for path in named[:BUILDS_LIMIT])
        return [folder for folder in found if folder is not None]

    def _look_into(self, path: Path) -> ReportFolder | None:
        """None for a folder without a report, or one that vanishes while we look."""
        try:
            coverage = inside(path, path / self._settings.coverage) if self._settings.coverage else None
            reports = [report for report in found_reports(path, self._settings.junit) if report != coverage]
            files = [*reports, *([coverage] if coverage and coverage.exists() else [])]
            stats = [(file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in files]
        except (OSError, SourceGarbageError):
            return None
        if not stats:
            return None
        read_by = (self._settings.junit, self._settings.coverage, tuple(self._contract_globs))
        signature = hashlib.blake2b(repr((stats, read_by)).encode(), digest_size=12).hexdigest()
        youngest_s = max(changed for _, changed, _ in stats) / 1e9
        return ReportFolder(path.name, reports, files[-1] if coverage in files else None, signature, youngest_s)

    def _read(self, folder: ReportFolder) -> BuildSeen | None:
        """Return the build a folder tells of, or None while it is still being written."""
        build = Build(
            build_id=folder.commit_id,
            commit_id=folder.commit_id,
            origin=self.name,
            result=BuildResult.ERROR,
            started_at=datetime.fromtimestamp(folder.changed_at_s, UTC),
            link=clean(str(self._folder / folder.commit_id)),
        )
        try:
            return self._judged(build, folder)
        except SourceGarbageError as error:
            if 0 <= time.time() - folder.changed_at_s < BEING_WRITTEN_S:
                return None
            return BuildSeen(replace(build, message=f"{clean(Path(error.where).name, 100)}: {error.what}"))

    def _judged(self, build: Build, folder: ReportFolder) -> BuildSeen:
        coverage = read_coverage(folder.coverage) if folder.coverage else None
        if not folder.reports:
            return BuildSeen(replace(build, coverage=coverage, message="no test report, only coverage"))
        tests = read_junit(folder.reports)
        failed = failed_tests(tests.outcomes)
        judged = replace(
            build,
            result=BuildResult.FAILED if failed else BuildResult.PASSED,
            started_at=build.started_at - timedelta(seconds=min(tests.duration_s, 86400.0)),
            duration_s=tests.duration_s,
            tests_run=len(tests.outcomes),
            tests_failed=failed,
            coverage=coverage,
            contract_passed=contract_passed(tests.runs, self._contract_globs),
            message=tests.first_failure,
        )
        return BuildSeen(judged, tests.runs)
