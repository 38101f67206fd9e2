"""Approving and declining changes of the candidate from the screen."""

import asyncio
from collections.abc import Sequence

from textual.app import App

from cockpit.domain.change import Change
from cockpit.domain.counts import counted
from cockpit.domain.decisions.bodies import Approved, Declined, Item, Withdrawn
from cockpit.domain.decisions.consent import given_words
from cockpit.domain.decisions.intent import Fate, Intent
from cockpit.domain.words_said import NOTHING_SAID, has_spoken
from cockpit.errors import CockpitError
from cockpit.ui.ask_line import ask
from cockpit.ui.context import ScreenContext
from cockpit.ui.deciding import decide, words_of
from cockpit.ui.feed import Feed
from cockpit.ui.toast import toast


def trouble_with(candidate: str, rows: Sequence[Change]) -> str:
    """Return why nothing can be said of these changes, or empty."""
    if not candidate:
        return "There is no candidate to say anything of; name one: cockpit candidate COMMIT"
    if not rows:
        return "No change is under the cursor"
    strange = [row for row in rows if not row.lane]
    if not strange:
        return ""
    return f"Not in the candidate: {_named(strange)}"


class ChangeDeeds:
    """What a person says of changes; each tells whether it counts or waits to be shared."""

    def __init__(
        self,
        app: App[None],
        feed: Feed,
        context: ScreenContext,
        candidate: str,
        rows: Sequence[Change],
        feature: str = "",
    ) -> None:
        """`feature` is the id of the feature whose changes they all are, where they are meant as that."""
        self._app = app
        self._feed = feed
        self._context = context
        self._candidate = candidate
        self._items = tuple(Item(row.commit_id, row.patch) for row in rows)
        self._feature = feature
        self._named = f"{counted(len(rows), 'change')} of {feature}" if feature else _named(rows)

    async def do(self, kind: str, reason: str = "") -> bool:
        """Approve, decline or withdraw, for a reason where one is given."""
        if kind == "approve":
            return await self._decide(kind, Approved(self._items, self._feature, reason), "Approved")
        return await (self._decline(reason) if kind == "decline" else self._withdraw(reason))

    async def _decline(self, given: str) -> bool:
        """Keep them from shipping, for a reason that is asked for where none is given; Esc does nothing."""
        reason = given or await ask(self._app, f"Decline {self._named} because:", hint="a reason", check=_no_reason)
        if reason is None:
            return False
        return await self._decide("decline", Declined(self._items, reason, self._feature), "Declined")

    async def _withdraw(self, reason: str) -> bool:
        """Take back what was said of them, wherever that was; a word that still waits here is not known yet."""
        if not await asyncio.to_thread(self._has_spoken) and not self._feed.overview().standing.ledger.queued:
            toast(self._app, f"{self._named}: {NOTHING_SAID}", bad=True)
            return False
        items = await asyncio.to_thread(lambda: given_words(self._feed.decided(), self._items))
        return await self._decide("withdraw", Withdrawn(items, reason), "Took back what you said of")

    def _has_spoken(self) -> bool:
        try:
            return has_spoken(self._feed.decided(), self._context.actor(), self._items)
        except CockpitError:
            return True  # whoever decides next is told what is wrong

    async def _decide(self, kind: str, body: object, deed: str) -> bool:
        receipt = await decide(self._context, Intent(kind, self._candidate, body))
        is_refused = receipt.fate is Fate.REFUSED
        toast(self._app, words_of(receipt, f"{deed} {self._named}"), bad=is_refused)
        return not is_refused


def _no_reason(reason: str) -> str:
    return "" if reason else "declining needs a reason"


def _named(rows: Sequence[Change]) -> str:
    if len(rows) == 1:
        return f"{rows[0].short_id} {rows[0].subject}"
    return counted(len(rows), "change")
