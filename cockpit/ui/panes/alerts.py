"""Pane 5: what is wrong now, the worst first; what was wrong a moment ago below it."""

from collections.abc import Callable
from datetime import datetime

from cockpit.domain.alert import Alert, AlertState
from cockpit.domain.gates_of_sources import baseline_of
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
        self._judged = True
        self._baseline: frozenset[str] = frozenset()
        shown = columns(context, lambda: self._judged, lambda: self._baseline)
        super().__init__(
            reader, shown, lambda alert: alert.alert_id, id="alerts", expires=lambda _alert, _now: self._judged
        )

    def show(self, overview: Overview) -> None:
        """Take the colours from what nobody judges any more, and give them back."""
        baseline = baseline_of(overview.standing)
        if self._judged != overview.agent_alive or self._baseline != baseline:
            self._judged, self._baseline = overview.agent_alive, baseline
            self._repaint()


def title(overview: Overview, _context: ScreenContext) -> Line:
    """Return how many fire, or fired when they were last judged, and where nothing can be said."""
    alerts = overview.alerts
    judged = overview.agent_alive
    firing = [
        line((f"▲ {alerts.page} page", "bad" if judged else "muted")) if alerts.page else (),
        line((f"! {alerts.warn} warn", "warn" if judged else "muted")) if alerts.warn else (),
        line((f"· {alerts.info} info", "accent" if judged else "muted")) if alerts.info else (),
    ]
    baseline = baseline_of(overview.standing)
    old = sum(alert_id in baseline for alert_id, _ in alerts.pages)
    before = line((f"{old} baseline", "muted")) if old else ()
    blind = line((f"? blind without {', '.join(_unheard(overview))}", "warn")) if _unheard(overview) else ()
    quiet = line(("✔ none firing", "good")) if not any(firing) and not blind else ()
    rest = [
        line((f"{alerts.pending} pending", "muted")) if alerts.pending else (),
        line((f"{alerts.resolved} resolved", "muted")) if alerts.resolved else (),
    ]
    return joined([*firing, before, blind, quiet, *rest] if judged else [blind, *firing, before, *rest])


def empty(overview: Overview) -> str:
    """Return what to say instead of rows."""
    if unheard := _unheard(overview):
        return f"Unknown: nothing is heard from {', '.join(unheard)}. See :sources"
    return "Nothing is wrong that is being watched."


def _unheard(overview: Overview) -> tuple[str, ...]:
    """Without the agent nobody judges alerts, however fresh what servers said last may be."""
    return overview.alerts.blind if overview.agent_alive else ("agent",)


def columns(
    context: ScreenContext, judged: Callable[[], bool], baseline: Callable[[], frozenset[str]] = frozenset
) -> tuple[Column[Alert], ...]:
    """Return the columns; clock times hang in the reader's zone, and only what is `judged` and fires has colour.

    What is of the `baseline` fired already before the rollout that is under way.
    """

    def slot(alert: Alert, own: str = "") -> str:
        is_loud = alert.state is AlertState.FIRING and judged() and alert.alert_id not in baseline()
        return own if is_loud else "muted"

    def severity(alert: Alert, _now: datetime) -> Cell:
        mark = alert_mark(alert)
        return Cell(mark.text, slot(alert, mark.slot))

    def name(alert: Alert, _now: datetime) -> Cell:
        return Cell(alert.name, slot(alert, "strong"))

    def target(alert: Alert, _now: datetime) -> Cell:
        return Cell(alert.target, slot(alert))

    def since(alert: Alert, now: datetime) -> Cell:
        return Cell(clock_time(alert.since, now, context.zone), "muted")

    def state(alert: Alert, now: datetime) -> Cell:
        if alert.state is AlertState.RESOLVED and alert.resolved_at:
            return Cell(f"resolved {clock_time(alert.resolved_at, now, context.zone)}", "muted")
        if alert.state is AlertState.FIRING and alert.alert_id in baseline():
            return Cell("baseline", "muted")
        return Cell(_STATE_WORDS[alert.state], slot(alert))

    def summary(alert: Alert, _now: datetime) -> Cell:
        return Cell(alert.summary, slot(alert))

    return (
        Column("severity", "", 6, severity, sort="severity"),
        Column("name", "alert", 18, name, sort="name", most=24),
        Column("target", "where", 9, target, priority=1, sort="target", most=16),
        Column("since", "since", 5, since, priority=3, sort="since", most=9),
        Column("state", "state", 14, state, priority=4, sort="state", most=18),
        Column("summary", "what", None, summary, priority=2, least=18, most=40),
    )
