"""Where the rows of each pane are, in which order they come and by what they can be sorted and filtered."""

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, Generic, TypeVar

from cockpit.cache.rows import (
    ALERT_COLUMNS,
    CHANGE_COLUMNS,
    FEATURE_COLUMNS,
    LANE_COLUMNS,
    LANE_TABLES,
    SERVER_COLUMNS,
    SERVER_TABLES,
    Row,
    alert_of,
    change_of,
    feature_of,
    server_of,
)
from cockpit.domain.alert import Alert
from cockpit.domain.change import Change
from cockpit.domain.feature import Feature
from cockpit.domain.fleet import Server
from cockpit.domain.record import record

Shown = TypeVar("Shown")


@record(frozen=True, slots=True)
class Pane(Generic[Shown]):
    """The rows of one pane."""

    tables: tuple[str, ...]
    """Whose revisions move it on; the first holds the rows."""
    columns: str
    joined: str
    """Tables that hold the columns."""
    searched: str
    """Tables that hold number, words and what is sorted by."""
    number: str
    """Column of the row number."""
    key: str
    """Column of the key people know."""
    make: Callable[[Row], Shown]
    own_order: str
    words: str = ""
    """The one table that holds number and words, where a filter in the own order needs no other."""
    newest_first: bool | None = None
    """Row numbers are the own order itself, backwards or not; None when they are not."""
    only: str = ""
    """Condition that every row of it fulfils, with the values below; empty for all rows of the table."""
    only_values: tuple[str, ...] = ()
    sorts: Mapping[str, str] = field(default_factory=dict)
    """Column name to what is sorted by."""


def _texts(*names: str) -> dict[str, str]:
    return {name: f"{name} COLLATE NOCASE" for name in names}


def _values(*names: str) -> dict[str, Any]:
    return {name: name for name in names}


CHANGES: Pane[Change] = Pane(
    tables=("changes", "lanes", "patches"),
    columns=f"{CHANGE_COLUMNS}, {LANE_COLUMNS}",
    joined=f"changes {LANE_TABLES}",
    searched=f"changes JOIN change_words USING (change_id) {LANE_TABLES}",
    number="changes.position",
    key="commit_id",
    make=change_of,
    own_order="changes.position DESC",
    words="change_words",
    newest_first=True,
    sorts=_texts("commit_id", "kind", "subject", "author", "codebase", "impact", "build", "feature_id", "lane")
    | _values("pull_request", "committed_at", "files", "added", "removed")
    | {"size": "added + removed", "age": "committed_at"},
)
STRAYS: Pane[Change] = Pane(
    tables=("strays", "lanes", "patches"),
    columns=f"{CHANGE_COLUMNS}, {LANE_COLUMNS}, place",
    joined=f"strays {LANE_TABLES}",
    searched=f"strays {LANE_TABLES}",
    number="strays.position",
    key="commit_id",
    make=change_of,
    own_order="strays.position DESC",
    words="strays",
    newest_first=True,
    sorts=CHANGES.sorts,
)
SERVERS: Pane[Server] = Pane(
    tables=("servers", "readings", "stamps"),
    columns=SERVER_COLUMNS,
    joined=SERVER_TABLES,
    searched=SERVER_TABLES,
    number="position",
    key="name",
    make=server_of,
    own_order="position",
    newest_first=False,
    sorts=_texts("name", "zone", "version", "reason", "url")
    | _values("latency_s", "out_of_band", "health_since")
    | {
        "health": "instr('down failing up', health)",
        "observed_at": "stamps.observed_at",
        "age": "stamps.observed_at",
        "version_at": "coalesce(version_at, stamps.observed_at)",
    },
)
FEATURES: Pane[Feature] = Pane(
    tables=("features",),
    columns=FEATURE_COLUMNS,
    joined="features",
    searched="features",
    number="feature_number",
    key="feature_id",
    make=feature_of,
    own_order="rank, feature_id",
    sorts=_texts("feature_id", "title", "requester", "claimed_urgency", "state") | _values("rank"),
)
ALERTS: Pane[Alert] = Pane(
    tables=("alerts",),
    columns=ALERT_COLUMNS,
    joined="alerts",
    searched="alerts",
    number="alert_number",
    key="alert_id",
    make=alert_of,
    # What is over is no worse for what it was: there the newest stands first, whatever its severity.
    own_order="instr('firing pending resolved', state), iif(state = 'resolved', 0, instr('page warn info', severity)),"
    " coalesce(resolved_at, since) DESC, alert_number",
    sorts=_texts("name", "target", "summary", "origin")
    | _values("since", "resolved_at")
    | {"severity": "instr('page warn info', severity)", "state": "instr('firing pending resolved', state)"},
)
