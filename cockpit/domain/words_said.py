"""What everybody's newest word on one change is, and what is still missing."""

from collections.abc import Sequence

from cockpit.domain.decisions.bodies import Item
from cockpit.domain.decisions.consent import Consent, consent_of
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.records import ConsentRecord
from cockpit.domain.record import record


@record(frozen=True, slots=True)
class WordsSaid:
    """On one change, at its commit or on an identical patch."""

    words: tuple[ConsentRecord, ...] = ()
    """Each person's newest one, the newest first."""
    consent: Consent = Consent.PENDING
    quorum: int = 1

    @property
    def quorum_words(self) -> str:
        """How far the quorum is, for people."""
        approvals = sum(word.counts_for for word in self.words)
        told = f"{approvals} of {self.quorum} approved"
        if self.consent is Consent.PENDING:
            return f"{told}, {max(1, self.quorum - approvals)} more needed"
        return f"{self.consent.value}: {told}"


NOTHING_SAID = "you have said nothing about it"


def has_spoken(decided: Decided, actor: str, items: Sequence[Item]) -> bool:
    """Tell whether this person's word stands on any of these, at its commit or on an identical patch."""
    return any(actor in decided.consents(item.commit, item.patch) for item in items)


def words_said(decided: Decided, commit: str, patch: str) -> WordsSaid:
    """Return what was said of the change with this commit id and, where it is known, this patch id."""
    words = sorted(decided.consents(commit, patch).values(), key=lambda word: -word.by.position)
    return WordsSaid(tuple(words), consent_of(decided, commit, patch), max(1, decided.policy.approvals.quorum))
