"""Pane 5: what is wrong now, newest first; what was wrong a moment ago below it."""

from datetime import datetime

from cockpit.domain.alert import Alert, AlertState
from cockpit.domain.overview import Overview
from cockpit.ui.context import ScreenContext
from cockpit.ui.feed import RowReader
from cockpit.ui.grid import Cell, Column, Grid
from cockpit.ui.lines import Line, joined, line
from cockpit.ui.marks import alert_mark
from cockpit.ui.moments import clock_time

_STATE_WORDS = {AlertState.FIRING: "firing", AlertState.PENDING: "pending", AlertState.RESOLVED: "resolved"}


class AlertsPane(Grid[Alert]):
    """The alert list."""

    def __init__(self, reader: RowReader[Alert], context: ScreenContext) -> None:
        super().__init__(reader, columns(context), lambda alert: alert.alert_id, id="alerts")


def title(overview: Overview, _context: ScreenContext) -> Line:
    """Return how many fire, and where nothing can be said."""
    alerts = overview.alerts
    firing = [
        line((f"▲ {alerts.page} page", "bad")) if alerts.page else (),
        line((f"! {alerts.warn} warn", "warn")) if alerts.warn else (),
        line((f"· {alerts.info} info", "accent")) if alerts.info else (),
    ]
    blind = line((f"? blind without {', '.join(_unheard(overview))}", "warn")) if _unheard(overview) else ()
    quiet = line(("✔ none firing", "good")) if not any(firing) and not blind else ()
    rest = [
        line((f"{alerts.pending} pending", "muted")) if alerts.pending else (),
        line((f"{alerts.resolved} resolved", "muted")) if alerts.resolved else (),
    ]
    return joined([*firing, blind, quiet, *rest])


def empty(overview: Overview) -> str:
    """Return what to say instead of rows."""
    if unheard := _unheard(overview):
        return f"Unknown: nothing is heard from {', '.join(unheard)}. See :sources"
    return "Nothing is wrong that is being watched."


def _unheard(overview: Overview) -> tuple[str, ...]:
    """Without the agent nobody judges alerts, however fresh what servers said last may be."""
    return overview.alerts.blind if overview.agent_alive else ("agent",)


def columns(context: ScreenContext) -> tuple[Column[Alert], ...]:
    """Return the columns; clock times hang in the reader's zone."""

    def since(alert: Alert, now: datetime) -> Cell:
        return Cell(clock_time(alert.since, now, context.zone), "muted")

    def state(alert: Alert, now: datetime) -> Cell:
        if alert.state is AlertState.RESOLVED and alert.resolved_at:
            return Cell(f"resolved {clock_time(alert.resolved_at, now, context.zone)}", "muted")
        return Cell(_STATE_WORDS[alert.state], _quiet(alert))

    return (
        Column("severity", "", 6, _severity, sort="severity"),
        Column("name", "alert", 16, _name, sort="name", most=28),
        Column("target", "where", 11, _target, priority=1, sort="target", most=20),
        Column("since", "since", 9, since, priority=3, sort="since"),
        Column("state", "state", 14, state, priority=4, sort="state"),
        Column("summary", "what", None, _summary, priority=2, most=32),
    )


def _quiet(alert: Alert, slot: str = "") -> str:
    return slot if alert.state is AlertState.FIRING else "muted"


def _severity(alert: Alert, _now: datetime) -> Cell:
    mark = alert_mark(alert)
    return Cell(mark.text, mark.slot)


def _name(alert: Alert, _now: datetime) -> Cell:
    return Cell(alert.name, _quiet(alert, "strong"))


def _target(alert: Alert, _now: datetime) -> Cell:
    return Cell(alert.target, _quiet(alert))


def _summary(alert: Alert, _now: datetime) -> Cell:
    return Cell(alert.summary, _quiet(alert))
