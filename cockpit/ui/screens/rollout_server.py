"""One server of a rollout: its steps, why it failed, what it ran and runs, its figures, and its log as it grows."""

import asyncio
import os
from collections.abc import Iterator, Mapping, Sequence

from rich.cells import chop_cells
from textual.timer import Timer
from textual.widget import Widget

from cockpit.domain.decisions.rollout_record import RolloutRecord
from cockpit.domain.decisions.standing import RolloutNow
from cockpit.domain.fleet import Server
from cockpit.domain.rollout.live import ServerLive
from cockpit.domain.rollout.observed import IN_FLIGHT
from cockpit.domain.rollout.plan import Running
from cockpit.domain.rollout.steps import steps_of
from cockpit.domain.rollout.view import RolloutView, view_of
from cockpit.ui.context import ScreenContext
from cockpit.ui.feed import Feed
from cockpit.ui.labelled import Told, labelled
from cockpit.ui.lines import BLANK, Line, line
from cockpit.ui.marks import HEALTH, OUT_OF_BAND
from cockpit.ui.moments import age, clock_time, minute_of
from cockpit.ui.page import Page
from cockpit.ui.rollout_marks import STATE, STEP
from cockpit.ui.screens.level import Level, keys
from cockpit.ui.screens.log import tail
from cockpit.ui.screens.rollout_rows import state_shown

_LOG_LINES = 200
_FOLLOWS_EVERY_S = 1.0


