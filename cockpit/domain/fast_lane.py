"""The fast lane: what users do not notice ships unasked, once the contract tests have passed.

A change takes it when its impact is judged as none, its paths are known, it touches neither contract tests nor
configuration, it undoes nothing that users may have, and the contract tests passed at the very commit that ships.
"""

from cockpit.domain.candidate_change import CandidateChange
from cockpit.domain.change import Impact
from cockpit.domain.commit import SHORT
from cockpit.domain.decisions.policy import Policy
from cockpit.domain.path_map import matches
from cockpit.domain.record import record

REVERT_KIND = "revert"


@record(frozen=True, slots=True)
class FastLane:
    """Whether a change takes the fast lane, and why or why not."""

    is_open: bool
    reason: str


def fast_lane(change: CandidateChange, candidate: str, contract_passed: bool | None, policy: Policy) -> FastLane:
    """Judge one change that is to ship in `candidate`; `contract_passed` is None where no contract test ran there."""
    barred = _why_barred(change, policy) or _why_untested(candidate, contract_passed)
    if barred:
        return FastLane(is_open=False, reason=barred)
    passed = f"contract tests passed at {candidate[:SHORT]}"
    return FastLane(is_open=True, reason=f"{change.change.impact_reason}; {passed}")


def configuration_path(change: CandidateChange, policy: Policy) -> str:
    """Return the first path of the team's configuration that the change touches, or empty."""
    globs = policy.change_requests.configuration_paths
    return next((path for path in change.paths or () if matches(path, globs)), "")


def _why_barred(change: CandidateChange, policy: Policy) -> str:
    if not policy.approvals.fast_lane:
        return "the policy asks for every change"
    if change.change.contract_touched or change.change.impact is not Impact.NONE:
        return change.change.impact_reason or "its impact is not known"
    if change.paths is None:
        return "what it touches is not known"
    if path := configuration_path(change, policy):
        return f"edits configuration {path}"
    if change.reverts or change.change.kind == REVERT_KIND:
        return "undoes what users may have"
    return ""


def _why_untested(candidate: str, contract_passed: bool | None) -> str:
    if contract_passed is None:
        return f"no contract tests known at {candidate[:SHORT]}"
    return "" if contract_passed else f"contract tests failed at {candidate[:SHORT]}"
