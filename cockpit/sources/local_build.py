"""One build of one commit: clean checkout, command, reports, and what is said about it."""

import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from cockpit.config.settings import LocalCi
from cockpit.domain.build import Build, BuildResult
from cockpit.domain.facts import BuildSeen
from cockpit.errors import GitError, SourceGarbageError, SourceUnreachableError
from cockpit.sources.build_process import Ended, Ending, environment_for, run_build
from cockpit.sources.checkout import Checkout
from cockpit.sources.cobertura import read_coverage
from cockpit.sources.found_reports import found_reports, inside
from cockpit.sources.junit import TestReport, read_junit
from cockpit.sources.kept_builds import KeptBuilds, RunningBuild
from cockpit.sources.kept_log import KeptLog, last_line
from cockpit.sources.tests_of_build import contract_passed, failed_tests, with_files
from cockpit.text import clean

_NOT_RUNNABLE = (126, 127)
"""What `nice` and `ionice` exit with when the program is not there or may not be run."""


@dataclass(frozen=True, slots=True)
class LocalBuild:
    """How commits are built."""

    ci: LocalCi
    contract_globs: Sequence[str]
    checkout: Checkout
    kept: KeptBuilds

    def run(self, commit_id: str, put: Callable[[BuildSeen], None], stop: threading.Event) -> None:
        """Build `commit_id` and put the running and the final build; blocks until all is ended and tidied.

        Raises SourceUnreachableError when there is no checkout to build in.
        """
        try:
            tree, temporary = self.kept.prepare(commit_id)
            remark = self.checkout.into(tree, commit_id)
            self._run_in(tree, temporary, commit_id, put, stop, remark)
        except (GitError, OSError) as error:
            raise SourceUnreachableError(
                f"the checkout of {commit_id[:12]} could not be built: {clean(str(error), 200)}",
                where=str(self.kept.folder),
                next_step="See whether the disk is full",
            ) from error
        finally:
            self.kept.tidy(commit_id)
            self.kept.prune()

    def _run_in(
        self,
        tree: Path,
        temporary: Path,
        commit_id: str,
        put: Callable[[BuildSeen], None],
        stop: threading.Event,
        remark: str,
    ) -> None:
        started_at = datetime.now(UTC)
        log_path = self.kept.log_of(commit_id)
        build = Build(
            build_id=f"{commit_id}-{int(started_at.timestamp() * 1000)}",
            commit_id=commit_id,
            origin="ci",
            result=BuildResult.RUNNING,
            started_at=started_at,
            link=str(log_path),
        )
        self.kept.note_running(RunningBuild(build.build_id, commit_id, started_at))
        put(BuildSeen(build))
        environment = environment_for(self.kept.folder, tree, temporary, commit_id)
        try:
            with KeptLog(log_path) as log:
                log.write(f"[{remark}]\n".encode() if remark else b"")
                ending = run_build(self.ci.command, tree, environment, log, self.ci.timeout_s, stop)
            put(self._judged(replace(build, duration_s=ending.duration_s), ending, tree))
        except OSError as error:
            put(BuildSeen(replace(build, result=BuildResult.ERROR, message=clean(str(error)))))
            raise
        finally:
            self.kept.note_ended()

    def _judged(self, build: Build, ending: Ending, tree: Path) -> BuildSeen:
        result, message = self._result_of(ending, build.link)
        if result is BuildResult.ERROR:
            return BuildSeen(replace(build, result=result, message=message))
        tests, coverage, trouble = self._reports(tree)
        failed = failed_tests(tests.outcomes) if tests else None
        if failed:
            result, message = BuildResult.FAILED, (tests.first_failure if tests else "") or message
        runs = with_files(tests.runs, tree) if tests else ()
        judged = replace(
            build,
            result=result,
            message=message or trouble,
            tests_run=len(tests.outcomes) if tests else None,
            tests_failed=failed,
            coverage=coverage,
            contract_passed=contract_passed(runs, self.contract_globs),
        )
        return BuildSeen(judged, runs)

    def _result_of(self, ending: Ending, log: str) -> tuple[BuildResult, str]:
        status = ending.exit_status
        if ending.how is Ended.STOPPED:
            return BuildResult.ERROR, "ended because the agent stopped"
        if ending.how is Ended.TIME_OVER:
            return BuildResult.ERROR, f"ended after its time limit of {self.ci.timeout_s:g} s"
        if status in _NOT_RUNNABLE:
            return BuildResult.ERROR, clean(last_line(Path(log))) or "the command could not be started"
        if status in (-signal.SIGKILL, -signal.SIGTERM):
            return BuildResult.ERROR, f"the command was ended by {signal.Signals(-status).name}"
        if status != 0:
            said = last_line(Path(log))
            return BuildResult.FAILED, clean(f"exit status {status}: {said}" if said else f"exit status {status}")
        return BuildResult.PASSED, ""

    def _reports(self, tree: Path) -> tuple[TestReport | None, float | None, str]:
        """Return tests, coverage and what is wrong with the reports; a bad report does not undo a build."""
        tests, coverage, troubles = None, None, []
        try:
            tests = self._tests(tree)
        except SourceGarbageError as error:
            troubles.append(error.what)
        try:
            if self.ci.coverage:
                coverage = read_coverage(inside(tree, tree / self.ci.coverage))
        except SourceGarbageError as error:
            troubles.append(f"coverage: {error.what}")
        return tests, coverage, "; ".join(troubles)

    def _tests(self, tree: Path) -> TestReport | None:
        if not self.ci.junit:
            return None
        reports = found_reports(tree, self.ci.junit)
        if not reports:
            raise SourceGarbageError(f"no test report matches {clean(self.ci.junit, 100)}")
        return read_junit(reports)
