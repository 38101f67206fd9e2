"""The priority board as plain text."""

from collections.abc import Sequence

from cockpit.commands.priorities import Priorities
from cockpit.commands.table import aligned
from cockpit.domain.ballots import ballots_of, own_ballot
from cockpit.domain.borda import PLACES
from cockpit.domain.counts import counted
from cockpit.domain.decisions.policy import Role
from cockpit.domain.feature import Feature
from cockpit.domain.ordinals import listed, ordinal
from cockpit.domain.why_ranked import RULE
from cockpit.text import clean

_TITLE, _NAME, _URGENCY = 48, 20, 24
_HEAD = ("RANK", "ID", "TITLE", "POINTS", "SUPPORT", "YOURS", "ASKED BY", "CLAIMS", "STATE", "BEFORE")
_LINE = ("----", *("" for _ in _HEAD[1:]))


def text_of(known: Priorities) -> str:
    """Return who voted, one's own ballot, the top five, a line, the rest, and the rule."""
    lines = [_voted(known), _mine(known)]
    if known.board:
        rows = [_row(feature, known.actor) for feature in known.board]
        rows[PLACES:PLACES] = [_LINE] if len(rows) > PLACES else []
        lines += [*aligned([_HEAD, *rows]), RULE]
    else:
        lines.append("No feature is asked for: cockpit feature propose ID TITLE, or write one into features.toml")
    return "".join(f"{clean(line)}\n" for line in lines)


def _voted(known: Priorities) -> str:
    if not known.train:
        return "no train was opened yet: features stand in the order in which they were asked for"
    leads = [cast.lead for cast in ballots_of(known.decided, known.train)]
    silent = [lead for lead in known.decided.policy.with_role(Role.LEAD) if lead not in leads]
    waiting = f"; not yet: {listed(silent)}" if silent else ""
    return f"train {known.train}: {counted(len(leads), 'ballot')}{waiting}"


def _mine(known: Priorities) -> str:
    features = own_ballot(known.decided, known.train, known.actor)
    if not features:
        return "your ballot: none; cast one with: cockpit ballot FEATURE…"
    return f"your ballot: {', '.join(f'{ordinal(place)} {name}' for place, name in enumerate(features, 1))}"


def _row(feature: Feature, actor: str) -> Sequence[str]:
    backing = feature.backing
    return (
        str(feature.rank),
        feature.feature_id,
        clean(feature.title, _TITLE),
        str(backing.points or "-"),
        f"{backing.support} of {backing.ballots}" if backing.ballots else "-",
        str(backing.place_of(actor) or "-"),
        clean(feature.requester or "-", _NAME),
        clean(f"“{feature.claimed_urgency}”" if feature.claimed_urgency else "-", _URGENCY),
        feature.state.value,
        ", ".join(f"{ordinal(rank)} in {train}" for train, rank in backing.earlier) or "-",
    )