class RolloutServerScreen(Level):
    """Everything that is known of one server of a rollout."""

    def __init__(self, feed: Feed, context: ScreenContext, environment: str, server: str) -> None:
        super().__init__(feed, context)
        self.environment = environment
        self._server = server
        self._now: RolloutNow | None = None
        self._view: RolloutView | None = None
        self._live: ServerLive | None = None
        self._probed: Server | None = None
        self._rollout: RolloutRecord | None = None
        self._first_metrics: Mapping[str, float] | None = None
        self._opened_at = context.clock()
        self._log: list[str] = []
        self._log_stood: tuple[str, int, int] | None = None
        self._timer: Timer | None = None

    def title_line(self) -> Line:
        """Name server and rollout."""
        rollout = self._view.title if self._view else ""
        return line(("Server ", "strong"), self._server, (f" in {rollout}" if rollout else "", "muted"))

    def keys_line(self) -> Line:
        """Say how to get further."""
        deeds = [] if self.context.read_only else [("H", "halt"), ("B", "roll back")]
        more = [("l", "log")] if self.log_here() else []
        return keys(("Esc", "back"), *deeds, *more, ("G", "end of the log"), ("y", "copy name"), ("?", "help"))

    def body(self) -> Sequence[Widget]:
        """One page."""
        return [Page(self._draw)]

    def on_mount(self) -> None:
        """Follow the log while this is open: it grows without anything being written to the cache."""
        super().on_mount()
        self._timer = self.set_interval(_FOLLOWS_EVERY_S, self._follow)

    def on_overview(self) -> None:
        """Look everything up again."""
        overview = self.overview
        assert overview is not None  # noqa: S101 - `show` has just put it there
        now = next((one for one in overview.standing.rollouts if one.environment == self.environment), None)
        self._view = view_of(overview, now, self.context.clock()) if now else None
        if now is not None and now != self._now:
            self._now = now
            self.run_worker(self._read_plan(now.rollout), group="plan", exclusive=True)
        self._live = self._told_here()
        number = self.feed.servers.number_of(self._server)
        self._probed = self.feed.servers.fetch([number])[0] if number is not None else None
        if self._first_metrics is None and self._probed is not None:
            self._first_metrics = self._probed.metrics
        self._read_log()
        self.query_exactly_one(Page).redraw()

    async def _read_plan(self, rollout: str) -> None:
        decided = await asyncio.to_thread(self.feed.decided)
        if self.is_mounted:
            self._rollout = decided.get(RolloutRecord, rollout)
            self.query_exactly_one(Page).redraw()

    def _told_here(self) -> ServerLive | None:
        """What the executor of this rollout told, not that of a former one."""
        if self._view is None or self._view.live is None:
            return None
        reader = self.feed.rollout_servers(self.environment)
        number = reader.number_of(self._server)
        return reader.fetch([number])[0] if number is not None else None

    def _follow(self) -> None:
        """Paint what the log has got; a step that has ended writes no more."""
        if self._live is None or self._live.state not in IN_FLIGHT:
            return
        page = self.query_exactly_one(Page)
        at_end = page.scroll_y >= page.max_scroll_y
        if self._read_log():
            page.redraw()
            if at_end:
                page.scroll_end(animate=False)

    def _read_log(self) -> bool:
        """Read the end of the log when the file is another than before; tell whether it is."""
        path = self.log_here()
        try:
            about = os.stat(path) if path else None  # noqa: PTH116 - a path from a fact, only looked at
        except (OSError, ValueError):
            about = None
        stands = (path, about.st_size, about.st_mtime_ns) if about else (path, -1, 0)
        if stands == self._log_stood:
            return False
        self._log_stood = stands
        self._log = tail(path)[-_LOG_LINES:] if path else []
        return True

    def row_here(self) -> object:
        """Return what the executor told of it, or what it says itself: keys act on it."""
        return self._live or self._probed

    def id_here(self) -> str:
        """Return its name."""
        return self._server

    def link_here(self) -> str:
        """Return its address."""
        return self._probed.url if self._probed else ""

    def log_here(self) -> str:
        """Return the path of what its deployment printed."""
        return self._live.log if self._live else ""

    def _draw(self, width: int, _height: int) -> list[Line]:
        lines: list[Line] = [BLANK, *labelled(list(self._told()), width)]
        lines += [BLANK, line(("  log ", "strong"), (self.log_here() or self._why_no_log(), "muted"))]
        room = max(1, width - 4)
        lines += [line("  ", part) for words in self._log for part in (chop_cells(words, room) or [""])]
        return lines

    def _why_no_log(self) -> str:
        if self._live is None and self._now is not None:
            where = self._now.host or f"the machine of station {self._now.station}"
            return f"lies on {where}, if there is one"
        return "nothing was printed yet"

    def _told(self) -> Iterator[Told]:
        everything = (self._of_rollout(), self._of_versions(), self._of_itself(), self._past())
        yield from ((label, text, slot) for part in everything for label, text, slot in part if text)

    def _of_rollout(self) -> Iterator[Told]:
        live, view, now = self._live, self._view, self.context.clock()
        if live is None or view is None:
            yield "state", "known by its own word alone: its executor tells nothing on this machine", "muted"
            return
        mark = STATE[state_shown(live, view)]
        since = f", since {clock_time(live.since, now, self.context.zone)}"
        yield "state", f"{mark.text}{since}", mark.slot
        if not view.is_heard and not view.now.is_over and view.live is not None:
            seen = view.live.freshness.observed_at
            silent = f"{age(seen, minute_of(now))} ago" if seen else "never"
            yield "", f"! executor silent: told {silent}, what became of it since is unknown", "warn"
        yield "why", live.reason, "bad" if mark.slot == "bad" else ""
        yield "wave", f"{live.wave} of {view.now.waves}, zone {live.zone or 'none'}, attempt {live.attempt}", ""
        for number, step in enumerate(steps_of(live, is_heard=view.is_heard or view.now.is_over)):
            step_mark = STEP[step.status]
            yield "" if number else "steps", f"{step_mark.sign} {step.name} {step_mark.word}", step_mark.slot

    def _of_versions(self) -> Iterator[Told]:
        plan = self._rollout.plan if self._rollout else None
        probed = self._probed
        if plan is not None:
            before = plan.before.get(self._server, Running(""))
            yield "before", f"{before.version or 'unknown'} {before.digest}".rstrip(), ""
            yield "after", f"{plan.release} {plan.digest}".rstrip(), "strong"
        if probed is not None:
            told = f", told {age(probed.version_at, minute_of(self.context.clock()))} ago" if probed.version_at else ""
            yield "reports", f"{probed.version or 'no version'}{told}", OUT_OF_BAND.slot if probed.out_of_band else ""
            yield "", OUT_OF_BAND.text if probed.out_of_band else "", OUT_OF_BAND.slot
            yield "commit", probed.commit_id, "muted"

    def _of_itself(self) -> Iterator[Told]:
        server, now = self._probed, self.context.clock()
        if server is None:
            yield "health", "this machine does not ask it", "muted"
            return
        mark = HEALTH[server.health_at(now)]
        yield "health", f"{mark.text}{f': {server.reason}' if server.reason else ''}", mark.slot
        yield "answered in", f"{server.latency_s * 1000:.0f} ms" if server.latency_s is not None else "", ""
        first, opened = self._first_metrics or {}, clock_time(self._opened_at, now, self.context.zone)
        for name, value in sorted(server.metrics.items()):
            yield name, f"{value:,.6g}{_trend(value, first.get(name), opened)}", ""

    def _past(self) -> Iterator[Told]:
        now = self.context.clock()
        for number, one in enumerate(self.feed.transitions(self._server)):
            when = clock_time(one.at, now, self.context.zone)
            words = [f"{one.health_before.value} → {one.health.value}"] if one.health is not one.health_before else []
            words += [f"{one.version_before or '?'} → {one.version}"] if one.version != one.version_before else []
            reason = f": {one.reason}" if one.reason else ""
            yield "" if number else "became", f"{when}  {', '.join(words)}{reason}", "muted"


def _trend(value: float, first: float | None, opened: str) -> str:
    """How a figure has moved since the page was opened; the cache keeps no older ones."""
    if first is None or value == first:
        return ""
    return f"  {'▲' if value > first else '▼'} {abs(value - first):.6g} since {opened}"
