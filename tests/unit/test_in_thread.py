"""Work in a thread ends with whoever waits for it, and its last words trouble nobody."""

import asyncio
import gc
import threading

import pytest

from cockpit.errors import SourceError
from cockpit.sources.in_thread import in_thread


def test_what_stopped_work_raises_is_not_printed() -> None:
    told: list[dict[str, object]] = []
    stop = threading.Event()

    def work() -> None:
        stop.wait(10)
        raise SourceError("stopped before it was done")

    async def cancelled_while_at_work() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        waiting = asyncio.create_task(in_thread(work, stop.set))
        await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        del waiting
        gc.collect()

    asyncio.run(cancelled_while_at_work())
    assert stop.is_set()
    assert told == []


def test_work_that_nobody_stops_answers_or_raises() -> None:
    def fails() -> int:
        raise SourceError("refused")

    assert asyncio.run(in_thread(lambda: 7, lambda: None)) == 7
    with pytest.raises(SourceError, match="refused"):
        asyncio.run(in_thread(fails, lambda: None))
