"""One alert, one server or one build, with everything that is known of it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar

from textual.widget import Widget

from cockpit.domain.alert import Alert
from cockpit.domain.build import Build
from cockpit.domain.custody import Custody
from cockpit.domain.fleet import Server
from cockpit.ui.bindings import ALERT
from cockpit.ui.context import ScreenContext
from cockpit.ui.feed import Feed
from cockpit.ui.labelled import Told, labelled
from cockpit.ui.lines import BLANK, Line, line
from cockpit.ui.marks import BUILD, CUSTODY, HEALTH, OUT_OF_BAND, alert_mark
from cockpit.ui.moments import age, clock_time, minute_of, span
from cockpit.ui.page import Page
from cockpit.ui.screens.level import Level, keys

_TESTS_SHOWN = 200

_CUSTODY = {
    Custody.PROVED: "this is what the release recorded when it was cut",
    Custody.NOT_PROVED: "it reports no digest",
    Custody.MISMATCH: "this is not what the release recorded when it was cut",
}


class DetailScreen(Level):
    """A label and a value on each line."""

    BINDINGS: ClassVar = ALERT

    def __init__(self, feed: Feed, context: ScreenContext, row: Alert | Server | Build) -> None:
        super().__init__(feed, context)
        self._row = row

    def title_line(self) -> Line:
        """Name what is shown."""
        return _title(self._row, self.context.clock())

    def keys_line(self) -> Line:
        """Say how to get further."""
        more = [("o", "open")] if self.link_here() else []
        if isinstance(self._row, Build):
            more.append(("l", "log"))
        elif self._server() is not None:
            more.append(("Enter", "its server"))
        return keys(("Esc", "back"), *more, ("y", "copy id"), ("?", "help"))

    def body(self) -> Sequence[Widget]:
        """One page."""
        return [Page(self._draw)]

    def on_overview(self) -> None:
        """Look the row up again: it may have changed."""
        self._row = _again(self._row, self.feed)
        self.query_exactly_one(Page).redraw()

    def row_here(self) -> object:
        """Return what is shown."""
        return self._row

    def action_server(self) -> None:
        """Open the server that an alert is about."""
        server = self._server()
        if server is not None:
            self.app.push_screen(DetailScreen(self.feed, self.context, server))

    def id_here(self) -> str:
        """Return the id of what is shown."""
        if isinstance(self._row, Alert):
            return self._row.alert_id
        return self._row.name if isinstance(self._row, Server) else self._row.commit_id

    def link_here(self) -> str:
        """Return the address of what is shown."""
        return self._row.url if isinstance(self._row, Server) else self._row.link

    def _server(self) -> Server | None:
        """The server that an alert is about, where it is about one."""
        number = self.feed.servers.number_of(self._row.target) if isinstance(self._row, Alert) else None
        return self.feed.servers.fetch([number])[0] if number is not None else None

    def _draw(self, width: int, _height: int) -> list[Line]:
        told = list(_told(self._row, self.feed, self.context))
        return [BLANK, *labelled(told, width)]


def _title(row: Alert | Server | Build, now: datetime) -> Line:
    if isinstance(row, Alert):
        mark = alert_mark(row)
        return line((mark.text, mark.slot), " ", (row.name, "strong"), f" {row.target}")
    if isinstance(row, Server):
        mark = HEALTH[row.health_at(now)]
        return line((mark.text, mark.slot), " ", (row.name, "strong"), (f" {row.zone}", "muted"))
    mark = BUILD[row.result]
    return line((mark.text, mark.slot), " build of ", (row.commit_id[:7], "accent"))


def _again(row: Alert | Server | Build, feed: Feed) -> Alert | Server | Build:
    if isinstance(row, Build):
        same = (build for build in feed.builds() if (build.origin, build.build_id) == (row.origin, row.build_id))
        return next(same, row)
    if isinstance(row, Alert):
        number = feed.alerts.number_of(row.alert_id)
        return next(iter(feed.alerts.fetch([number])), None) or row if number is not None else row
    number = feed.servers.number_of(row.name)
    return next(iter(feed.servers.fetch([number])), None) or row if number is not None else row


def _told(row: Alert | Server | Build, feed: Feed, context: ScreenContext) -> Iterator[Told]:
    if isinstance(row, Alert):
        facts = _of_alert(row, context)
    else:
        facts = _of_server(row, context) if isinstance(row, Server) else _of_build(row, feed, context)
    return (told for told in facts if told[1])


def _of_alert(alert: Alert, context: ScreenContext) -> Iterator[Told]:
    now = context.clock()
    yield "what", alert.summary, "strong"
    yield "where", alert.target, ""
    yield "state", alert.state.value, alert_mark(alert).slot
    yield "since", f"{clock_time(alert.since, now, context.zone)}, {age(alert.since, minute_of(now))}", ""
    yield "resolved", clock_time(alert.resolved_at, now, context.zone) if alert.resolved_at else "", ""
    yield "said by", alert.origin, "muted"
    yield "link", alert.link, "muted"


def _of_server(server: Server, context: ScreenContext) -> Iterator[Told]:
    now = context.clock()
    mark = HEALTH[server.health_at(now)]
    since = f", since {clock_time(server.health_since, now, context.zone)}" if server.health_since else ""
    yield "health", f"{mark.text}{since}", mark.slot
    yield "reason", server.reason, ""
    yield "version", server.version or "never told", "strong"
    yield "", f"{OUT_OF_BAND.text}: this version is in no release" if server.out_of_band else "", OUT_OF_BAND.slot
    yield "commit", server.commit_id, "muted"
    yield "digest", server.digest, "muted"
    if server.custody is not Custody.NONE:
        yield "custody", f"{CUSTODY[server.custody].text}: {_CUSTODY[server.custody]}", CUSTODY[server.custody].slot
    yield "answered in", f"{server.latency_s * 1000:.0f} ms" if server.latency_s is not None else "", ""
    yield "observed", _ago(server.freshness.observed_at, now), ""
    yield "address", server.url, "muted"
    for name, value in sorted(server.metrics.items()):
        yield name, _figure(value), ""
    yield "metrics read", _ago(server.metrics_at, now) if server.metrics else "", "muted"


def _of_build(build: Build, feed: Feed, context: ScreenContext) -> Iterator[Told]:
    now = context.clock()
    mark = BUILD[build.result]
    yield "result", mark.text, mark.slot
    yield "reason", build.message, ""
    yield "commit", build.commit_id, "accent"
    yield "started", clock_time(build.started_at, now, context.zone), ""
    yield "took", span(build.duration_s) if build.duration_s is not None else "", ""
    yield "tests", f"{build.tests_failed or 0} of {build.tests_run} failed" if build.tests_run is not None else "", ""
    yield "coverage", f"{build.coverage * 100:.1f} %" if build.coverage is not None else "", ""
    yield "contract tests", {True: "passed", False: "failed", None: ""}[build.contract_passed], ""
    yield "run by", build.origin, "muted"
    yield "log", build.link, "muted"
    yield from _failed(build, feed)


def _failed(build: Build, feed: Feed) -> Iterator[Told]:
    """The tests that failed, by name and file."""
    failed = feed.failed_tests(build)
    if failed is None:
        yield "failed tests", "not known by name: no report of this build is kept" * bool(build.tests_failed), ""
        return
    for number, test in enumerate(failed[:_TESTS_SHOWN]):
        file = f" in {test.file}" if test.file and test.file not in test.test_id else ""
        yield "" if number else "failed tests", f"✘ {test.test_id}{file}", "bad"
        yield "", test.message, "muted"
    if len(failed) > _TESTS_SHOWN:
        yield "", f"… and {len(failed) - _TESTS_SHOWN} more: l shows the log", "muted"


def _figure(value: float) -> str:
    """Counters and sizes as whole numbers, however large."""
    whole = value.is_integer() and abs(value) < 1e15
    return f"{value:,.0f}".replace(",", " ") if whole else f"{value:.6g}"


def _ago(moment: datetime | None, now: datetime) -> str:
    return f"{age(moment, minute_of(now))} ago" if moment else "never"
