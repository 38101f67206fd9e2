"""How the priority board is stored: features as git knows them, ranked by what the ledger decides of them."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from cockpit.cache.put_changes import refresh_changes
from cockpit.cache.rows import ASKED_COLUMNS, FEATURE_COLUMNS, Row, feature_of, feature_row
from cockpit.cache.stamps import stamp
from cockpit.cache.words import feature_words
from cockpit.cache.writing import Writing
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.records import BallotRecord, FeatureRecord, Record, TrainRecord
from cockpit.domain.facts import FeaturesSeen
from cockpit.domain.priority_board import priority_board

VOTED_ON: tuple[type[Record], ...] = (FeatureRecord, BallotRecord, TrainRecord)
"""Records that the order of the board rests on."""

_COMMITS = 7
_ASKED = len(ASKED_COLUMNS.split(", "))
_DECODERS: Mapping[str, msgspec.json.Decoder[Any]] = {kind.TABLE: msgspec.json.Decoder(kind) for kind in VOTED_ON}


def put_features(writing: Writing, facts: FeaturesSeen) -> None:
    """Replace the features as git knows them, and rank the board anew."""
    new = {feature.feature_id: feature_row(feature)[:_ASKED] for feature in facts.features}
    old = {row[0]: row for row in writing.execute(f"SELECT {ASKED_COLUMNS} FROM asked")}
    if new != old:
        writing.touch("asked", moved=True)
        writing.execute("DELETE FROM asked")
        writing.many(
            f"INSERT INTO asked ({ASKED_COLUMNS}, revision) VALUES ({_marks(_ASKED + 1)})",
            ((*row, writing.revision) for row in new.values()),
        )
        rank_features(writing)
    stamp(writing, "features")


def rank_features(writing: Writing) -> None:
    """Make the board of what git knows and the ledger decides, and name features anew in the changes of each."""
    asked = writing.execute(f"SELECT {ASKED_COLUMNS} FROM asked ORDER BY rank, feature_id")
    board = priority_board(_voted_on(writing), list(map(feature_of, asked)))
    new = {feature.feature_id: feature_row(feature) for feature in board}
    old = {row[0]: row for row in writing.execute(f"SELECT {FEATURE_COLUMNS} FROM features")}
    gone = [(feature_id,) for feature_id in old.keys() - new.keys()]
    changed = [row for feature_id, row in new.items() if old.get(feature_id) != row]
    if gone or changed:
        _store(writing, gone, changed)
        touched = [*changed, *(row for feature_id, row in old.items() if new.get(feature_id) != row)]
        refresh_changes(writing, {commit_id for row in touched for commit_id in row[_COMMITS].split()})


def _store(writing: Writing, gone: Iterable[Row], changed: Iterable[Row]) -> None:
    writing.touch("features", moved=True)
    writing.many("DELETE FROM features WHERE feature_id = ?", gone)
    writing.many(
        f"INSERT OR REPLACE INTO features ({FEATURE_COLUMNS}, words, revision) VALUES ({_marks(_ASKED + 3)})",
        ((*row, feature_words(row), writing.revision) for row in changed),
    )


def _voted_on(writing: Writing) -> Decided:
    decided = Decided()
    rows = writing.execute(f"SELECT kind, key, body FROM decisions WHERE kind IN ({_marks(len(_DECODERS))})", _DECODERS)
    for table, key, body in rows:
        decided.put(key, _DECODERS[table].decode(body))
    return decided


def _marks(number: int) -> str:
    return ", ".join("?" * number)
