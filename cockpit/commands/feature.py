"""`cockpit feature`: propose one, describe it anew, merge two, close one."""

from argparse import Namespace
from collections.abc import Callable, Mapping

from cockpit.bootstrap import decide
from cockpit.commands.priorities import Priorities, priorities
from cockpit.commands.receipt import tell
from cockpit.commands.wrong_use import WrongUseError
from cockpit.domain.decisions.bodies import FeatureEdited, FeatureProposed
from cockpit.domain.decisions.intent import Fate, Intent
from cockpit.domain.feature_intents import close, edit, merge, trouble_with_id, trouble_with_words

Told = tuple[tuple[Intent, ...], str]
"""What is to be decided, and what to say when it is."""


def run(given: Namespace) -> int:
    """Decide what the arguments say and return the exit code."""
    intents, done = _ASKED[given.asked](given, priorities(given.start))
    for intent in intents[:-1]:
        receipt = decide(given.start, intent.kind, intent.target, intent.body)
        if receipt.fate is Fate.REFUSED:
            return tell(receipt, "")
    last = intents[-1]
    return tell(decide(given.start, last.kind, last.target, last.body), done)


def _propose(given: Namespace, known: Priorities) -> Told:
    _refuse(trouble_with_id(given.feature, [feature.feature_id for feature in known.board]))
    _refuse(trouble_with_words(given.title, given.link))
    body = FeatureProposed(given.title, given.requester or known.actor, given.urgency, given.link)
    return (Intent("feature.propose", given.feature, body),), f"Proposed {given.feature}: {given.title}"


def _edit(given: Namespace, known: Priorities) -> Told:
    body = FeatureEdited(given.title, given.requester, given.urgency, given.link)
    if body == FeatureEdited():
        raise WrongUseError("nothing is to be changed", next_step="Say what: --title, --requester, --urgency, --link")
    feature = known.find(given.feature)
    _refuse(trouble_with_words(feature.title if given.title is None else given.title, given.link or ""))
    return edit(known.decided, feature, body), f"Edited {feature.feature_id}."


def _merge(given: Namespace, known: Priorities) -> Told:
    feature, into = known.find(given.feature), known.find(given.into)
    if feature.feature_id == into.feature_id:
        raise WrongUseError(f"{given.feature} and {given.into} are one feature", next_step="Name two different ones")
    done = f"Merged {feature.feature_id} into {into.feature_id}: its places on ballots count for that one."
    return merge(known.decided, feature, into), done


def _close(given: Namespace, known: Priorities) -> Told:
    feature = known.find(given.feature)
    return close(known.decided, feature, given.reason), f"Closed {feature.feature_id}: {given.reason}"


def _refuse(trouble: str) -> None:
    if trouble:
        raise WrongUseError(trouble)


_ASKED: Mapping[str, Callable[[Namespace, Priorities], Told]] = {
    "propose": _propose,
    "edit": _edit,
    "merge": _merge,
    "close": _close,
}
