"""Proposing, editing, merging and closing features from the screen, a question at a time."""

import asyncio
from collections.abc import Sequence

from textual.app import App

from cockpit.domain import feature_intents
from cockpit.domain.decisions.bodies import FeatureEdited, FeatureProposed
from cockpit.domain.decisions.intent import Fate, Intent
from cockpit.domain.feature import Feature
from cockpit.ui.ask_line import ask
from cockpit.ui.context import ScreenContext
from cockpit.ui.deciding import decide, words_of
from cockpit.ui.feed import Feed, Query
from cockpit.ui.toast import toast


class FeatureDeeds:
    """What a person does to features; Esc at any question does nothing."""

    def __init__(self, app: App[None], feed: Feed, context: ScreenContext) -> None:
        self._app = app
        self._feed = feed
        self._context = context

    async def propose(self) -> None:
        """Ask for id, title and urgency, and propose it."""
        said = await ask(self._app, "Propose:", hint="id and title: CSV-1 Export to CSV")
        name, _, title = (said or "").partition(" ")
        if said is None:
            return
        trouble = feature_intents.trouble_with_id(name, [row.feature_id for row in self._board()])
        if trouble or not title.strip():
            toast(self._app, f"Nothing was proposed: {trouble or 'a feature needs an id and a title'}", bad=True)
            return
        urgency = await ask(self._app, f"How urgent is {name}?", hint="as who asks for it puts it")
        if urgency is not None:
            actor = await asyncio.to_thread(self._context.actor)
            body = FeatureProposed(title.strip(), actor, urgency)
            await self._decide([Intent("feature.propose", name, body)], f"{name} proposed")

    async def edit(self, feature: Feature) -> None:
        """Ask for each word anew, with the present one on the line."""
        answers: list[str] = []
        for what, present in (
            ("Title", feature.title),
            ("Asked by", feature.requester),
            ("Claims", feature.claimed_urgency),
            ("Link", feature.link),
        ):
            said = await ask(self._app, f"{what}:", answer=present)
            if said is None:
                return
            answers.append(said)
        title, requester, urgency, link = answers
        trouble = feature_intents.trouble_with_words(title, link)
        if trouble:
            toast(self._app, f"Nothing was edited: {trouble}", bad=True)
            return
        body = FeatureEdited(title, requester, urgency, link)
        intents = await asyncio.to_thread(lambda: feature_intents.edit(self._feed.decided(), feature, body))
        await self._decide(intents, f"{feature.feature_id} edited")

    async def merge(self, feature: Feature) -> None:
        """Ask for the feature that stays."""
        said = await ask(self._app, f"Merge {feature.feature_id} into:", hint="id of the feature that stays")
        if not said:
            return
        into = next((row for row in self._board() if row.feature_id.casefold() == said.casefold()), None)
        if into is None or into.feature_id == feature.feature_id:
            toast(self._app, f"Nothing was merged: there is no other feature {said}", bad=True)
            return
        intents = await asyncio.to_thread(lambda: feature_intents.merge(self._feed.decided(), feature, into))
        await self._decide(intents, f"{feature.feature_id} merged into {into.feature_id}")

    async def close(self, feature: Feature) -> None:
        """Ask for the reason."""
        reason = await ask(self._app, f"Close {feature.feature_id} because:", hint="a reason")
        if reason is None:
            return
        if not reason:
            toast(self._app, "Nothing was closed: closing needs a reason", bad=True)
            return
        intents = await asyncio.to_thread(lambda: feature_intents.close(self._feed.decided(), feature, reason))
        await self._decide(intents, f"{feature.feature_id} closed")

    def _board(self) -> list[Feature]:
        reader = self._feed.features
        return [row for row in reader.fetch(reader.order(Query())) if row is not None]

    async def _decide(self, intents: Sequence[Intent], done: str) -> None:
        for intent in intents:
            receipt = await decide(self._context, intent)
            is_refused = receipt.fate is Fate.REFUSED
            if is_refused or intent is intents[-1]:
                toast(self._app, words_of(receipt, done), bad=is_refused)
                return
