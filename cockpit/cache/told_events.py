"""The ledger's events as a list that screens read a window at a time."""

from cockpit.cache.pane_reader import PaneReader
from cockpit.cache.panes import Pane
from cockpit.cache.read_ledger import EVENT_COLUMNS, told_of
from cockpit.cache.reading import CacheReader
from cockpit.domain.decisions.event import Told

_SEARCHED = (
    "(SELECT *, lower(position || ' ' || actor || ' ' || kind || ' ' || target || ' ' || reason || ' ' || proof || ' '"
    " || body || ' ' || event_id || ' ' || commit_id) AS words FROM events) AS events"
)

EVENTS: Pane[Told] = Pane(
    tables=("events",),
    columns=EVENT_COLUMNS,
    joined="events",
    searched=_SEARCHED,
    number="events.position",
    key="event_id",
    make=told_of,
    own_order="events.position DESC",
    sorts={"actor": "actor COLLATE NOCASE", "kind": "kind", "target": "target COLLATE NOCASE", "at": "at"},
)


def told_events(reader: CacheReader) -> PaneReader[Told]:
    """Return the list of events, newest first; filters look into everything an event says."""
    return PaneReader(reader, EVENTS)
