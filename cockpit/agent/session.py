"""One run of the agent over one set of settings: every source in a loop of its own, and the alerts judged between."""

import asyncio
from collections.abc import Sequence

from cockpit.agent.alert_desk import AlertDesk
from cockpit.agent.inquiry import Inquiry
from cockpit.agent.log import AgentLog
from cockpit.domain.source_state import SourceState

HURRY_FLOOR_S = 1.0
"""Least time between the beginnings of two rounds of one source, however often a refresh is asked for."""

CLOSE_WITHIN_S = 1.5
"""All sources together may take this long to end."""


class Session:
    """The loops of all sources; ends when it is cancelled, and leaves no process behind."""

    def __init__(self, inquiries: Sequence[Inquiry], desk: AlertDesk, log: AgentLog) -> None:
        self._inquiries = inquiries
        self._desk = desk
        self._log = log
        desk.on_clock_set = self.refresh
        self._hurry = {inquiry.source.name: asyncio.Event() for inquiry in inquiries}

    async def run(self) -> None:
        """Ask every source on its schedule until cancelled."""
        try:
            async with asyncio.TaskGroup() as loops:
                loops.create_task(self._desk.run())
                for inquiry in self._inquiries:
                    loops.create_task(self._ask_again_and_again(inquiry))
        finally:
            await self._close()

    def refresh(self, source: str = "") -> None:
        """Have the source of this name, or every source, asked now."""
        for name, event in self._hurry.items():
            if source in ("", name):
                event.set()

    async def _ask_again_and_again(self, inquiry: Inquiry) -> None:
        hurry = self._hurry[inquiry.source.name]
        await inquiry.remember()
        told: SourceState | None = None
        while True:
            hurry.clear()
            came_of_it = await inquiry.ask()
            self._desk.heard(inquiry.source.name, changed=_differs(told, came_of_it.state))
            told = came_of_it.state
            if not came_of_it.may_hurry:
                await asyncio.sleep(came_of_it.wait_s)
                continue
            floor_s = min(HURRY_FLOOR_S, came_of_it.wait_s)
            await asyncio.sleep(floor_s)
            await _wait_for(hurry, came_of_it.wait_s - floor_s)

    async def _close(self) -> None:
        ends = [asyncio.ensure_future(inquiry.close()) for inquiry in self._inquiries]
        if ends:
            _, late = await asyncio.wait(ends, timeout=CLOSE_WITHIN_S)
            for end in late:
                end.cancel()


async def _wait_for(event: asyncio.Event, within_s: float) -> None:
    try:
        async with asyncio.timeout(within_s):
            await event.wait()
    except TimeoutError:
        return


def _differs(before: SourceState | None, now: SourceState) -> bool:
    return before is None or before.status is not now.status
