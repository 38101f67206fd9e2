"""The ledger's events as a list that screens read a window at a time."""

from collections.abc import Sequence

from cockpit.cache.pane_reader import PaneReader
from cockpit.cache.panes import Pane
from cockpit.cache.read_ledger import EVENT_COLUMNS, told_of
from cockpit.cache.reading import CacheReader
from cockpit.cache.words import like_pattern
from cockpit.domain.decisions.bodies import KINDS
from cockpit.domain.decisions.event import Told

EVENTS: Pane[Told] = Pane(
    tables=("events", "decisions"),
    columns=EVENT_COLUMNS,
    joined="events",
    searched="events",
    number="position",
    key="position",
    make=told_of,
    own_order="position DESC",
    newest_first=True,
    sorts={"actor": "actor COLLATE NOCASE", "kind": "kind", "target": "target COLLATE NOCASE", "at": "at"},
)

_TEXTS = ("actor", "target", "body", "reason", "proof", "kind", "position")
"""Looked into one after the other: joined first, they take four times as long."""

_IDS = ("event_id", "commit_id")
"""Found by how they begin: a short name stands somewhere in many of them."""

_WHEN = "strftime('%Y-%m-%d %H:%M', at / 1000000, 'unixepoch', 'localtime')"

_OUTCOMES = {
    "counts": "effective AND NOT alarm",
    "void": "NOT effective",
    "alarm": "alarm",
    "seen": "alarm AND EXISTS (SELECT 1 FROM decisions WHERE decisions.kind = 'alarm' AND decisions.key = commit_id)",
}
"""What the list calls an outcome, to the events of which that is true."""


class ToldReader(PaneReader[Told]):
    """Filters look into everything that an event says, and into what the list says of it."""

    def _holding(self, words: Sequence[str]) -> tuple[str, Sequence[str]]:
        conditions = [_condition(word) for word in words]
        return " AND ".join(asked for asked, _ in conditions), [value for _, values in conditions for value in values]


def told_events(reader: CacheReader) -> PaneReader[Told]:
    """Return the list of events, newest first."""
    return ToldReader(reader, EVENTS)


def _condition(word: str) -> tuple[str, list[str]]:
    """Return what is true of the events that hold this word, and its values."""
    texts = (*_TEXTS, _WHEN) if word[0].isdigit() else _TEXTS
    kinds = ", ".join(f"'{kind}'" for kind, known in KINDS.items() if word in known.deed)
    asked = [
        *(f"{text} LIKE ? ESCAPE '\\'" for text in texts),
        *(f"instr(lower({name}), ?) = 1" for name in _IDS),
        f"kind IN ({kinds})",
        *(f"({truth})" for name, truth in _OUTCOMES.items() if word in name),
    ]
    return f"({' OR '.join(asked)})", [*[like_pattern(word)] * len(texts), *[word] * len(_IDS)]
