"""Checkpoints: everything decided, as an event of the chain, so that a new clone need not read what stands before it.

A clone that has the whole chain compares a checkpoint with what it folded itself, and raises an alarm if they differ.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Any

import msgspec

from cockpit.domain.decisions.bodies import CheckpointMade
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.records import RECORDS, By, Record
from cockpit.errors import LedgerError
from cockpit.ledger.message import FIRST_MOMENT, LAST_MOMENT

BEYOND = 1 << 31
"""A position that no chain reaches."""

_TIMED: Mapping[type[Record], tuple[str, ...]] = {
    kind: tuple(field.name for field in fields(kind) if field.type in (By, By | None, datetime, datetime | None))
    for kind in RECORDS.values()
}
"""Fields of each record that hold a moment or a place."""

LIES = "it does not say what was decided until there"


def make_checkpoint(decided: Decided) -> CheckpointMade:
    """Return the checkpoint that covers everything in `decided`; raises LedgerError while that is not all known."""
    if not decided.knows_places:
        raise LedgerError("the ledger's history is still being stored here", next_step="Try again in some seconds")
    return CheckpointMade(
        position=decided.position,
        head=decided.head,
        records={
            kind.TABLE: {key: msgspec.to_builtins(record) for key, record in table.items()}
            for kind, table in decided.tables().items()
        },
        events=_events(decided),
    )


def decided_at(checkpoint: CheckpointMade, last: str) -> Decided:
    """Return everything decided as the checkpoint tells it; raises ValueError for one that cannot be understood.

    `last` is the event id of the checkpoint before it, '' for none.
    """
    decided = Decided()
    for _, table in _records(checkpoint.records):
        for key, record in table.items():
            decided.put(key, record)
    if not all(0 < place < BEYOND for place in (checkpoint.position, *checkpoint.events.values())):
        raise ValueError("a place where no event stands")
    decided.position, decided.head = checkpoint.position, checkpoint.head
    decided.take_places(checkpoint.events, ("", last) if last else ("",))
    return decided


def tells_the_truth(checkpoint: CheckpointMade, decided: Decided) -> bool:
    """Tell whether the checkpoint says what was decided when it was made."""
    if not tells_the_places(checkpoint, decided):
        return False
    try:
        told = {kind: table for kind, table in _records(checkpoint.records) if table}
    except ValueError:
        return False
    return told == decided.tables()


def tells_the_places(checkpoint: CheckpointMade, decided: Decided) -> bool:
    """Tell whether the checkpoint says where the events since the one before it stand; enough for who began at it."""
    return checkpoint.events == _events(decided)


def _events(decided: Decided) -> dict[str, int]:
    """Events since the last checkpoint, and where they stand."""
    after = decided.place_of(decided.checkpoints[-1])
    return {name: place for name, place in decided.places().items() if place >= after}


def _records(tables: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[type[Record], dict[str, Record]]]:
    for name, table in tables.items():
        kind = RECORDS.get(name)
        if kind is None:
            raise ValueError(f"a table that nobody knows: {name}")
        yield kind, _table(kind, table)


def _table(kind: type[Record], said: Mapping[str, Any]) -> dict[str, Record]:
    table: dict[str, Record] = msgspec.convert(said, dict[str, kind])  # type: ignore[valid-type]
    for name in _TIMED[kind]:
        for value in map(attrgetter(name), table.values()):
            _check(value)
    return table


def _check(value: object) -> None:
    moment = value.at if isinstance(value, By) else value
    if isinstance(moment, datetime) and (moment.tzinfo is None or not FIRST_MOMENT <= moment <= LAST_MOMENT):
        raise ValueError(f"a moment that no event has: {moment}")
    if isinstance(value, By) and not 0 < value.position < BEYOND:
        raise ValueError(f"a place where no event stands: {value.position}")
