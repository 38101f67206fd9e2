"""Rollouts from the screen: the brake at once, everything else with its exact effect first and at most one question."""

import asyncio
from collections.abc import Sequence
from typing import TypeVar

from textual.app import App

from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.intent import Fate, Intent, Receipt
from cockpit.domain.decisions.records import ReleaseRecord
from cockpit.domain.decisions.rollout_bodies import STATION_PREFIX, RolloutHalted
from cockpit.domain.decisions.rollout_record import RolloutPhase, RolloutRecord
from cockpit.domain.decisions.standing import LedgerHealth, RolloutNow
from cockpit.domain.fleet import Server
from cockpit.domain.overview import Overview
from cockpit.domain.rollout.live import ServerLive
from cockpit.domain.rollout.touched import Touched, beyond_undoing, touched_by, undoing_words
from cockpit.domain.rollout.view import is_executor_here, rollout_here
from cockpit.domain.rollout_back_deeds import abort_offer, roll_back_offer
from cockpit.domain.rollout_deeds import going_on_offer
from cockpit.domain.rollout_offer import Offer
from cockpit.domain.rollout_start_deed import start_offer
from cockpit.errors import CockpitError
from cockpit.ui.context import ScreenContext
from cockpit.ui.deciding import decide, words_of
from cockpit.ui.feed import Feed, Query, RowReader
from cockpit.ui.steering import Steering
from cockpit.ui.toast import toast

CONFIRMED_WITHIN_S = 5.0
"""How long a screen looks whether the executor obeys the brake; the pane says it later too."""

_LOOKS_EVERY_S = 0.25
_ZONES_OFFERED = 8

_halting: set[str] = set()
"""Rollouts of which this screen is bringing a halt on its way: a second press adds nothing."""

Row = TypeVar("Row")


