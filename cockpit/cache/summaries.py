"""Counts over changes, features and alerts, from indexes alone."""

import sqlite3

from cockpit.domain.feature import FeatureState
from cockpit.domain.freshness import Freshness
from cockpit.domain.overview import AlertsSummary, ChangesSummary


class ChangeCounts:
    """How many changes there are of each impact, and how many failed to build."""

    def __init__(self, by_impact: dict[str, int], failed: int) -> None:
        self.by_impact = by_impact
        self.failed = failed

    def summary(self, since_tag: str, freshness: Freshness) -> ChangesSummary:
        """Return the counts as the pane's title tells them."""
        return ChangesSummary(
            total=sum(self.by_impact.values()),
            user_impact=self.by_impact.get("user", 0),
            no_impact=self.by_impact.get("no impact", 0),
            unknown_impact=self.by_impact.get("unknown", 0),
            failed=self.failed,
            since_tag=since_tag,
            freshness=freshness,
        )


PAGES_TOLD = 500
"""Firing pages that are told one by one."""


class AlertCounts:
    """How many alerts there are of each state, and which is the newest that fires."""

    def __init__(
        self, firing: dict[str, int], by_state: dict[str, int], newest: str, pages: tuple[tuple[str, str], ...] = ()
    ) -> None:
        self.firing = firing
        self.by_state = by_state
        self.newest = newest
        self.pages = pages

    def summary(self) -> AlertsSummary:
        """Return the counts as the pane's title tells them; which sources are blind is the domain's to judge."""
        return AlertsSummary(
            page=self.firing.get("page", 0),
            warn=self.firing.get("warn", 0),
            info=self.firing.get("info", 0),
            pending=self.by_state.get("pending", 0),
            resolved=self.by_state.get("resolved", 0),
            newest=self.newest,
            blind=(),
            pages=self.pages,
        )


def count_changes(connection: sqlite3.Connection) -> ChangeCounts:
    """Count the changes by impact, and those whose build failed."""
    rows = connection.execute("SELECT impact, build, count(*) FROM changes GROUP BY impact, build").fetchall()
    by_impact: dict[str, int] = {}
    for impact, _, count in rows:
        by_impact[impact] = by_impact.get(impact, 0) + count
    return ChangeCounts(by_impact, sum(count for _, build, count in rows if build == "failed"))


def count_features(connection: sqlite3.Connection) -> tuple[tuple[str, int], ...]:
    """Count the features by state, in the order of the states."""
    counts = dict(connection.execute("SELECT state, count(*) FROM features GROUP BY state").fetchall())
    return tuple((state.value, counts[state.value]) for state in FeatureState if state.value in counts)


def count_alerts(connection: sqlite3.Connection) -> AlertCounts:
    """Count the alerts by state and severity, and name the newest that fires."""
    rows = connection.execute("SELECT state, severity, count(*) FROM alerts GROUP BY state, severity").fetchall()
    by_state: dict[str, int] = {}
    for state, _, count in rows:
        by_state[state] = by_state.get(state, 0) + count
    firing = {severity: count for state, severity, count in rows if state == "firing"}
    return AlertCounts(firing, by_state, _newest(connection), _pages(connection) if "page" in firing else ())


def _pages(connection: sqlite3.Connection) -> tuple[tuple[str, str], ...]:
    rows = connection.execute(
        "SELECT alert_id, name, target FROM alerts WHERE state = 'firing' AND severity = 'page'"
        " ORDER BY since DESC LIMIT ?",
        (PAGES_TOLD,),
    ).fetchall()
    return tuple((alert_id, " ".join(filter(None, (name, target)))) for alert_id, name, target in rows)


def _newest(connection: sqlite3.Connection) -> str:
    for severity in ("page", "warn", "info"):
        rows = connection.execute(
            "SELECT name, target FROM alerts WHERE state = 'firing' AND severity = ? ORDER BY since DESC LIMIT 1",
            (severity,),
        ).fetchall()
        if rows:
            return " ".join(part for part in rows[0] if part)
    return ""
