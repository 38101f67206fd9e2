"""Blocking work in a thread beside the event loop, which ends when nobody waits for it any more."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

STOPS_WITHIN_S = 5.0
"""How long is waited for work that was told to stop."""


async def in_thread(work: Callable[[], T], stop: Callable[[], None]) -> T:
    """Return what `work` returns; where this is cancelled, `stop` is called and the work waited for.

    What stopped work raises is nobody's to read: the cancellation says it all.
    """
    running = asyncio.ensure_future(asyncio.to_thread(work))
    running.add_done_callback(_look_at)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop()
        await asyncio.wait([running], timeout=STOPS_WITHIN_S)
        raise


def _look_at(running: "asyncio.Future[T]") -> None:
    """An error that nobody has looked at is printed by asyncio, with its traceback."""
    if not running.cancelled():
        running.exception()
