"""What offers of deeds about rollouts have in common."""

from collections.abc import Callable, Sequence

from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.expecting import expect_now
from cockpit.domain.decisions.rollout_record import RolloutRecord
from cockpit.domain.decisions.rollout_start import holder_of
from cockpit.domain.deed import Deed
from cockpit.domain.record import record


@record(frozen=True, slots=True)
class Offer:
    """What may be decided, or why nothing may."""

    deeds: tuple[Deed, ...] = ()
    why_none: str = ""


def deed_of(
    decided: Decided,
    rollout: RolloutRecord,
    word: str,
    label: str,
    effect: tuple[str, ...],
    done: str,
    body: Callable[[str], object],
    *,
    question: str = "",
    exact: str = "",
) -> Deed:
    """Return one deed; a question asks for a reason, unless it asks for one answer exactly."""
    kind = f"rollout.{word}"
    return Deed(
        label=label,
        effect=effect,
        done=done,
        kind=kind,
        target=rollout.rollout,
        body=body,
        expect=expect_now(decided, kind, rollout.rollout),
        question=question,
        hint=exact or ("a reason" if question else ""),
        needs_answer=bool(question),
        exact=exact,
    )


def strange_hands(decided: Decided, rollout: RolloutRecord, actor: str, *, may_be_nobody: bool) -> str:
    """Return why this person's hands are not those that may act, empty when they are."""
    holder = holder_of(decided, rollout.environment)
    if holder == actor or (may_be_nobody and not holder):
        return ""
    who = f"{holder} has" if holder else "Nobody has"
    return f"{who} the controls of {rollout.environment}: take them first (C)"


def from_to_back(rollout: RolloutRecord, servers: Sequence[str]) -> str:
    """Return from the release to what these servers ran before: seldom more than one version."""
    before = rollout.plan.before
    versions = list(dict.fromkeys(before[server].version or "unknown" for server in servers if server in before))
    known = ", ".join(versions[:3]) + (f" and {len(versions) - 3} more" if len(versions) > 3 else "")
    return f"{rollout.plan.release} → {known or 'what they ran before'}"
