"""The trains: this loop and the next on the reader's clock, and what each phase still needs."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from textual.widget import Widget

from cockpit.domain.decisions.decided import Decided
from cockpit.domain.outlook_words import due_words, loop_rows, record_words, window_words, zone_remark
from cockpit.domain.train_calendar import Loop, Phase
from cockpit.domain.train_needs import Need
from cockpit.domain.train_outlook import TrainOutlook, is_on_demand, train_outlook
from cockpit.domain.train_words import train_words
from cockpit.ui.lines import BLANK, Line, bullet, line, wrapped
from cockpit.ui.page import Page
from cockpit.ui.screens.level import Level

_LABEL = 12
_INDENT = 5


class TrainScreen(Level):
    """This train and the next."""

    _decided: Decided | None = None
    _position: int = -1
    """Of the ledger, when it was read last."""

    def title_line(self) -> Line:
        """Say what the header says of the train, which may have had no room for it."""
        if self.overview is None:
            return BLANK
        words = train_words(self.overview.standing, self.context.clock(), self.context.zone)
        return line(("Trains ", "strong"), words.removeprefix("train "))

    def body(self) -> Sequence[Widget]:
        """One page."""
        return [Page(self._draw)]

    def on_overview(self) -> None:
        """Repaint what changed, and read anew what was decided meanwhile."""
        self.query_exactly_one(Page).redraw()
        if self.overview is not None and self.overview.standing.ledger.position != self._position:
            self._position = self.overview.standing.ledger.position
            self.run_worker(self._read(), group="decided", exclusive=True)

    async def _read(self) -> None:
        """Off the screen's own thread: a long ledger takes a moment."""
        self._decided = await asyncio.to_thread(self.feed.decided)
        self.query_exactly_one(Page).redraw()

    def _draw(self, width: int, _height: int) -> list[Line]:
        if self._decided is None or self.overview is None:
            return []
        now = self.context.clock()
        outlook = train_outlook(self._decided, now, self.overview.shipping)
        if outlook is None:
            return [BLANK, *_told("No policy says when trains run. Make one: cockpit policy apply", width, "muted")]
        lines = [*self._troubles(outlook, now, width), *self._needs(outlook, now, width)]
        for loop in outlook.loops:
            lines += [BLANK, *self._loop(loop, outlook, now, width)]
        return [*lines, *_other_trains(outlook, width), BLANK, *self._people(outlook, now, width)]

    def _troubles(self, outlook: TrainOutlook, now: datetime, width: int) -> list[Line]:
        if outlook.trouble:
            return [BLANK, *_told(f"! No train can run by the calendar: {outlook.trouble}", width, "bad")]
        remark = zone_remark(outlook.calendar, now, self.context.zone)
        return [BLANK, *_told(remark, width, "muted")] if remark else []

    def _needs(self, outlook: TrainOutlook, now: datetime, width: int) -> list[Line]:
        lines = [BLANK, line((" What each phase still needs", "strong"))]
        for phase in Phase:
            found = outlook.needs_of(phase)
            is_now = phase is outlook.phase
            if not found and phase is Phase.BETWEEN:
                continue
            lines.append(line(("   ▸ " if is_now else "     ", "accent"), (phase.value, "strong" if is_now else "")))
            lines += [shown for need in found for shown in self._need(need, now, width)]
            if not found:
                lines.append(line(" " * 7, ("✔ ", "good"), ("nothing more", "muted")))
        return lines

    def _need(self, need: Need, now: datetime, width: int) -> list[Line]:
        is_late = need.due_at is not None and need.due_at <= now
        mark, slot = ("!", "warn") if is_late else ("·", "muted")
        due = due_words(need, now, self.context.zone)
        head = line(" " * 7, (f"{mark} ", slot), need.what, (f"   {due}" if due else "", slot))
        rest = [*_said("who", ", ".join(need.who), width, ""), *_said("next step", need.next_step, width, "accent")]
        return [head, *rest]

    def _loop(self, loop: Loop, outlook: TrainOutlook, now: datetime, width: int) -> list[Line]:
        record = record_words(outlook.record_of(loop.train))
        lines = _told(f"train {loop.train}: {record}", width, "strong")
        for row in loop_rows(loop, now, self.context.zone):
            sign = ("   ▸ ", "accent") if row.is_now else ("     ", "")
            lines.append(line(sign, bullet(row.name, line(row.when), _LABEL)))
        return lines

    def _people(self, outlook: TrainOutlook, now: datetime, width: int) -> list[Line]:
        following = f", next {outlook.next_on_duty}" if outlook.next_on_duty else ""
        told = (
            ("window", window_words(outlook.window, now, self.context.zone)),
            ("on duty", f"{outlook.on_duty or 'nobody'}{following}"),
            ("call", f"{outlook.call_owner or 'nobody'} in {outlook.environment}"),
        )
        return [shown for label, text in told for shown in _beside(label, text, width, _INDENT)]


def _other_trains(outlook: TrainOutlook, width: int) -> list[Line]:
    """Open trains that the calendar does not name."""
    expected = {loop.train for loop in outlook.loops}
    found = [one for one in outlook.opened if one.train not in expected]
    if is_on_demand(outlook) and not found:
        return [BLANK, *_told("No train is open.", width, "strong")]
    return [
        shown for one in found for shown in (BLANK, *_told(f"train {one.train}: {record_words(one)}", width, "strong"))
    ]


def _told(text: str, width: int, slot: str) -> list[Line]:
    return [line(" ", shown) for shown in wrapped(text, width - 2, slot)]


def _said(label: str, text: str, width: int, slot: str) -> list[Line]:
    return _beside(label, text, width, 9, slot) if text else []


def _beside(label: str, text: str, width: int, indent: int, slot: str = "") -> list[Line]:
    first, *rest = wrapped(text, width - indent - _LABEL - 1, slot) or [BLANK]
    return [
        line(" " * indent, bullet(name, shown, _LABEL)) for name, shown in ((label, first), *(("", r) for r in rest))
    ]