class RolloutSteering(Steering):
    """What a person does to the rollout that is shown; call its methods in a worker, for they wait."""

    def __init__(
        self, app: App[None], feed: Feed, context: ScreenContext, *, environment: str = "", row: object = None
    ) -> None:
        """`environment` is the one in front, '' where none is; `row` what is under the cursor."""
        super().__init__(app, feed, context)
        self._environment = environment
        self._row = row

    async def halt(self) -> None:
        """Halt at once, say so, and look whether the executor obeys."""
        overview = self._feed.overview()
        now = self._now(overview)
        if self._context.read_only:
            toast(self._app, "This screen is read-only", bad=True)
        elif now is None or now.is_over:
            over = f": {now.rollout} is {now.phase}" if now else ""
            toast(self._app, f"Nothing is under way that could be halted{over}", bad=True)
        elif now.phase == RolloutPhase.HALTED.value:
            toast(self._app, f"{_who(now)} halted {now.rollout} already{'' if now.is_confirmed else _undelivered(now)}")
        elif now.rollout in _halting:
            toast(self._app, f"The halt of {now.rollout} is on its way")
        else:
            await self._halt(overview, now)

    async def _halt(self, overview: Overview, now: RolloutNow) -> None:
        _halting.add(now.rollout)
        try:
            receipt = await decide(self._context, Intent("rollout.halt", now.rollout, RolloutHalted()))
        finally:
            _halting.discard(now.rollout)
        done = f"Halted {now.release} to {now.environment}"
        if receipt.fate is Fate.REFUSED:
            toast(self._app, words_of(receipt, done), bad=True)
        elif is_executor_here(overview, now, self._context.clock()) and receipt.fate is Fate.QUEUED:
            toast(self._app, f"{done}: the executor here obeys before its next step; shared when the ledger answers")
        else:
            await self._tell_confirmed(now, receipt, done)

    async def _tell_confirmed(self, now: RolloutNow, receipt: Receipt, done: str) -> None:
        """Say at once what is known, and once more when the executor has obeyed."""
        looks = int(CONFIRMED_WITHIN_S / _LOOKS_EVERY_S) if receipt.fate is Fate.SHARED else 0
        if not await self._is_confirmed(now.rollout):
            toast(self._app, f"{words_of(receipt, done)}{_undelivered(now)}", bad=True)
            for _ in range(looks):
                await asyncio.sleep(_LOOKS_EVERY_S)
                if await self._is_confirmed(now.rollout):
                    break
            else:
                return
        toast(self._app, f"{done}: {now.station} has confirmed it, nothing further begins")

    async def _is_confirmed(self, rollout: str) -> bool:
        overview = await asyncio.to_thread(self._feed.overview)
        now = next((one for one in overview.standing.rollouts if one.rollout == rollout), None)
        return now is not None and now.phase == RolloutPhase.HALTED.value and now.is_confirmed

    async def promote(self) -> None:
        """Promote; or approve, pause, resume, retry, skip a soak; or start what was cut, where nothing is under way."""
        now = self._now(self._feed.overview())
        if (now is None or now.is_over) and self._context.plan is not None:
            await self._start()
            return
        found = await self._found()
        if found is not None:
            decided, rollout, actor, overview = found
            await self._offer("Rollout", going_on_offer(decided, rollout, actor, overview.gates))

    async def _start(self) -> None:
        decided, plan = await self._decided(), self._context.plan
        if decided is None or plan is None:
            return
        try:
            planned, station = await asyncio.to_thread(plan, self._environment)
        except CockpitError as error:
            toast(self._app, " ".join(part for part in (f"{error.what}.", error.next_step) if part), bad=True)
            return
        actor = await asyncio.to_thread(self._context.actor)
        await self._offer("Start", start_offer(decided, planned, station, actor, self._feed.overview().gates))

    async def abort(self) -> None:
        """End it for good."""
        found = await self._found()
        if found is not None:
            decided, rollout, actor, _ = found
            touched = await asyncio.to_thread(self._touched, rollout)
            await self._offer("Abort", abort_offer(decided, rollout, actor, touched))

    async def roll_back(self) -> None:
        """Bring servers back to what they ran before."""
        found = await self._found()
        if found is None:
            return
        decided, rollout, actor, overview = found
        touched, remarks = await asyncio.to_thread(lambda: (self._touched(rollout), self._remarks(decided, rollout)))
        now = self._now(overview)
        offer = roll_back_offer(
            decided,
            rollout,
            actor,
            touched,
            scopes=self._scopes(touched),
            remarks=remarks,
            is_here=now is not None and is_executor_here(overview, now, self._context.clock()),
            is_shareable=overview.standing.ledger.health is not LedgerHealth.UNREACHABLE,
        )
        await self._offer("Roll back", offer)

    async def _offer(self, title: str, offer: Offer) -> None:
        if offer.deeds:
            await self._choose(title, offer.deeds)
        else:
            toast(self._app, offer.why_none or "Nothing can be decided of it now", bad=True)

    async def _found(self) -> tuple[Decided, RolloutRecord, str, Overview] | None:
        decided = await self._decided()
        if decided is None:
            return None
        overview = self._feed.overview()
        now = self._now(overview)
        rollout = decided.get(RolloutRecord, now.rollout) if now else None
        if rollout is None:
            toast(self._app, "No rollout is under way; start one: cockpit rollout start", bad=True)
            return None
        return decided, rollout, await asyncio.to_thread(self._context.actor), overview

    def _now(self, overview: Overview) -> RolloutNow | None:
        there = (one for one in overview.standing.rollouts if one.environment == self._environment)
        return next(there, None) or rollout_here(overview, self._context.clock())

    def _touched(self, rollout: RolloutRecord) -> Touched:
        told = self._feed.rollout_servers(rollout.environment)
        return touched_by(rollout, _all(told) if self._is_of(rollout) else [], _all(self._feed.servers))

    def _is_of(self, rollout: RolloutRecord) -> bool:
        """Tell whether what an executor told here is of this rollout, and not of a former one."""
        return any(one.live.rollout == rollout.rollout for one in self._feed.overview().rollouts)

    def _remarks(self, decided: Decided, rollout: RolloutRecord) -> tuple[str, ...]:
        release = decided.get(ReleaseRecord, rollout.plan.release)
        paths = self._feed.paths(release.changes) if release else {}
        return undoing_words(*beyond_undoing(decided, rollout.plan.release, paths))

    def _scopes(self, touched: Touched) -> Sequence[str]:
        """The server under the cursor and its zone; every zone where the cursor is on none."""
        server, zone = place_of(self._row)
        if server or zone:
            return [f"zone/{zone}"] * bool(zone) + [f"server/{server}"] * bool(server)
        zones = sorted({zone for zone in touched.zones.values() if zone})
        return [f"zone/{zone}" for zone in zones[:_ZONES_OFFERED]] if len(zones) > 1 else []


def place_of(row: object) -> tuple[str, str]:
    """Return the server and the zone that a row is about, '' where it is about none."""
    if isinstance(row, Server):
        return row.name, row.zone
    if isinstance(row, ServerLive):
        return row.server, row.zone
    return getattr(row, "server", ""), getattr(row, "zone", "")


def _all(reader: RowReader[Row]) -> list[Row]:
    return [row for row in reader.fetch(list(reader.order(Query()))) if row is not None]


def _who(now: RolloutNow) -> str:
    return "The executor" if now.halted_by.startswith(STATION_PREFIX) else now.halted_by or "Somebody"


def _undelivered(now: RolloutNow) -> str:
    executor = f"{now.station} on {now.host}" if now.host else f"station {now.station}"
    return f". NOT delivered yet: {executor} has not confirmed it"
