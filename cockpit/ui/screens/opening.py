"""Which screen lies behind which row."""

from typing import Any

from textual.app import App

from cockpit.domain.alert import Alert
from cockpit.domain.build import Build
from cockpit.domain.change import Change
from cockpit.domain.feature import Feature
from cockpit.domain.fleet import Server
from cockpit.ui.context import ScreenContext
from cockpit.ui.feed import Feed
from cockpit.ui.screens.level import Level


def open_behind(app: App[Any], row: object, feed: Feed, context: ScreenContext) -> None:
    """Open the screen behind `row`; a row without one stays where it is."""
    screen = _screen_behind(row, feed, context)
    if screen is not None:
        app.push_screen(screen)


def _screen_behind(row: object, feed: Feed, context: ScreenContext) -> Level | None:
    if isinstance(row, Change):
        from cockpit.ui.screens.diff import DiffScreen

        return DiffScreen(feed, context, row.commit_id, row)
    if isinstance(row, Feature) and row.feature_id:
        from cockpit.ui.screens.feature import FeatureScreen

        return FeatureScreen(feed, context, row)
    if isinstance(row, tuple):
        from cockpit.ui.screens.event import EventScreen

        return EventScreen(feed, context, row)
    if isinstance(row, Alert | Server | Build):
        from cockpit.ui.screens.detail import DetailScreen

        return DetailScreen(feed, context, row)
    return None
