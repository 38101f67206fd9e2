"""The gates on what CI says: of the candidate, or of the head of the release branch while there is none."""

from cockpit.domain.build import Build, BuildResult
from cockpit.domain.commit import SHORT
from cockpit.domain.counts import counted
from cockpit.domain.evidence import Evidence
from cockpit.domain.gate import Gate
from cockpit.domain.verdict import Verdict

NO_COVERAGE_LIMIT = 0.0
NO_FLAKY_LIMIT = 1.0

FIRST_COMMIT = "Commit something, or name a branch that has commits: [git] release_branch in cockpit.toml"
"""What to do about a release branch without any."""

_SEE_REPORTS = "See why its report is missing: l on the build shows its log"
_BUILD_IT = "Have CI build it: a candidate that was a head of the release branch has been"

_ENDED = (BuildResult.PASSED, BuildResult.FAILED)


def build_gate(evidence: Evidence) -> Gate:
    """Judge whether what is to ship builds."""
    return _candidate(evidence) if evidence.gating.commit else _branch(evidence)


def contract_gates(evidence: Evidence) -> tuple[Gate, ...]:
    """Judge whether the contract tests passed at the candidate; no gate where no build ever ran any."""
    if not evidence.gating.commit:
        return ()
    from cockpit.domain.candidate_change import contract_tests  # a screen without a candidate starts without it

    if not contract_tests([*evidence.branch.builds, *evidence.builds]):
        return ()
    what, passed = _subject(evidence), contract_tests(evidence.builds).get(evidence.gating.commit)
    if passed is None:
        verdict, reason, step = Verdict.UNKNOWN, f"no contract tests known at {what}", _BUILD_IT
    elif passed:
        verdict, reason, step = Verdict.GO, f"passed at {what}", ""
    else:
        verdict, reason, step = Verdict.NO_GO, f"failed at {what}", "Mend what broke the contract, or name another"
    return (_of_ci("contract", "contract tests", verdict, reason, step, evidence),)


def figure_gates(evidence: Evidence) -> tuple[Gate, ...]:
    """Judge coverage and flakiness where the team limits them."""
    gates = []
    if evidence.limits.coverage_min > NO_COVERAGE_LIMIT:
        gates.append(_coverage(evidence))
    if evidence.limits.flaky_max < NO_FLAKY_LIMIT:
        gates.append(_flakiness(evidence))
    return tuple(gates)


def _branch(evidence: Evidence) -> Gate:
    branch = evidence.branch
    steps = {
        Verdict.GO: "",
        Verdict.NO_GO: "Mend or revert the change that broke it",
        Verdict.UNKNOWN: "See its builds: Enter in the branch pane; without CI: cockpit init",
    }
    step = steps[branch.verdict]
    if branch.state is not None and not branch.state.head:
        step = FIRST_COMMIT
    return Gate(
        gate_id="branch",
        title="release branch builds",
        verdict=branch.verdict,
        reason=branch.reason,
        source="ci",
        observed_at=branch.builds[0].started_at if branch.builds else branch.freshness.observed_at,
        who=_on_duty(evidence),
        next_step=step,
        link=branch.builds[0].link if branch.builds else "",
    )


def _candidate(evidence: Evidence) -> Gate:
    told, what = _telling(evidence), _subject(evidence)
    title = "release builds" if evidence.gating.release else "candidate builds"
    if told is None:
        verdict, reason, step = Verdict.UNKNOWN, f"{what} is not built", _BUILD_IT
    elif told.result is BuildResult.PASSED:
        tests = f", {counted(told.tests_run, 'test')} passed" if told.tests_run else ""
        verdict, reason, step = Verdict.GO, f"{what} builds{tests}", ""
    elif told.result is BuildResult.FAILED:
        message = f": {told.message}" if told.message else ""
        verdict, reason, step = (
            Verdict.NO_GO,
            f"{what} does not build{message}",
            "Name another: cockpit candidate COMMIT",
        )
    elif told.result is BuildResult.RUNNING:
        verdict, reason, step = Verdict.UNKNOWN, f"{what} is being built", "The build decides"
    else:
        ended = told.message or "no reason given"
        verdict, reason, step = Verdict.UNKNOWN, f"the build of {what} did not come to an end: {ended}", _BUILD_IT
    seen = told.started_at if told else None
    link = told.link if told else ""
    return Gate("branch", title, verdict, reason, "ci", seen, _on_duty(evidence), step, link)


