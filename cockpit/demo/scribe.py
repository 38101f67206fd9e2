"""Makes events of decisions in bulk: each rests on what was decided before it, as if it had been made there."""

import random
from collections.abc import Iterable
from datetime import datetime

from ulid import ULID

from cockpit.demo.deed import Deed
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import Event, Placed
from cockpit.domain.decisions.expecting import expect_now
from cockpit.domain.decisions.fold import fold_if_good

_RANDOM_BITS = 80
"""Of a ULID; the others are its moment in milliseconds."""


def events_of(deeds: Iterable[Deed], seed: int) -> list[Event]:
    """Return the chain that these decisions make in the order of their moments; raises Refused for one that is void."""
    chance, decided, events = random.Random(seed), Decided(), list[Event]()
    for deed in sorted(deeds, key=lambda deed: deed.at):
        event = Event(
            event_id=_event_id(deed.at, chance),
            ledger=decided.ledger.ledger if decided.ledger else "",
            actor=deed.actor,
            kind=deed.kind,
            target=deed.target,
            at=deed.at.replace(microsecond=0),
            body=deed.body,
            expect=expect_now(decided, deed.kind, deed.target),
        )
        fold_if_good(decided, Placed(decided.position + 1, "", event))
        events.append(event)
    return events


def _event_id(at: datetime, chance: random.Random) -> str:
    return str(ULID.from_int(int(at.timestamp() * 1000) << _RANDOM_BITS | chance.getrandbits(_RANDOM_BITS)))
