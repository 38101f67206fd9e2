"""`cockpit approve`, `decline` and `withdraw`: what a stakeholder says of changes of the candidate."""

from argparse import Namespace
from collections.abc import Sequence

from cockpit.bootstrap import actor, decide
from cockpit.commands.at_hand import AtHand, at_hand
from cockpit.commands.chosen import chosen
from cockpit.commands.receipt import tell
from cockpit.commands.wrong_use import WrongUseError
from cockpit.domain.candidate_change import CandidateChange
from cockpit.domain.commit import SHORT
from cockpit.domain.counts import counted
from cockpit.domain.decisions.bodies import Approved, Declined, Item, Withdrawn
from cockpit.domain.decisions.consent import given_words
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.words_said import NOTHING_SAID, has_spoken
from cockpit.ledger.spool import Spool

_DEEDS = {"approve": "Approved", "decline": "Declined", "withdraw": "Took back what you said of"}

MOST_NAMED = 5


def run(given: Namespace) -> int:
    """Keep the word on every change that the arguments name."""
    if given.command == "decline" and not given.reason:
        raise WrongUseError("declining needs a reason", next_step="Say why: --reason …")
    hand = at_hand(given.start)
    candidate = hand.candidate()
    changes = chosen(hand.facts(candidate).changes, hand.decided, given, hand.between)
    if given.command == "withdraw" and not _has_spoken(given, hand, changes):
        raise WrongUseError(NOTHING_SAID, next_step=f"See who said what: cockpit release plan ({_named(changes)})")
    receipt = decide(given.start, given.command, candidate.commit, _body(given, changes, hand.decided))
    return tell(receipt, f"{_DEEDS[given.command]} {_named(changes)} of candidate {candidate.commit[:SHORT]}.")


def _has_spoken(given: Namespace, hand: AtHand, changes: Sequence[CandidateChange]) -> bool:
    """A word that still waits on this machine is not known yet."""
    items = tuple(Item(change.commit, change.patch) for change in changes)
    return has_spoken(hand.decided, actor(given.start, hand.decided), items) or bool(Spool(hand.places.spool).count())


def _body(given: Namespace, changes: Sequence[CandidateChange], decided: Decided) -> Approved | Declined | Withdrawn:
    items = tuple(Item(change.commit, change.patch) for change in changes)
    feature = given.feature if not (given.changes or given.stretch or given.everything) else ""
    if given.command == "approve":
        return Approved(items, feature, given.reason)
    if given.command == "decline":
        return Declined(items, given.reason, feature)
    return Withdrawn(given_words(decided, items), given.reason)


def _named(changes: Sequence[CandidateChange]) -> str:
    names = [f"{change.change.short_id} {change.change.subject}" for change in changes]
    if len(names) == 1:
        return names[0]
    listed = "; ".join(names[:MOST_NAMED])
    return f"{counted(len(names), 'change')} ({listed}{'; …' if len(names) > MOST_NAMED else ''})"
