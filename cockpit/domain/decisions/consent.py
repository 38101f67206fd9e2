"""Whether the stakeholders let a change ship: each person's newest word, the quorum, and the rule for disagreement."""

from collections.abc import Sequence
from enum import Enum

from cockpit.domain.decisions.bodies import Item
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.policy import Approvals, Disagreement, Role
from cockpit.domain.decisions.records import ConsentRecord


class Consent(Enum):
    """What the words of all stakeholders together come to."""

    APPROVED = "approved"
    DECLINED = "declined"
    PENDING = "pending"


def consent_of(decided: Decided, commit: str, patch: str = "") -> Consent:
    """Return what the policy in force makes of everybody's word on a change, given at this commit or its patch."""
    words = list(decided.consents(commit, patch).values())
    rule = decided.policy.approvals
    approvals = sum(word.counts_for for word in words)
    declines = sum(not word.is_approval for word in words)
    decision = _of_owner(decided, words) if rule.on_disagreement is Disagreement.RELEASE_OWNER_DECIDES else None
    if decision is not None:
        return decision
    if _is_declined(rule, approvals, declines):
        return Consent.DECLINED
    return Consent.APPROVED if approvals >= rule.quorum and approvals else Consent.PENDING


def given_words(decided: Decided, items: Sequence[Item]) -> tuple[Item, ...]:
    """Return `items` with every other commit at which somebody spoke about one of their patches.

    Whoever takes a word back means it wherever it was given.
    """
    patches = {item.patch for item in items if item.patch}
    elsewhere = (Item(word.commit, word.patch) for word in decided.all(ConsentRecord) if word.patch in patches)
    return tuple(dict.fromkeys((*items, *elsewhere)))


def _is_declined(rule: Approvals, approvals: int, declines: int) -> bool:
    if rule.on_disagreement is Disagreement.MAJORITY:
        return declines > 0 and declines >= approvals
    return declines > 0


def _of_owner(decided: Decided, words: list[ConsentRecord]) -> Consent | None:
    """Return the newest word of a release owner; None when none said anything."""
    owners = decided.policy.with_role(Role.RELEASE_OWNER)
    said = [word for word in words if word.person in owners]
    if not said:
        return None
    newest = max(said, key=lambda word: word.by.position)
    return Consent.APPROVED if newest.is_approval else Consent.DECLINED
