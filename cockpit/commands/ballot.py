"""`cockpit ballot`: cast one's own order of features, or see it beside what all ballots come to."""

import json
import sys
from argparse import Namespace
from collections.abc import Sequence

from cockpit.bootstrap import decide
from cockpit.commands.ballot_text import text_of
from cockpit.commands.priorities import Priorities, priorities
from cockpit.commands.receipt import tell
from cockpit.commands.wrong_use import WrongUseError
from cockpit.domain.ballots import ballots_of, own_ballot, voted_train
from cockpit.domain.borda import PLACES
from cockpit.domain.decisions.bodies import BallotCast
from cockpit.domain.feature import Feature
from cockpit.domain.ordinals import listed, ordinal
from cockpit.domain.why_ranked import why_ranked

VERSION = 1


def run(given: Namespace) -> int:
    """Cast the ballot that the arguments name, or show the board; returns the exit code."""
    if given.features and given.clear:
        raise WrongUseError("a ballot with features is not cleared", next_step="Give either features or --clear")
    known = priorities(given.start, given.train)
    if given.features or given.clear:
        return _cast(given, known)
    sys.stdout.write(f"{json.dumps(_answer(known), ensure_ascii=False)}\n" if given.json else text_of(known))
    return 0


def _cast(given: Namespace, known: Priorities) -> int:
    train = given.train or voted_train(known.decided)
    if not train:
        raise WrongUseError("no train is open to vote for", next_step="A release owner opens one: cockpit train open")
    features = [known.find(name).feature_id for name in given.features]
    _check(features)
    receipt = decide(given.start, "ballot", train, BallotCast(tuple(features)))
    places = [f"{ordinal(place)} {feature}" for place, feature in enumerate(features, 1)]
    done = f"Your ballot for {train}: {listed(places)}." if places else f"Your ballot for {train} is cleared."
    return tell(receipt, done)


def _check(features: Sequence[str]) -> None:
    twice = next((name for name in features if features.count(name) > 1), "")
    if twice:
        raise WrongUseError(f"{twice} stands on the ballot twice", next_step="Name each feature once")
    if len(features) > PLACES:
        step = f"Leave out {len(features) - PLACES} of them"
        raise WrongUseError(f"a ballot has {PLACES} places, and {len(features)} features are named", next_step=step)


def _answer(known: Priorities) -> dict[str, object]:
    cast = sorted(ballots_of(known.decided, known.train), key=lambda one: one.lead)
    board = known.board
    edged: list[Feature | None] = [None, *board, None]
    return {
        "schema": f"cockpit.ballot/{VERSION}",
        "train": known.train,
        "actor": known.actor,
        "mine": list(own_ballot(known.decided, known.train, known.actor)),
        "ballots": [{"lead": one.lead, "features": list(one.places)} for one in cast],
        "rows": [
            _row(feature, why_ranked(feature, above, below))
            for above, feature, below in zip(edged, board, edged[2:], strict=False)
        ],
    }


def _row(feature: Feature, why: Sequence[str]) -> dict[str, object]:
    backing = feature.backing
    return {
        "rank": feature.rank,
        "feature": feature.feature_id,
        "title": feature.title,
        "requester": feature.requester,
        "claimed_urgency": feature.claimed_urgency,
        "points": backing.points,
        "support": backing.support,
        "places": [{"lead": lead, "place": place} for lead, place in backing.places],
        "dissent": list(backing.dissent),
        "state": feature.state.value,
        "state_reason": feature.state_reason,
        "earlier": [{"train": train, "rank": rank} for train, rank in backing.earlier],
        "why": list(why),
        "link": feature.link,
    }
