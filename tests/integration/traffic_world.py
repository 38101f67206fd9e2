"""Real servers of two versions, a real HAProxy in front of them, and a client that counts who answers."""

import asyncio
import contextlib
import http.client
import json
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

from cockpit.config.rollout_settings import TrafficTable
from cockpit.demo.fault import Fault
from cockpit.demo.fleet_plan import Running, bound_socket
from cockpit.demo.server import Server

OLD, NEW = "1.42.3", "1.43.0"
WITHIN_S = 10.0
TURNS = 20


def until(holds: Callable[[], object], within_s: float = WITHIN_S) -> bool:
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def traffic_table(address: str, backend: str = "payments", **more: object) -> TrafficTable:
    return msgspec.convert({"socket": address, "backend": backend, **more}, TrafficTable)


def versions_seen(port: int, requests: int) -> Counter[str]:
    """Ask for the version again and again, over connections that are kept while they last."""
    seen: Counter[str] = Counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with contextlib.closing(connection):
        for number in range(requests):
            connection.request("GET", "/version")
            answer = connection.getresponse()
            body = answer.read()
            seen[json.loads(body)["version"] if answer.status == 200 else str(answer.status)] += 1
            if number % 50 == 49:
                connection.close()
    return seen


class Product:
    """Servers in a thread of their own, that all listen on loopback."""

    def __init__(self, versions: dict[str, str]) -> None:
        self.servers = {name: Server(name, "eu-1", Running(version, "0" * 40)) for name, version in versions.items()}
        self._held = {name: bound_socket(0) for name in versions}
        self.ports = {name: held.getsockname()[1] for name, held in self._held.items()}
        self._listening: list[asyncio.Server] = []
        self._open: dict[asyncio.StreamWriter, asyncio.Future[None]] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> "Product":
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(WITHIN_S)
        return self

    def __exit__(self, *_error: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(WITHIN_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WITHIN_S)
        self._loop.close()
        for held in self._held.values():
            held.close()

    def befall(self, server: str, fault: Fault) -> None:
        self.servers[server].fault = fault

    async def _listen(self) -> None:
        for name, server in self.servers.items():
            listening = await asyncio.start_server(self._kept(server), sock=bound_socket(self.ports[name]))
            self._listening.append(listening)

    def _kept(self, server: Server) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]:
        """Each connection is known as soon as there is one, and not once its task begins."""

        async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await server.converse(reader, writer)
            finally:
                writer.close()
                self._open.pop(writer, None)

        def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._open[writer] = asyncio.ensure_future(converse(reader, writer))

        return met

    async def _end(self) -> None:
        # A health check that was taken a moment ago takes some turns of the loop to reach us, however long they last;
        # asyncio loses one that has not when its server is closed (an assertion that it keeps to itself).
        await self._turns()
        for listening in self._listening:
            listening.close()
        while self._open:
            for writer in self._open:
                writer.transport.abort()
            await asyncio.sleep(0.01)
        await self._turns()

    @staticmethod
    async def _turns() -> None:
        for _ in range(TURNS):
            await asyncio.sleep(0)


class Haproxy:
    """The real one, whose configuration gives every server weight 100."""

    def __init__(
        self, program: Path, folder: Path, ports: Mapping[str, int | str], *, level: str, balance: str
    ) -> None:
        self.socket = folder / "haproxy.sock"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._config = folder / "haproxy.cfg"
        servers = "\n".join(f"  server {name} 127.0.0.1:{port}" for name, port in ports.items())
        self._config.write_text(f"""\
global
  stats socket {self.socket} mode 600 level {level}
defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
frontend entrance
  bind 127.0.0.1:{self.port}
  default_backend payments
backend payments
  balance {balance}
  option httpchk GET /healthz
  default-server check inter 100ms fall 2 rise 1 weight 100
{servers}
""")
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [str(self._program), "-db", "-f", str(self._config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        assert until(self._answers), self._process.poll()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        self.kill()
        self.start()

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as one:
            one.connect(str(self.socket))
            return True
        return False


@contextlib.contextmanager
def haproxy(
    program: Path, ports: Mapping[str, int | str], *, level: str = "admin", balance: str = "roundrobin"
) -> Iterator[Haproxy]:
    """Run HAProxy; further words about a server follow its port. A unix socket wants a shorter path than tests have."""
    folder = Path(tempfile.mkdtemp(prefix="hap-"))
    made = Haproxy(program, folder, ports, level=level, balance=balance)
    try:
        made.start()
        yield made
    finally:
        made.kill()
        shutil.rmtree(folder)
