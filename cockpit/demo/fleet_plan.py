"""Which servers there are, where they listen, and which process holds which of them."""

import json
import os
import resource
import socket
from dataclasses import dataclass
from pathlib import Path

from cockpit.demo.deploy import write_down
from cockpit.demo.folder import DemoFolder
from cockpit.errors import DemoError

ZONES = ("eu-1", "eu-2", "us-1")
PROCESSES = 64
"""Up to so many servers have a process each; beyond that they share."""

MOST_SERVERS = 10_000
_SPARE_FILES = 200


@dataclass(frozen=True, slots=True)
class Place:
    """Where one server listens, on loopback."""

    name: str
    zone: str
    port: int
    held: socket.socket
    """Bound and not listening: keeps the port ours while its server is down, and refuses callers meanwhile."""

    @property
    def url(self) -> str:
        """The base address."""
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True, slots=True)
class Running:
    """What a server should run."""

    version: str
    commit_id: str
    digest: str = ""
    """Of the build; empty where somebody has built it by hand."""


def reserve(count: int) -> list[Place]:
    """Return `count` servers over the zones with a free port each; raises DemoError."""
    if count > MOST_SERVERS:
        raise DemoError(f"{count} servers are too many", next_step=f"At most --servers {MOST_SERVERS}")
    _allow_open_files(2 * count + _SPARE_FILES)
    places: list[Place] = []
    try:
        for number in range(count):
            zone = ZONES[number * len(ZONES) // count]
            inside = number + 1 - -(-ZONES.index(zone) * count // len(ZONES))
            held = bound_socket(0)
            places.append(Place(f"{zone}-{inside:02d}", zone, held.getsockname()[1], held))
    except OSError as error:
        release(places)
        raise DemoError(
            f"no free port for server {len(places) + 1} of {count}: {error.strerror}",
            where="127.0.0.1",
            next_step="Ask for fewer --servers",
        ) from error
    return places


def bound_socket(port: int) -> socket.socket:
    """Return a socket bound to loopback that shares its port with others of this user; raises OSError."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        made.bind(("127.0.0.1", port))
    except OSError:
        made.close()
        raise
    return made


def release(places: list[Place]) -> None:
    """Give the reserved ports back, in a process that has no server."""
    for place in places:
        place.held.close()


def in_processes(places: list[Place]) -> list[list[Place]]:
    """Share the servers over processes; neighbours stay together."""
    count = min(PROCESSES, len(places))
    return [places[len(places) * n // count : len(places) * (n + 1) // count] for n in range(count)]


def deploy(folder: DemoFolder, server: str, running: Running) -> None:
    """Write down what a server should run; its process is replaced when this differs from before."""
    write_down(folder.fleet, server, running.version, running.commit_id, running.digest)


def wanted(folder: DemoFolder, server: str) -> Running:
    """Return what a server should run; raises FileNotFoundError when the folder is gone."""
    content = json.loads((folder.fleet / f"{server}.json").read_text())
    return Running(content["version"], content["commit"], content.get("digest", ""))


def changed_at(folder: Path) -> int:
    """Return when a file of this folder was last replaced, as a stamp to compare."""
    return os.stat(folder).st_mtime_ns  # noqa: PTH116 - asked four times a second by every server


def _allow_open_files(count: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= count or soft == resource.RLIM_INFINITY:
        return
    if hard != resource.RLIM_INFINITY and hard < count:
        raise DemoError(f"{count} open files are needed and {hard} are allowed", next_step="Ask for fewer --servers")
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