def _coverage(evidence: Evidence) -> Gate:
    least, coverage = evidence.limits.coverage_min, evidence.branch.coverage
    if evidence.gating.commit:
        told = _telling(evidence)
        coverage = told.coverage if told else None
    if coverage is None:
        of = _subject(evidence) if evidence.gating.commit else ""
        verdict, reason = Verdict.UNKNOWN, f"no build{f' of {of}' if of else ''} has reported coverage"
        step = "Name the report under [ci.local] or [ci.reports] in cockpit.toml, or set limits.coverage_min = 0"
    elif (green := _newest_green(evidence)) is not None and green.coverage is None:
        verdict, reason = Verdict.UNKNOWN, f"the build of {green.commit_id[:SHORT]} has reported none"
        step = f"{_SEE_REPORTS}, or set limits.coverage_min = 0"
    elif coverage < least:
        verdict, reason = Verdict.NO_GO, f"{coverage:.1%} of lines, at least {least:.0%} asked for"
        step = "Cover what the newest changes added"
    else:
        verdict, reason, step = Verdict.GO, f"{coverage:.1%} of lines, at least {least:.0%} asked for", ""
    return _of_ci("coverage", "coverage", verdict, reason, step, evidence)


def _flakiness(evidence: Evidence) -> Gate:
    share, most = evidence.branch.flaky_share, evidence.limits.flaky_max
    if share is None and evidence.branch.tests_known:
        verdict, reason = Verdict.UNKNOWN, "every test has run once, which tells nothing of the next run"
        step = "The next build decides; or set limits.flaky_max = 1"
    elif share is None:
        verdict, reason = Verdict.UNKNOWN, "no build has reported its tests"
        step = "Name the JUnit report under [ci.local] or [ci.reports] in cockpit.toml, or set limits.flaky_max = 1"
    elif (green := _newest_green(evidence)) is not None and green.tests_run is None:
        verdict, reason = Verdict.UNKNOWN, f"the build of {green.commit_id[:SHORT]} has reported no tests"
        step = f"{_SEE_REPORTS}, or set limits.flaky_max = 1"
    elif share > most:
        verdict, reason = Verdict.NO_GO, f"{share:.1%} of tests are flaky, at most {most:.0%} allowed"
        step = "See which: Enter in the branch pane"
    else:
        verdict, reason, step = Verdict.GO, f"{share:.1%} of tests are flaky, at most {most:.0%} allowed", ""
    return _of_ci("flakiness", "flaky tests", verdict, reason, step, evidence)


def _newest_green(evidence: Evidence) -> Build | None:
    """Return the newest build that came to an end, where it passed: it has no excuse for telling less than before."""
    builds = evidence.builds if evidence.gating.commit else evidence.branch.builds
    newest = next((build for build in builds if build.result in _ENDED), None)
    return newest if newest is not None and newest.result is BuildResult.PASSED else None


def _telling(evidence: Evidence) -> Build | None:
    """Return the build that speaks for the candidate."""
    mine = [build for build in evidence.builds if build.commit_id == evidence.gating.commit]
    return next((build for build in mine if build.result in _ENDED), mine[0] if mine else None)


def _subject(evidence: Evidence) -> str:
    gating = evidence.gating
    return f"release {gating.release}" if gating.release else f"candidate {gating.commit[:SHORT]}"


def _on_duty(evidence: Evidence) -> str:
    duty = evidence.branch.on_duty
    return f"{duty} (on duty)" if duty else "whoever is on duty"


def _of_ci(gate_id: str, title: str, verdict: Verdict, reason: str, step: str, evidence: Evidence) -> Gate:
    builds = evidence.builds if evidence.gating.commit else evidence.branch.builds
    seen = builds[0].started_at if builds else None
    return Gate(gate_id, title, verdict, reason, "ci", seen, "the team", step)
