"""A client that sends requests to every server throughout, and knows afterwards which were out of service together."""

import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

EVERY_S = 0.02
"""Between two rounds of requests."""

PATIENCE_S = 1.0


@dataclass(slots=True)
class Outage:
    """Between two requests that failed, with none between them that was answered, a server was surely out."""

    server: str
    first: float
    last: float


@dataclass(slots=True)
class AskingClient:
    """Asks until it is told to stop."""

    ports: Mapping[str, int]
    outages: list[Outage] = field(default_factory=list)
    asked: int = 0
    _stopped: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to ask."""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask no more."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def together(self) -> list[frozenset[str]]:
        """Return which servers were out of service at the same moment, at each moment at which one more was."""
        return [
            frozenset(other.server for other in self.outages if other.first <= one.first <= other.last)
            for one in self.outages
        ]

    def _run(self) -> None:
        down: dict[str, Outage] = {}
        while not self._stopped.is_set():
            for server, port in self.ports.items():
                self.asked += 1
                now = time.monotonic()
                if _answers(port):
                    down.pop(server, None)
                elif server in down:
                    down[server].last = now
                else:
                    down[server] = Outage(server, now, now)
                    self.outages.append(down[server])
            time.sleep(EVERY_S)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as connection:
            connection.settimeout(PATIENCE_S)
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            return b" 200 " in connection.recv(4096)
    except OSError:
        return False
