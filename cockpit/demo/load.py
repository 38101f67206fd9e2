"""People who use the product: real requests at the entrance, so many for each server, at a bounded rate."""

import asyncio
import contextlib
import os
import random

from cockpit.demo.lifeline import Lifeline

EACH_PER_S = 4.0
FEWEST_PER_S = 40.0
"""A share of what comes in at a handful of servers must still be enough to judge a release by."""
ALL_PER_S = 160.0
MOST_PEOPLE = 100
"""Connections at once."""

PATIENCE_S = 4.0
PATHS = ("/orders", "/orders/o-17", "/payments", "/payments/fees", "/orders/search?q=tea", "/favicon.ico")


def put_load(lifeline: Lifeline, port: int, servers: int, seed: int) -> None:
    """Ask at the entrance again and again until the demo is over."""
    asyncio.run(_put_load(lifeline, port, servers, random.Random(seed)))


def requests_s(servers: int) -> float:
    """Return how many requests a second come in for a fleet of this size."""
    return min(max(EACH_PER_S * servers, FEWEST_PER_S), ALL_PER_S)


async def _put_load(lifeline: Lifeline, port: int, servers: int, chance: random.Random) -> None:
    asyncio.get_running_loop().add_reader(lifeline.read_end, os._exit, 0)
    people = min(servers, MOST_PEOPLE)
    pause = people / requests_s(servers)
    await asyncio.gather(*(_ask_for_ever(port, pause, random.Random(chance.random())) for _ in range(people)))


async def _ask_for_ever(port: int, pause: float, chance: random.Random) -> None:
    while True:
        await asyncio.sleep(chance.uniform(0, 2 * pause))
        with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError, ValueError):
            await _visit(port, pause, chance)


async def _visit(port: int, pause: float, chance: random.Random) -> None:
    """Ask over one connection until the server ends it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while True:
            path = chance.choices(PATHS, weights=(30, 20, 20, 10, 10, 1))[0]
            writer.write(f"GET {path} HTTP/1.1\r\nhost: payments\r\n\r\n".encode())
            await asyncio.wait_for(_read_answer(reader), PATIENCE_S)
            await asyncio.sleep(chance.uniform(0, 2 * pause))
    finally:
        writer.close()


async def _read_answer(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    await reader.readexactly(length)
