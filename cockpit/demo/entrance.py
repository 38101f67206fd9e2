"""Where the people who use the product come in: one address in front of all servers, behind a load balancer."""

import os
import socket
import time
from dataclasses import dataclass

from cockpit.demo.fleet_plan import bound_socket
from cockpit.demo.folder import DemoFolder
from cockpit.errors import DemoError

BACKEND = "payments"
HEALTH_PATH = "/healthz"

CHECK_EVERY_S = 0.5
"""Between two health checks of a server, in a fleet of up to fifty."""
_LONGEST_PATH = 85
"""Bytes of a unix socket's path; HAProxy binds it under a longer name first, and the kernel ends at 107."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """Reserved before anything listens, so that it can be written into settings."""

    port: int
    """Of the product, on loopback."""
    runtime: str
    """What `[rollout.traffic] socket` says: the path of a unix socket in the demo's folder, or host:port."""
    runtime_port: int
    """0 unless the folder's path is too long for a unix socket."""
    held: tuple[socket.socket, ...]
    """Bound and not listening: they keep the ports ours."""

    @property
    def url(self) -> str:
        """The base address."""
        return f"http://127.0.0.1:{self.port}"


def reserve_entrance(folder: DemoFolder) -> Entrance:
    """Return an entrance with free ports; raises DemoError."""
    path = folder.root / "balancer.sock"
    is_path_too_long = len(os.fsencode(path)) > _LONGEST_PATH
    try:
        held = tuple(bound_socket(0) for _ in range(1 + is_path_too_long))
    except OSError as error:
        raise DemoError(f"no free port for the load balancer: {error.strerror}", where="127.0.0.1") from error
    port, *more = (one.getsockname()[1] for one in held)
    runtime_port = more[0] if more else 0
    return Entrance(port, f"127.0.0.1:{runtime_port}" if runtime_port else str(path), runtime_port, held)


def is_open_within(entrance: Entrance, seconds: float) -> bool:
    """Wait until somebody listens at the entrance and at the runtime socket; False when nobody does in time."""
    deadline = time.monotonic() + seconds
    while not _is_open(entrance):
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.02)
    return True


def _is_open(entrance: Entrance) -> bool:
    address = ("127.0.0.1", entrance.runtime_port) if entrance.runtime_port else entrance.runtime
    try:
        socket.create_connection(("127.0.0.1", entrance.port), 1.0).close()
        with socket.socket(socket.AF_INET if entrance.runtime_port else socket.AF_UNIX) as runtime:
            runtime.connect(address)
    except OSError:
        return False
    return True


def check_every_s(servers: int) -> float:
    """Return the pause between two health checks of one server: a hundred checks a second at most."""
    return max(CHECK_EVERY_S, servers / 100)
