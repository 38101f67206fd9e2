"""How the fold is read back: by the agent that goes on with it, and by pages and commands that show it."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from cockpit.cache.moments import from_us
from cockpit.cache.put_ledger import LedgerMark
from cockpit.cache.words import like_pattern
from cockpit.domain.decisions.bodies import KINDS
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import Event, Outcome, Placed, ProofKind, Signature, Told
from cockpit.domain.decisions.records import RECORDS

EVENT_COLUMNS = (
    "position, commit_id, event_id, actor, kind, target, at, body, expect, since, version, ledger, fingerprint,"
    " effective, reason, alarm, proof,"
    " CASE WHEN alarm THEN (SELECT decisions.body FROM decisions WHERE decisions.kind = 'alarm'"
    " AND decisions.key = commit_id) END"
)

NO_END = 1 << 62
"""A position that no chain reaches."""

_RECORD_DECODERS = {table: msgspec.json.Decoder(kind) for table, kind in RECORDS.items()}
_BODY_DECODERS: Mapping[str, msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(known.body) for kind, known in KINDS.items()
}


def read_mark(connection: sqlite3.Connection) -> LedgerMark | None:
    """Return how far the fold has come, None when there is none."""
    rows = connection.execute(
        "SELECT place, head, position, checkpoints, alarms,"
        " coalesce((SELECT value FROM meta WHERE name = 'folded_by'), ''),"
        " CAST(coalesce((SELECT value FROM meta WHERE name = 'unstored'), '0') AS INTEGER) FROM ledger"
    ).fetchall()
    for place, head, position, checkpoints, alarms, folded_by, unstored in rows:
        return LedgerMark(place, head, position, tuple(json.loads(checkpoints)), alarms, folded_by, unstored)
    return None


def read_fold(connection: sqlite3.Connection) -> tuple[LedgerMark | None, Decided]:
    """Return how far the fold has come and everything decided until there.

    Records that another version wrote and this one cannot read count as none: the chain is folded anew.
    """
    try:
        return read_mark(connection), read_decided(connection)
    except (msgspec.DecodeError, ValueError):
        return None, Decided()


def read_decided(connection: sqlite3.Connection) -> Decided:
    """Return everything decided as the cache knows it; raises ValueError for what another version wrote.

    Nothing while a whole fold is being stored: without the mark nobody knows which records are still to come.
    """
    decided, mark = Decided(), read_mark(connection)
    if mark is None:
        return decided
    for table, key, body in connection.execute("SELECT kind, key, body FROM decisions").fetchall():
        if table in _RECORD_DECODERS:
            decided.put(key, _RECORD_DECODERS[table].decode(body))
    decided.take_changed()
    decided.position, decided.head = mark.position, mark.head
    decided.take_places(_places(connection, mark), mark.checkpoints, is_all=not mark.unstored)
    return decided


def _places(connection: sqlite3.Connection, mark: LedgerMark) -> dict[str, int]:
    """A repeated event is told by the first of its places."""
    former = mark.checkpoints[0] if len(mark.checkpoints) > 1 else ""
    begin = connection.execute("SELECT min(position) FROM events WHERE event_id = ?", (former,)).fetchall()[0][0]
    rows = connection.execute(
        "SELECT event_id, min(position) FROM events WHERE position BETWEEN ? AND ? GROUP BY event_id",
        (begin or 0, mark.position),
    ).fetchall()
    return dict(rows)


def read_alarms(connection: sqlite3.Connection) -> list[str]:
    """Return the commit ids of the events that raised an alarm, whoever has looked at it."""
    rows = connection.execute("SELECT commit_id FROM events WHERE alarm ORDER BY position").fetchall()
    return [str(commit_id) for (commit_id,) in rows]


def read_events(
    connection: sqlite3.Connection,
    *,
    after: int,
    limit: int,
    newest_first: bool,
    words: str = "",
    before: int = NO_END,
) -> list[tuple[Placed, Outcome]]:
    """Return events beyond position `after` and below `before` that hold every one of `words`, at most `limit`."""
    order = "DESC" if newest_first else "ASC"
    wanted = words.split()
    clause = "".join(
        " AND (actor || ' ' || kind || ' ' || target || ' ' || reason || ' ' || proof || ' ' || body || ' ' ||"
        " event_id || ' ' || commit_id) LIKE ?"
        " ESCAPE '\\'"
        for _ in wanted
    )
    rows = connection.execute(
        f"SELECT {EVENT_COLUMNS} FROM events WHERE position > ? AND position < ?{clause}"
        f" ORDER BY position {order} LIMIT ?",
        (after, before, *map(like_pattern, wanted), limit),
    ).fetchall()
    return list(map(told_of, rows))


def told_of(row: Sequence[object]) -> Told:
    """Return the event that the values of EVENT_COLUMNS are, with what came of it."""
    (position, commit_id, event_id, actor, kind, target, at, body, expect, since, version, ledger, fingerprint,
     effective, reason, alarm, proof, acknowledged) = row  # fmt: skip
    event = Event(
        event_id=str(event_id),
        ledger=str(ledger),
        actor=str(actor),
        kind=str(kind),
        target=str(target),
        at=from_us(int(str(at))),
        body=_body(str(kind), str(body)),
        expect=json.loads(str(expect)),
        since=str(since),
        version=int(str(version)),
    )
    seen_by = str(json.loads(str(acknowledged))["by"]["actor"]) if acknowledged else ""
    outcome = Outcome(bool(effective), str(reason), bool(alarm), ProofKind(proof), seen_by)
    return Placed(int(str(position)), str(commit_id), event, Signature(str(fingerprint))), outcome


def _body(kind: str, body: str) -> object:
    if kind in _BODY_DECODERS:
        try:
            return _BODY_DECODERS[kind].decode(body)
        except (msgspec.DecodeError, ValueError, TypeError):
            pass
    return msgspec.json.decode(body)
