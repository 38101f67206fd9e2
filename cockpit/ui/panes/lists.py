"""The three panes that are lists, and what the tab of every pane says."""

from collections.abc import Callable
from typing import Any, NamedTuple

from cockpit.domain.fleet import Health
from cockpit.domain.overview import Overview
from cockpit.ui.context import ScreenContext
from cockpit.ui.feed import Feed, RowReader
from cockpit.ui.lines import Line, line
from cockpit.ui.marks import BRANCH
from cockpit.ui.panes import alerts, changes, features
from cockpit.ui.rollout_now import shown_view
from cockpit.ui.shown_changes import ShownChanges


class ListPane(NamedTuple):
    """What the main screen asks of a list pane."""

    reader: Callable[[Feed], RowReader[Any]]
    title: Callable[[Overview, ScreenContext], Line]
    empty: Callable[[Overview], str]


LISTS = {
    "features": ListPane(lambda feed: feed.features, features.title, features.empty),
    "changes": ListPane(ShownChanges, changes.title, changes.empty),
    "alerts": ListPane(lambda feed: feed.alerts, alerts.title, alerts.empty),
}


def badge(name: str, overview: Overview, context: ScreenContext) -> Line:
    """Return what a tab says about its pane in a few cells."""
    if name == "branch":
        mark = BRANCH[overview.branch.verdict]
        return line((mark.sign, mark.slot))
    if name == "features":
        return line((str(overview.board.total), "muted"))
    if name == "changes":
        failed = overview.changes.failed
        return line((f"✘{failed}", "bad")) if failed else line((str(overview.changes.total), "muted"))
    if name == "alerts":
        alerts = overview.alerts
        return (
            line((f"▲{alerts.page}", "bad"))
            if alerts.page
            else line((f"!{alerts.warn}", "warn") if alerts.warn else "")
        )
    view = shown_view(overview, context.clock())
    if view is None:
        return _fleet_badge(overview)
    from cockpit.ui.panes import rollout_lines

    return rollout_lines.badge(view)


def _fleet_badge(overview: Overview) -> Line:
    counts, total = dict(overview.fleet.by_health), overview.fleet.total
    wrong, silent = counts.get(Health.DOWN, 0) + counts.get(Health.FAILING, 0), counts.get(Health.UNKNOWN, 0)
    if wrong:
        return line((f"✘{wrong}", "bad"))
    if silent:
        return line((f"?{silent}", "warn"))
    return line(("●", "good") if total else "")
