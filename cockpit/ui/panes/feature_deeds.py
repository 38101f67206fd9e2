"""Proposing, editing, merging and closing features from the screen, a question at a time."""

import asyncio
from collections.abc import Sequence

from textual.app import App

from cockpit.domain import feature_intents
from cockpit.domain.decisions.bodies import FeatureEdited, FeatureProposed
from cockpit.domain.decisions.intent import Fate, Intent
from cockpit.domain.feature import Feature
from cockpit.ui.ask_line import any_answer, ask
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
        hint = "id and title: CSV-1 Export to CSV"
        said = await ask(self._app, "Propose:", hint=hint, check=self._trouble_with_proposal)
        if said is None:
            return
        name, _, title = said.partition(" ")
        urgency = await ask(self._app, f"How urgent is {name}?", hint="as who asks for it puts it")
        if urgency is not None:
            actor = await asyncio.to_thread(self._context.actor)
            body = FeatureProposed(title.strip(), actor, urgency)
            await self._decide([Intent("feature.propose", name, body)], f"{name} proposed")

    async def edit(self, feature: Feature) -> None:
        """Ask for each word anew, with the present one on the line."""
        answers: list[str] = []
        for what, present, check in (
            ("Title", feature.title, _trouble_with_title),
            ("Asked by", feature.requester, any_answer),
            ("Claims", feature.claimed_urgency, any_answer),
            ("Link", feature.link, _trouble_with_link),
        ):
            said = await ask(self._app, f"{what}:", answer=present, check=check)
            if said is None:
                return
            answers.append(said)
        title, requester, urgency, link = answers
        body = FeatureEdited(title, requester, urgency, link)
        intents = await asyncio.to_thread(lambda: feature_intents.edit(self._feed.decided(), feature, body))
        await self._decide(intents, f"{feature.feature_id} edited")

    async def merge(self, feature: Feature) -> None:
        """Ask for the feature that stays."""
        said = await ask(
            self._app,
            f"Merge {feature.feature_id} into:",
            hint="id of the feature that stays",
            check=lambda name: "" if self._other(feature, name) else f"there is no other feature {name!r}",
        )
        into = self._other(feature, said) if said else None
        if into is None:
            return
        intents = await asyncio.to_thread(lambda: feature_intents.merge(self._feed.decided(), feature, into))
        await self._decide(intents, f"{feature.feature_id} merged into {into.feature_id}")

    async def close(self, feature: Feature) -> None:
        """Ask for the reason."""
        reason = await ask(
            self._app, f"Close {feature.feature_id} because:", hint="a reason", check=_trouble_with_reason
        )
        if reason is None:
            return
        intents = await asyncio.to_thread(lambda: feature_intents.close(self._feed.decided(), feature, reason))
        await self._decide(intents, f"{feature.feature_id} closed")

    def _trouble_with_proposal(self, said: str) -> str:
        name, _, title = said.partition(" ")
        if not name or not title.strip():
            return "a feature needs an id and a title"
        return feature_intents.trouble_with_id(name, [row.feature_id for row in self._board()])

    def _other(self, feature: Feature, name: str) -> Feature | None:
        named = (row for row in self._board() if row.feature_id.casefold() == name.casefold())
        return next((row for row in named if row.feature_id != feature.feature_id), None)

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


def _trouble_with_title(title: str) -> str:
    return feature_intents.trouble_with_words(title, "")


def _trouble_with_link(link: str) -> str:
    return feature_intents.trouble_with_words("a title", link)


def _trouble_with_reason(reason: str) -> str:
    return "" if reason else "closing needs a reason"
