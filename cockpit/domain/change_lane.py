"""The lane of one change of the candidate: why it ships, or what keeps it."""

from enum import Enum

from cockpit.domain.candidate_change import CandidateChange
from cockpit.domain.change_data import missing_data, why_irreversible
from cockpit.domain.commit import SHORT
from cockpit.domain.decisions.consent import Consent, consent_of
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.records import ConsentRecord
from cockpit.domain.fast_lane import FastLane
from cockpit.domain.record import record


class Lane(Enum):
    """Which way a change goes."""

    APPROVED = "approved"
    FAST_LANE = "fast lane"
    """Ships unasked."""
    INACTIVE = "inactive"
    """Is in the candidate and does nothing there."""
    PENDING = "pending"
    """Waits for stakeholders."""
    DECLINED = "declined"


@record(frozen=True, slots=True)
class ChangeLane:
    """One change with its lane."""

    change: CandidateChange
    lane: Lane
    words: str
    """In a column's width: 'approved by sara', 'waits 1 of 2', 'lacks back-out plan'."""
    reason: str
    """Why this lane, and where it is not the fast one why not that."""
    more: int = 0
    """Stakeholders who still have to approve."""
    missing: tuple[str, ...] = ()
    """What the policy asks to be known of it and nobody has said."""
    irreversible: str = ""
    """Why it cannot be undone; empty when it can."""
    carried: bool = False
    """Whether a word counts here that was given to an identical patch elsewhere."""

    @property
    def commit(self) -> str:
        """Full id of the change."""
        return self.change.commit

    @property
    def ships(self) -> bool:
        """Whether it would reach users."""
        return self.lane in (Lane.APPROVED, Lane.FAST_LANE) and not self.missing

    @property
    def is_in_the_way(self) -> bool:
        """Whether no release can be cut while it is as it is."""
        return self.lane is not Lane.INACTIVE and not self.ships


def lane_of(decided: Decided, change: CandidateChange, inactive: str, fast: FastLane) -> ChangeLane:
    """Return the lane of a change; `inactive` says why it does nothing, or is empty."""
    irreversible = why_irreversible(decided, change)
    if inactive:
        return ChangeLane(change, Lane.INACTIVE, "inactive", inactive, irreversible=irreversible)
    words = sorted(decided.consents(change.commit, change.patch).values(), key=lambda word: word.by.position)
    lane, more, missing = _lane(decided, change, fast), _more(decided, words), missing_data(decided, change)
    return ChangeLane(
        change=change,
        lane=lane,
        words=_words(decided, lane, words, missing),
        reason=_reason(lane, change, words, more, fast),
        more=more if lane is Lane.PENDING else 0,
        missing=missing,
        irreversible=irreversible,
        carried=any(word.commit != change.commit for word in words),
    )


def is_approved(decided: Decided, change: CandidateChange) -> bool:
    """Tell whether the stakeholders have let this change ship."""
    return consent_of(decided, change.commit, change.patch) is Consent.APPROVED


def _lane(decided: Decided, change: CandidateChange, fast: FastLane) -> Lane:
    consent = consent_of(decided, change.commit, change.patch)
    if consent is Consent.APPROVED:
        return Lane.APPROVED
    if consent is Consent.DECLINED:
        return Lane.DECLINED
    return Lane.FAST_LANE if fast.is_open else Lane.PENDING


def _more(decided: Decided, words: list[ConsentRecord]) -> int:
    return max(1, decided.policy.approvals.quorum - sum(word.counts_for for word in words))


def _words(decided: Decided, lane: Lane, words: list[ConsentRecord], missing: tuple[str, ...]) -> str:
    if missing and lane in (Lane.APPROVED, Lane.FAST_LANE):
        return f"lacks {' and '.join(missing)}"
    if lane in (Lane.APPROVED, Lane.DECLINED):
        return f"{lane.value} by {_people(words, is_approval=lane is Lane.APPROVED)}"
    if lane is Lane.FAST_LANE:
        return "fast lane"
    quorum = max(1, decided.policy.approvals.quorum)
    return f"waits {sum(word.counts_for for word in words)} of {quorum}"


def _reason(lane: Lane, change: CandidateChange, words: list[ConsentRecord], more: int, fast: FastLane) -> str:
    if lane is Lane.FAST_LANE:
        return fast.reason
    if lane is Lane.PENDING:
        said = _people(words, is_approval=True)
        waits = f"{more} more to approve" + (f" after {said}" if said else "")
        return f"{waits}; no fast lane: {fast.reason}"
    return "; ".join(_said(word, change) for word in words if word.is_approval == (lane is Lane.APPROVED))


def _said(word: ConsentRecord, change: CandidateChange) -> str:
    deed = "approved" if word.is_approval else "declined"
    where = "" if word.commit == change.commit else f" at {word.commit[:SHORT]}, the same patch"
    return f"{deed} by {word.person}{where}" + (f": {word.reason}" if word.reason else "")


def _people(words: list[ConsentRecord], *, is_approval: bool) -> str:
    """A release owner's approval is heard, and the quorum asks for stakeholders."""
    return ", ".join(
        word.person if word.counts_for == is_approval else f"{word.person} (release owner)"
        for word in words
        if word.is_approval == is_approval
    )
