"""A process that serves one server, or several in a large fleet."""

import asyncio
import os

from cockpit.demo.builds import defect_of
from cockpit.demo.fault import fault_of
from cockpit.demo.fleet_plan import Place, bound_socket, changed_at, wanted
from cockpit.demo.folder import DemoFolder
from cockpit.demo.lifeline import Lifeline
from cockpit.demo.server import Server

LOOK_EVERY_S = 0.5
CRASHED = 70
"""Exit code of a build that cannot live."""


def serve(folder: DemoFolder, lifeline: Lifeline, places: list[Place]) -> None:
    """Serve until the demo is over."""
    asyncio.run(_serve(folder, lifeline, places))


async def _serve(folder: DemoFolder, lifeline: Lifeline, places: list[Place]) -> None:
    # Whoever waits for the loop to wind down would hold the port; there is nothing here to save.
    asyncio.get_running_loop().add_reader(lifeline.read_end, os._exit, 0)
    servers = [_server(folder, place) for place in places]
    for server, place in zip(servers, places, strict=True):
        server.fault = fault_of(folder, server.name)
        await asyncio.start_server(server.converse, sock=bound_socket(place.port), backlog=64)
    await _follow_faults(folder, servers)


def _server(folder: DemoFolder, place: Place) -> Server:
    running = wanted(folder, place.name)
    defect = defect_of(folder, running.version)
    if defect.dies_after_s:
        asyncio.get_running_loop().call_later(defect.dies_after_s, os._exit, CRASHED)
    return Server(place.name, place.zone, running, defect)


async def _follow_faults(folder: DemoFolder, servers: list[Server]) -> None:
    seen = changed_at(folder.faults)
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        stamp = changed_at(folder.faults)
        for server in servers:
            if stamp != seen:
                server.fault = fault_of(folder, server.name)
            server.age(LOOK_EVERY_S)
        seen = stamp
