"""How the fold is stored: every event with what came of it, every record, and where the fold stands."""

import json
from collections.abc import Iterator, Sequence
from functools import partial
from operator import itemgetter

import msgspec

from cockpit import __version__
from cockpit.cache.moments import to_us
from cockpit.cache.put_features import VOTED_ON, rank_features
from cockpit.cache.put_servers import judge_custody
from cockpit.cache.writing import Step, Writing
from cockpit.domain.decisions.event import Outcome, Placed
from cockpit.domain.decisions.records import Record, ReleaseRecord
from cockpit.domain.decisions.standing import Standing
from cockpit.domain.record import record
from cockpit.errors import CacheError

CHUNK = 1000
"""Events in one transaction: any other writer gets its turn within some milliseconds."""

RECORDS = 4 * CHUNK
"""Records of a whole fold in one transaction; they are smaller than events."""


@record(frozen=True, slots=True)
class LedgerMark:
    """How far the fold in the cache has come."""

    place: str
    """Remote and ref it is of."""
    head: str
    position: int
    checkpoints: tuple[str, ...]
    """As `Decided.checkpoints`."""
    alarms: int = 0
    """Events until there that somebody should look at, and whose alarm nobody has acknowledged."""
    folded_by: str = __version__
    """Version of the cockpit whose rules it was folded by; anything else where nobody here judged all of it."""
    unstored: int = 0
    """Position of the newest event that is folded and not stored yet, nor is any before it; 0 when all are."""


@record(frozen=True, slots=True)
class FoldSeen:
    """One stretch of the fold."""

    mark: LedgerMark
    standing: Standing
    told: Sequence[tuple[Placed, Outcome]]
    records: Sequence[tuple[type[Record], str, Record | None]]
    """Table, key and what stands there now, None for nothing."""
    after: str = ""
    """Head of the stored fold that this goes on from, '' for none: the cache may have been made anew meanwhile."""
    is_whole: bool = False
    """Whether everything known before is to go."""


def fold_steps(seen: FoldSeen) -> Iterator[Step]:
    """Return the transactions; the last makes the stretch count, and what an interrupted one left is written over."""
    if seen.is_whole:
        yield _forget
    for start in range(0, len(seen.told), CHUNK):
        yield partial(_put_events, seen.told[start : start + CHUNK])
    rows = [(kind.TABLE, key, record) for kind, key, record in seen.records if record is not None]
    rows.sort(key=itemgetter(0, 1))  # SQLite appends faster than it inserts
    if seen.is_whole:
        for start in range(0, len(rows), RECORDS):
            yield partial(_put_decisions, rows[start : start + RECORDS])
        rows = []
    yield partial(_put_rest, seen, rows)


def history_steps(told: Sequence[tuple[Placed, Outcome]]) -> Iterator[Step]:
    """Return the transactions that store events of a fold which is stored already, newest first.

    They are the newest of those that are missing. A cache that was made anew meanwhile does not take them: CacheError.
    """
    for end in range(len(told), 0, -CHUNK):
        yield partial(_put_history, told[max(end - CHUNK, 0) : end])


def _put_history(told: Sequence[tuple[Placed, Outcome]], writing: Writing) -> None:
    oldest, newest = told[0][0].position, told[-1][0].position
    if writing.execute("SELECT value FROM meta WHERE name = 'unstored'") != [(str(newest),)]:
        raise _made_anew()
    _put_events(told, writing)
    writing.execute("UPDATE meta SET value = ? WHERE name = 'unstored'", (str(oldest - 1),))


def _forget(writing: Writing) -> None:
    for table in ("events", "decisions", "ledger"):
        writing.execute(f"DELETE FROM {table}")
        writing.touch(table, moved=True)


def _put_events(told: Sequence[tuple[Placed, Outcome]], writing: Writing) -> None:
    writing.touch("events")
    marks = ", ".join("?" * 18)
    writing.many(
        f"INSERT OR REPLACE INTO events VALUES ({marks})",
        (_event_row(placed, outcome, writing.revision) for placed, outcome in told),
    )


def _event_row(placed: Placed, outcome: Outcome, revision: int) -> tuple[object, ...]:
    event = placed.event
    return (
        placed.position, placed.commit_id, event.event_id, event.actor, event.kind, event.target, to_us(event.at),
        msgspec.json.encode(event.body).decode(), _plain(event.expect), event.since, event.version, event.ledger,
        placed.signature.fingerprint, outcome.is_effective, outcome.reason, outcome.is_alarm, outcome.proof.value,
        revision,
    )  # fmt: skip


def _plain(expect: object) -> str:
    return msgspec.json.encode(expect).decode() if expect else "{}"


def _made_anew() -> CacheError:
    return CacheError("the cache was made anew", next_step="It is filled again by itself")


def _stored_head(writing: Writing) -> str:
    return next((str(head) for (head,) in writing.execute("SELECT head FROM ledger")), "")


def _put_decisions(rows: Sequence[tuple[str, str, Record]], writing: Writing) -> None:
    writing.touch("decisions")
    writing.many(
        "INSERT OR REPLACE INTO decisions VALUES (?, ?, ?, ?)",
        ((table, key, msgspec.json.encode(record).decode(), writing.revision) for table, key, record in rows),
    )


def _put_rest(seen: FoldSeen, rows: Sequence[tuple[str, str, Record]], writing: Writing) -> None:
    """Store the mark and the records that are not there yet; those stored before it count from here on."""
    if seen.is_whole:
        writing.execute("INSERT OR REPLACE INTO meta VALUES ('folded_by', ?)", (seen.mark.folded_by,))
        writing.execute("INSERT OR REPLACE INTO meta VALUES ('unstored', ?)", (str(seen.mark.unstored),))
    elif _stored_head(writing) != seen.after:
        raise _made_anew()
    gone = [(kind.TABLE, key) for kind, key, record in seen.records if record is None]
    if gone:
        writing.touch("decisions", moved=True)
        writing.many("DELETE FROM decisions WHERE kind = ? AND key = ?", gone)
    if rows:
        _put_decisions(rows, writing)
    if seen.is_whole or any(kind in VOTED_ON for kind, _, _ in seen.records):
        rank_features(writing)
    if seen.is_whole or any(kind is ReleaseRecord for kind, _, _ in seen.records):
        judge_custody(writing)
    mark = seen.mark
    values = (
        mark.place, mark.head, mark.position, json.dumps(mark.checkpoints), mark.alarms,
        msgspec.json.encode(seen.standing).decode(),
    )  # fmt: skip
    if writing.execute("SELECT place, head, position, checkpoints, alarms, standing FROM ledger") != [values]:
        writing.touch("ledger")
        writing.execute("INSERT OR REPLACE INTO ledger VALUES (1, ?, ?, ?, ?, ?, ?, ?)", (*values, writing.revision))
