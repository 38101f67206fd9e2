"""What is to be decided so that a feature is proposed, edited, merged or closed.

The rules know features of the ledger alone. One that only `features.toml` asks for is therefore proposed first, in the
words of the file; each function returns the intents in the order in which they are to be decided.
"""

import re
from collections.abc import Iterable

from cockpit.domain.decisions.bodies import FeatureClosed, FeatureEdited, FeatureMerged, FeatureProposed
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.intent import Intent
from cockpit.domain.decisions.records import FeatureRecord
from cockpit.domain.feature import Feature

_ID = re.compile(r"[^\s,/]{1,100}")
"""Commits name it as one word."""


def trouble_with_id(name: str, known: Iterable[str]) -> str:
    """Return for people why no feature can be proposed under this id, '' where one can."""
    if not _ID.fullmatch(name):
        return f"{name!r} is no id for a feature: it takes one word without comma or slash"
    alike = next((one for one in known if one.casefold() == name.casefold()), "")
    if alike == name:
        return f"there is a feature {name} already: edit it, or choose another id"
    return f"there is a feature {alike}: choose an id that differs in more than case" if alike else ""


def trouble_with_words(title: str, link: str) -> str:
    """Return for people why a feature cannot be described like this, '' where it can."""
    if not title:
        return "a feature needs a title"
    if link and not link.startswith(("https://", "http://")):
        return f"{link} is no link: it begins with https:// or http://"
    return ""


def edit(decided: Decided, feature: Feature, body: FeatureEdited) -> tuple[Intent, ...]:
    """Describe `feature` anew."""
    return (*_known_to_ledger(decided, feature), Intent("feature.edit", feature.feature_id, body))


def merge(decided: Decided, feature: Feature, into: Feature) -> tuple[Intent, ...]:
    """Let `feature` count for another from now on."""
    known = (*_known_to_ledger(decided, into), *_known_to_ledger(decided, feature))
    return (*known, Intent("feature.merge", feature.feature_id, FeatureMerged(into.feature_id)))


def close(decided: Decided, feature: Feature, reason: str) -> tuple[Intent, ...]:
    """Take `feature` off the board."""
    return (*_known_to_ledger(decided, feature), Intent("feature.close", feature.feature_id, FeatureClosed(reason)))


def _known_to_ledger(decided: Decided, feature: Feature) -> tuple[Intent, ...]:
    if decided.get(FeatureRecord, feature.feature_id) is not None:
        return ()
    body = FeatureProposed(feature.title, feature.requester, feature.claimed_urgency, feature.link)
    return (Intent("feature.propose", feature.feature_id, body),)
