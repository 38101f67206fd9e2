"""People who use the product: real requests to every server, at a bounded rate."""

import asyncio
import contextlib
import os
import random

from cockpit.demo.lifeline import Lifeline

EACH_PER_S = 4.0
ALL_PER_S = 160.0
PATIENCE_S = 4.0
PATHS = ("/orders", "/orders/o-17", "/payments", "/payments/fees", "/orders/search?q=tea", "/favicon.ico")


def put_load(lifeline: Lifeline, ports: list[int], seed: int) -> None:
    """Ask every port again and again until the demo is over."""
    asyncio.run(_put_load(lifeline, ports, random.Random(seed)))


def pause_s(servers: int) -> float:
    """Return the mean pause between two requests to one server, in seconds."""
    return 1.0 / min(EACH_PER_S, ALL_PER_S / servers)


async def _put_load(lifeline: Lifeline, ports: list[int], chance: random.Random) -> None:
    asyncio.get_running_loop().add_reader(lifeline.read_end, os._exit, 0)
    pause = pause_s(len(ports))
    await asyncio.gather(*(_ask_for_ever(port, pause, random.Random(chance.random())) for port in ports))


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
