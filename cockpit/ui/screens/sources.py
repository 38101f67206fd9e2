"""Can I trust this screen: every source, how it answers, and what to do when it does not."""

from collections.abc import Sequence
from datetime import datetime

from textual.widget import Widget

from cockpit.domain.overview import Overview
from cockpit.domain.source_state import SETTINGS, SourceState
from cockpit.ui.lines import BLANK, Line, bullet, fitted, joined, line, wrapped
from cockpit.ui.marks import SOURCE
from cockpit.ui.moments import age, clock_time, minute_of
from cockpit.ui.page import Page
from cockpit.ui.screens.level import Level

_LABEL = 12


class SourcesScreen(Level):
    """The agent and every source."""

    def title_line(self) -> Line:
        """Say how many answer."""
        if self.overview is None:
            return BLANK
        now = self.context.clock()
        fresh = sum(source.freshness.is_fresh(now) for source in self.overview.sources)
        return line(("Sources ", "strong"), f"{fresh} of {len(self.overview.sources)} fresh")

    def body(self) -> Sequence[Widget]:
        """One page."""
        return [Page(self._draw)]

    def on_overview(self) -> None:
        """Repaint what changed."""
        self.query_exactly_one(Page).redraw()

    def _draw(self, width: int, _height: int) -> list[Line]:
        if self.overview is None:
            return []
        now = self.context.clock()
        lines = [BLANK, *self._agent(self.overview, now)]
        for source in self.overview.sources:
            lines += [BLANK, *self._source(source, now, width)]
        return [fitted(shown, width) for shown in lines]

    def _agent(self, overview: Overview, now: datetime) -> list[Line]:
        beat = overview.heartbeat
        if beat is None:
            return [
                line((" ✘ agent       ", "bad"), "none has been heard"),
                bullet("", line(("cockpit agent", "accent")), _LABEL + 3),
            ]
        mark = line((" ✔ ", "good")) if overview.agent_alive else line((" ✘ ", "bad"))
        since = clock_time(beat.started_at, now, self.context.zone)
        lines = [
            line(
                mark,
                ("agent".ljust(_LABEL), "strong"),
                f"{beat.mode} {beat.version} on {beat.host}, process {beat.pid}, since {since}",
            )
        ]
        if not overview.agent_alive:
            lines.append(bullet("", line(("It is silent. Start one with: cockpit agent", "accent")), _LABEL + 3))
        return lines

    def _source(self, source: SourceState, now: datetime, width: int) -> list[Line]:
        mark = SOURCE[source.status]
        head = line(
            (f" {mark.sign} ", mark.slot),
            (source.name.ljust(_LABEL), "strong"),
            (mark.word, mark.slot),
            "  ",
            (source.where, "muted"),
        )
        # Settings are not asked again and again: they are read when they change.
        told = [] if source.name == SETTINGS else [self._times(source, now)]
        if source.reason:
            told += wrapped(source.reason, width - _LABEL - 4, mark.slot)
        if source.next_step:
            told += wrapped(source.next_step, width - _LABEL - 4, "accent")
        return [head, *(bullet("", said, _LABEL + 3) for said in told)]

    def _times(self, source: SourceState, now: datetime) -> Line:
        parts = [line(("not answered yet", "muted"))]
        observed = source.freshness.observed_at
        if observed:
            fresh = source.freshness.is_fresh(now)
            parts = [
                line(
                    (
                        f"{'last' if fresh else '! stale, last'} good answer {age(observed, minute_of(now))} ago",
                        "" if fresh else "warn",
                    )
                )
            ]
        if source.failing_since:
            since = clock_time(source.failing_since, now, self.context.zone)
            parts.append(line((f"{source.failures} failures since {since}", "bad")))
            if source.next_try_at:
                parts.append(line((f"next try {clock_time(source.next_try_at, now, self.context.zone)}", "muted")))
        return joined(parts)
