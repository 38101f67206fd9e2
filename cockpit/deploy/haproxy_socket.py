"""HAProxy's runtime socket: one command, one connection, one bounded answer (management guide, chapter 9.3)."""

import re
import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cockpit.errors import DeployError
from cockpit.text import clean

MOST_BYTES = 16 * 1024 * 1024
"""Of one answer; ten thousand servers take a third of it."""

_HOST_AND_PORT = re.compile(r"(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):(?P<port>\d{1,5})")
_NEXT = "Look whether HAProxy runs and has this 'stats socket'; traffic is as it was left until it answers"


class Deadline:
    """Until when an operation may take, however many commands it needs."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._over_at = time.monotonic() + seconds

    def left_s(self) -> float:
        """Return the seconds left; raises TimeoutError when none are."""
        left = self._over_at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


@dataclass(frozen=True, slots=True)
class RuntimeSocket:
    """Where HAProxy takes commands: the path of a unix socket, or host:port."""

    address: str

    def ask(self, command: str, deadline: Deadline) -> str:
        """Return the whole answer to one command of our own making, unclean; blocks. Raises DeployError."""
        try:
            with self._connect(deadline) as connection:
                connection.settimeout(deadline.left_s())
                connection.sendall(f"{command}\n".encode("ascii"))
                return _everything(connection, deadline).decode("utf-8", "replace")
        except TimeoutError as error:
            raise self.trouble(f"no answer within {deadline.seconds:.1f} s", _NEXT) from error
        except _TooLongError as error:
            raise self.trouble(f"an answer of more than {MOST_BYTES} bytes", "Look who listens there") from error
        except OSError as error:
            raise self.trouble(f"HAProxy cannot be asked: {error.strerror or error}", _NEXT) from error

    def trouble(self, what: str, next_step: str) -> DeployError:
        """Return an error that names this socket."""
        return DeployError(what, where=clean(self.address, 120), next_step=next_step)

    def _connect(self, deadline: Deadline) -> socket.socket:
        if match := _HOST_AND_PORT.fullmatch(self.address):
            return _connected(_resolved(match["host"].strip("[]"), int(match["port"]), deadline), deadline)
        return _connected([(socket.AF_UNIX, str(Path(self.address).expanduser()))], deadline)


class _TooLongError(Exception):
    """Somebody sends without end."""


_Target = tuple[int, Any]
"""Family and address of a socket."""


def _resolved(host: str, port: int, deadline: Deadline) -> list[_Target]:
    """A resolver knows no deadline, so it is left behind in a thread of its own when it takes too long."""
    found: list[_Target | OSError] = []

    def resolve() -> None:
        try:
            listed = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.extend((family, address) for family, _, _, _, address in listed)
        except OSError as error:
            found.append(error)

    thread = threading.Thread(target=resolve, daemon=True)
    thread.start()
    thread.join(deadline.left_s())
    if thread.is_alive():
        raise TimeoutError
    if isinstance(found[0], OSError):
        raise found[0]
    return [target for target in found if not isinstance(target, OSError)]


def _connected(targets: list[_Target], deadline: Deadline) -> socket.socket:
    """Return a connection to the first that accepts one."""
    for last, (family, address) in enumerate(targets, 1 - len(targets)):
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(deadline.left_s())
            connection.connect(address)
        except OSError:
            connection.close()
            if last == 0:
                raise
        else:
            return connection
    raise OSError("the host has no address")


def _everything(connection: socket.socket, deadline: Deadline) -> bytes:
    parts: list[bytes] = []
    length = 0
    while True:
        connection.settimeout(deadline.left_s())
        part = connection.recv(65536)
        if not part:
            return b"".join(parts)
        parts.append(part)
        length += len(part)
        if length > MOST_BYTES:
            raise _TooLongError
