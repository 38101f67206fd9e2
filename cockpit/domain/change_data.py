"""What is to be known of a change before it ships: back-out plan, success criteria, and whether it can be undone."""

from cockpit.domain.candidate_change import CandidateChange
from cockpit.domain.change import Impact
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.policy import Policy
from cockpit.domain.decisions.records import ChangeRequestRecord, SignOffRecord
from cockpit.domain.decisions.rights import PROOF_SIGN_OFF
from cockpit.domain.fast_lane import configuration_path
from cockpit.domain.path_map import matches

BACK_OUT = "back-out plan"
SUCCESS = "success criteria"
PROOF = "proof that it succeeds (cockpit prove)"


def missing_data(decided: Decided, change: CandidateChange) -> tuple[str, ...]:
    """Return what the policy asks to be known of this change and nobody has said."""
    rule = decided.policy.change_requests
    if not users_may_notice(change, decided.policy):
        return ()
    said = decided.get(ChangeRequestRecord, change.commit)
    has_success = said is not None and bool(said.success or said.success_command)
    has_command = said is not None and bool(said.success_command)
    wanted = (
        (BACK_OUT, rule.back_out, said is not None and bool(said.back_out)),
        (SUCCESS, rule.success, has_success),
        (PROOF, rule.success and has_command, _is_proved(decided, change.commit)),
    )
    return tuple(name for name, is_wanted, is_there in wanted if is_wanted and not is_there)


def proof_of(commit: str) -> str:
    """Return under which name it is signed off that a change's success command fails before and passes after it."""
    return f"{PROOF_SIGN_OFF}{commit[:12]}"


def _is_proved(decided: Decided, commit: str) -> bool:
    candidate = decided.candidate
    word = decided.get(SignOffRecord, f"{candidate.commit}/{proof_of(commit)}") if candidate else None
    return word is not None and word.is_good


def users_may_notice(change: CandidateChange, policy: Policy) -> bool:
    """Tell whether users may notice the change: by its impact, or because it edits configuration."""
    return change.change.impact is not Impact.NONE or bool(configuration_path(change, policy))


def why_irreversible(decided: Decided, change: CandidateChange) -> str:
    """Return why the change cannot be undone, or empty; what people said of it stands above paths and trailer."""
    said = decided.get(ChangeRequestRecord, change.commit)
    if said is not None and said.is_irreversible is not None:
        return f"says {said.by.actor}" if said.is_irreversible else ""
    if change.irreversible:
        return change.irreversible
    globs = decided.policy.change_requests.irreversible_paths
    path = next((path for path in change.paths or () if matches(path, globs)), "")
    return f"edits {path}" if path else ""
