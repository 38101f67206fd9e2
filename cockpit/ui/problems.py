"""Everything that is wrong now, in the order in which `n` visits it."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cockpit.domain.alert import AlertState
from cockpit.domain.build import BuildResult
from cockpit.domain.fleet import Health
from cockpit.domain.overview import Overview
from cockpit.domain.verdict import Verdict
from cockpit.ui.feed import Feed, Query, Row, RowReader
from cockpit.ui.shown_changes import ShownChanges

_LOOKED_AT = 1000
"""Rows of a list that are looked through; whoever has more problems than that has seen enough of them."""


class Problem(NamedTuple):
    """A place to go to: a pane and, in a list, the key of the row."""

    pane: str
    key: str = ""


def problems_of(overview: Overview, feed: Feed) -> list[Problem]:
    """Return firing alerts, then a rollout that stands and servers, then the branch, then failed changes."""
    return [*_alerts(feed), *_rollout(overview), *_branch(overview), *_changes(feed)]


def problem_after(problems: list[Problem], here: Problem) -> Problem | None:
    """Return the one to visit after `here`, round and round; None when there is none."""
    if not problems:
        return None
    following = problems.index(here) + 1 if here in problems else 0
    return problems[following % len(problems)]


def _alerts(feed: Feed) -> Iterator[Problem]:
    for alert in _rows(feed.alerts):
        if alert.state is AlertState.FIRING:
            yield Problem("alerts", alert.alert_id)


def _rollout(overview: Overview) -> Iterator[Problem]:
    """One pane shows both the rollout and the servers."""
    is_halted = any(now.phase == "halted" or not now.is_confirmed for now in overview.standing.rollouts)
    if is_halted or any(count for health, count in overview.fleet.by_health if health is not Health.UP):
        yield Problem("rollout")


def _branch(overview: Overview) -> Iterator[Problem]:
    if overview.branch.verdict is not Verdict.GO:
        yield Problem("branch")


def _changes(feed: Feed) -> Iterator[Problem]:
    for change in _rows(ShownChanges(feed)):
        if change.build is BuildResult.FAILED:
            yield Problem("changes", change.commit_id)


def _rows(reader: RowReader[Row]) -> Iterable[Row]:
    numbers = reader.order(Query())[:_LOOKED_AT]
    return (row for row in reader.fetch(numbers) if row is not None)
