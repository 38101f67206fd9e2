"""Decisions that only a newer cockpit understands: until somebody has looked at them, nothing is decided over them."""

from collections.abc import Iterator

from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.records import AlarmRecord, UnknownRecord


def not_understood(decided: Decided) -> Iterator[UnknownRecord]:
    """Yield each kind and version that is not understood here, and whose newest event nobody has acknowledged."""
    return (one for one in decided.all(UnknownRecord) if decided.get(AlarmRecord, one.commit) is None)
