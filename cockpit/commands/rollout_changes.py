"""Which changes a rollout ships, and which of them cannot be undone."""

from dataclasses import dataclass

from cockpit.commands.at_hand import AtHand
from cockpit.commands.rollout_view import ChangeShown
from cockpit.domain.candidate_change import CandidateChange
from cockpit.domain.change_data import why_irreversible
from cockpit.domain.custody import plain_version
from cockpit.domain.decisions.records import CandidateRecord, ReleaseRecord
from cockpit.domain.rollout.plan import RolloutPlan
from cockpit.errors import CockpitError
from cockpit.text import clean


@dataclass(frozen=True, slots=True)
class ReleaseChanges:
    """The changes of a release as far as git tells them."""

    since: str
    """The release that they come after, as its tag names it; empty for the beginning."""
    rows: tuple[ChangeShown, ...] | None
    """None where git cannot tell, with the reason in `unknown`."""
    unknown: str = ""
    remarks: tuple[str, ...] = ()


def changes_of(hand: AtHand, release: ReleaseRecord, plan: RolloutPlan) -> ReleaseChanges:
    """Return the changes of a release that is to go where `plan` says."""
    candidate = hand.decided.get(CandidateRecord, release.candidate)
    if candidate is None:
        return ReleaseChanges("", None, "nobody named its candidate here")
    remarks = _others_run(plan, candidate.base)
    try:
        facts = hand.facts(candidate)
    except CockpitError as error:
        return ReleaseChanges(candidate.base, None, clean(error.what), remarks)
    inactive = frozenset(release.inactive)
    rows = tuple(_row(hand, change, inactive) for change in facts.changes)
    return ReleaseChanges(candidate.base, rows, clean(facts.incomplete), remarks)


def _row(hand: AtHand, change: CandidateChange, inactive: frozenset[str]) -> ChangeShown:
    return ChangeShown(
        commit=change.commit,
        subject=change.change.subject,
        author=change.change.author,
        ships=change.commit not in inactive,
        irreversible=clean(why_irreversible(hand.decided, change)),
    )


def _others_run(plan: RolloutPlan, base: str) -> tuple[str, ...]:
    """Where servers run what is older than the release before, they get more than this release's changes."""
    expected = {plain_version(base), plain_version(plan.release), plain_version(plan.tag), ""}
    others = sorted({runs.version for runs in plan.before.values() if plain_version(runs.version) not in expected})
    if not others:
        return ()
    after = base or "the beginning"
    return (f"servers run {', '.join(others)}: what changed between that and {after} reaches or leaves them too",)
