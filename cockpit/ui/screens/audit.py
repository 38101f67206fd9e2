"""Who decided what, when, how that is proved, and whether it counts: every event of the ledger, newest first."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import ClassVar

from textual import on
from textual.widget import Widget

from cockpit.domain.counts import counted
from cockpit.domain.decisions.bodies import AlarmAcknowledged
from cockpit.domain.decisions.deed_words import deed_words
from cockpit.domain.decisions.event import Outcome, Placed, Told
from cockpit.domain.decisions.intent import Fate, Intent
from cockpit.text import clean
from cockpit.ui.actions import FILTER, IN_AUDIT, SORT, bindings
from cockpit.ui.deciding import decide, words_of
from cockpit.ui.grid import Cell, Column, Grid
from cockpit.ui.lines import BLANK, Line, joined, line
from cockpit.ui.screens.level import Level, keys
from cockpit.ui.screens.narrowing import Narrowing, narrowed_words
from cockpit.ui.screens.opening import open_behind
from cockpit.ui.toast import toast

_COMMIT_DIGITS = (40, 64)


class AuditScreen(Level, Narrowing):
    """The events of the ledger."""

    BINDINGS: ClassVar = [FILTER.binding(), SORT.binding(), *bindings(IN_AUDIT)]

    _seen: int = -1

    def title_line(self) -> Line:
        """Say how many events there are, and how many somebody should look at."""
        if self.overview is None:
            return BLANK
        ledger = self.overview.standing.ledger
        alarms = line((f"! {ledger.alarms} to look at", "bad")) if ledger.alarms else BLANK
        head = line(("Audit ", "strong"), f"{ledger.position} decided")
        return joined([head, narrowed_words(self._grid), alarms, line((ledger.place, "muted"))])

    def keys_line(self) -> Line:
        """Say how to get further."""
        deeds = [] if self.context.read_only else [("a", "acknowledge alarm")]
        return keys(("Esc", "back"), ("/", "filter"), ("s", "sort"), ("Enter", "whole event"), *deeds, ("y", "copy id"))

    def body(self) -> Sequence[Widget]:
        """One list."""
        grid: Grid[Told] = Grid(self.feed.told, columns_in(self.context.zone), place_of, id="events")
        grid.empty = "No event fits, or nobody has begun a ledger: cockpit ledger init"
        return [grid]

    def on_overview(self) -> None:
        """Read the list again when it has grown."""
        seen = self.feed.told.revision()
        if seen != self._seen:
            self._seen = seen
            self._grid.reload()

    def list_here(self) -> Grid[Told]:
        """Return the one list."""
        return self._grid

    def narrowed(self) -> None:
        """Say in the title what is shown now."""
        self.retitle()

    def step_back(self) -> bool:
        """Take back marks, then filter and order."""
        return self.widen()

    @on(Grid.Opened)
    def open_row(self, message: Grid.Opened) -> None:
        """Open the event."""
        open_behind(self.app, message.row, self.feed, self.context)

    def id_here(self) -> str:
        """Return the id of the event under the cursor."""
        row = self._grid.cursor_row
        return row[0].event.event_id if row else ""

    def ids_here(self) -> list[str]:
        """Return the ids of the marked events, or else of the one under the cursor."""
        return [placed.event.event_id for placed, _ in self._meant()] or [""]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Take the key that writes away where nobody writes."""
        if action == "acknowledge" and self.context.read_only:
            return False
        return super().check_action(action, parameters)

    def action_acknowledge(self) -> None:
        """Say that you have looked at the alarm under the cursor, or at every marked one."""
        alarms = [placed for placed, outcome in self._meant() if outcome.is_alarm and not outcome.acknowledged_by]
        if alarms:
            self.run_worker(self._acknowledge(alarms), group="deeds", exclusive=True)
        else:
            toast(self.app, "There is no alarm here that waits for anybody", bad=True)

    async def _acknowledge(self, alarms: Sequence[Placed]) -> None:
        intents = [Intent("alarm.acknowledge", placed.commit_id, AlarmAcknowledged()) for placed in alarms]
        receipts = [await decide(self.context, intent) for intent in intents]
        receipt = next((one for one in receipts if one.fate is Fate.REFUSED), receipts[-1])
        named = f"alarm of {alarms[0].position}" if len(alarms) == 1 else counted(len(alarms), "alarm")
        toast(self.app, words_of(receipt, f"Acknowledged the {named}"), bad=receipt.fate is Fate.REFUSED)

    def _meant(self) -> list[Told]:
        """The marked events, or else the one under the cursor."""
        told, row = self.feed.told, self._grid.cursor_row
        numbers = [told.number_of(place) for place in self._grid.marked_in_order]
        marked = told.fetch([number for number in numbers if number is not None])
        return [one for one in marked if one] or ([row] if row else [])

    @property
    def _grid(self) -> Grid[Told]:
        return self.get_child_by_id("events", Grid)


def place_of(told: Told) -> str:
    """Return what tells one event from every other: a repeated one has the id of the first."""
    return str(told[0].position)


def outcome_mark(outcome: Outcome) -> tuple[str, str, str]:
    """Return sign, word and colour slot of what came of an event."""
    if outcome.is_alarm:
        return ("!", "seen", "warn") if outcome.acknowledged_by else ("!", "alarm", "bad")
    return ("✔", "counts", "good") if outcome.is_effective else ("✘", "void", "warn")


def deed(told: Told) -> str:
    """Return what was done, as people say it: 'locked production'."""
    event = told[0].event
    target = event.target[:7] if len(event.target) in _COMMIT_DIGITS else event.target
    return clean(f"{deed_words(event.kind, event.body)} {target}".strip(), 200)


def _place(told: Told, _now: datetime) -> Cell:
    return Cell(place_of(told), "muted")


def _actor(told: Told, _now: datetime) -> Cell:
    return Cell(told[0].event.actor or "-", "strong")


def _proof(told: Told, _now: datetime) -> Cell:
    return Cell(told[1].proof.value, "muted")


def _deed(told: Told, _now: datetime) -> Cell:
    return Cell(deed(told))


def _outcome(told: Told, _now: datetime) -> Cell:
    sign, word, slot = outcome_mark(told[1])
    return Cell(f"{sign} {word}", slot)


def _why(told: Told, _now: datetime) -> Cell:
    said = told[1].reason or getattr(told[0].event.body, "reason", "") or getattr(told[0].event.body, "note", "")
    seen_by = told[1].acknowledged_by
    return Cell(clean(f"acknowledged by {seen_by}: {said}" if seen_by else str(said or ""), 200), "muted")


def columns_in(zone: tzinfo | None) -> tuple[Column[Told], ...]:
    """Return the columns, with times on the clocks of this zone; None is the machine's own."""

    def when(told: Told, _now: datetime) -> Cell:
        return Cell(f"{told[0].event.at.astimezone(zone):%Y-%m-%d %H:%M}", "muted")

    return (
        Column("place", "#", 6, _place, align="right", priority=3),
        Column("at", "maker's clock", 16, when, priority=2, sort="at"),
        Column("actor", "who", 10, _actor, sort="actor", most=18),
        Column("proof", "proved", 8, _proof, priority=4),
        Column("outcome", "outcome", 8, _outcome),
        Column("deed", "did", None, _deed, sort="kind"),
        Column("why", "why", 40, _why, priority=5),
    )
