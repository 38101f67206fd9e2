"""Locks and controls from the screen: the exact effect first, at most one question, then what came of it."""

import asyncio
from collections.abc import Sequence

from textual.app import App

from cockpit.domain.controls_deeds import controls_deeds
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.intent import Fate
from cockpit.domain.deed import Deed
from cockpit.domain.lock_deeds import lock_deeds
from cockpit.ui.ask_line import ask
from cockpit.ui.context import ScreenContext
from cockpit.ui.deciding import decide, words_of
from cockpit.ui.deed_choice import DeedChoice
from cockpit.ui.feed import Feed
from cockpit.ui.toast import toast


class Steering:
    """What a person does to locks and controls; call its methods in a worker, for they wait for the person."""

    def __init__(self, app: App[None], feed: Feed, context: ScreenContext) -> None:
        self._app = app
        self._feed = feed
        self._context = context

    async def lock(self) -> None:
        """Lock something, or unlock it."""
        decided = await self._decided()
        if decided is not None:
            await self._choose("Lock", lock_deeds(decided))

    async def controls(self) -> None:
        """Take the controls, offer or accept them, ask for them, or take them over."""
        decided = await self._decided()
        if decided is not None:
            actor = await asyncio.to_thread(self._context.actor)
            await self._choose("Controls", controls_deeds(decided, actor))

    async def _decided(self) -> Decided | None:
        """What the person sees is what the decision rests on, so it is read when the key is pressed."""
        if self._context.read_only:
            toast(self._app, "This screen is read-only", bad=True)
            return None
        decided = await asyncio.to_thread(self._feed.decided)
        if decided.ledger is None:
            toast(self._app, "There is no ledger to decide in; begin one: cockpit ledger init", bad=True)
            return None
        return decided

    async def _choose(self, title: str, deeds: Sequence[Deed]) -> None:
        deed = await self._app.push_screen_wait(DeedChoice(title, deeds))
        if deed is None:
            return
        answer: str | None = ""
        if deed.question:
            answer = await ask(self._app, deed.question, hint=deed.hint)
        if answer is None:
            return
        if trouble := deed.trouble_with(answer):
            toast(self._app, trouble, bad=True)
            return
        receipt = await decide(self._context, deed.intent(answer))
        toast(self._app, words_of(receipt, deed.done), bad=receipt.fate is Fate.REFUSED)
