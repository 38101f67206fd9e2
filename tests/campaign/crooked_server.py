"""A server on loopback that answers as it is told to: well, badly, or not at all."""

import contextlib
import socket
import socketserver
import struct
import threading
import time
from enum import Enum


class Answer(Enum):
    """One way to answer every question of one kind."""

    GOOD = "good"
    ERROR = "500"
    RESET = "reset"
    HANG = "hangs"
    SLOW = "one byte at a time"
    GARBAGE = "no HTTP"
    LARGE = "10 MB"
    WRONG_TYPES = "wrong types"
    DEEP = "deeply nested"
    CUT_OFF = "cut off"
    REDIRECT = "redirect"
    ENDLESS_HEADERS = "endless headers"
    CONTROL_CODES = "control codes"


BODIES = {
    Answer.WRONG_TYPES: b'{"version": [1, {"a": null}], "commit": 7}',
    Answer.DEEP: b"[" * 20_000,
    Answer.CONTROL_CODES: b'{"version": "\\u001b]0;owned\\u0007\\u202e", "commit": "\\u009b31m"}',
    Answer.LARGE: b"x" * 10_000_000,
}
METRICS = b"# TYPE memory_bytes gauge\nmemory_bytes 1e6\n"
STEP_S = 0.2


class CrookedServer:
    """Serves /healthz, /version and /metrics; `answer` may be changed at any time."""

    def __init__(self, name: str, version: str) -> None:
        self.name = name
        self.version = version
        self.health_answer = Answer.GOOD
        self.other_answer = Answer.GOOD
        self.strays = 0
        """Questions that only someone who follows a redirect asks."""
        self._talking: set[socket.socket] = set()
        self._server = self._listening(0)
        self.port = int(self._server.server_address[1])
        self._ended = threading.Event()

    def stop(self) -> None:
        """Hang up on everybody, and refuse connections from now on."""
        self._server.shutdown()
        self._server.server_close()
        for connection in list(self._talking):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def start(self) -> None:
        """Listen again on the same port."""
        self._server = self._listening(self.port)

    def close(self) -> None:
        """Let go of everything that hangs, and of the port."""
        self._ended.set()
        with contextlib.suppress(OSError):
            self.stop()

    def serve(self, connection: socket.socket) -> None:
        """Answer questions until the other side or a bad answer ends it."""
        connection.settimeout(10)
        self._talking.add(connection)
        try:
            while not self._ended.is_set():
                path = _path_asked(connection)
                if not path or not self._reply(connection, path):
                    return
        finally:
            self._talking.discard(connection)

    def _listening(self, port: int) -> "socketserver.ThreadingTCPServer":
        owner = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError):
                    owner.serve(self.request)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            block_on_close = False

        server = Server(("127.0.0.1", port), Handler)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return server

    def _reply(self, connection: socket.socket, path: str) -> bool:
        if path == "/stray":
            self.strays += 1
        answer = self.health_answer if path == "/healthz" else self.other_answer
        if answer in (Answer.GOOD, *BODIES):
            connection.sendall(_response(BODIES.get(answer) or self._good_body(path)))
            return True
        if answer is Answer.ERROR:
            connection.sendall(_response(b"broken", "500 Internal Server Error"))
            return True
        self._misbehave(connection, answer)
        return False

    def _good_body(self, path: str) -> bytes:
        if path == "/metrics":
            return METRICS
        return b'{"version": "%s"}' % self.version.encode() if path == "/version" else b"ok"

    def _misbehave(self, connection: socket.socket, answer: Answer) -> None:
        if answer is Answer.RESET:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif answer is Answer.GARBAGE:
            connection.sendall(b"\x00\xff\x1b]0;owned\x07 no HTTP at all\r\n\r\n")
        elif answer is Answer.CUT_OFF:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nonly this")
        elif answer is Answer.REDIRECT:
            place = b"Location: http://127.0.0.1:%d/stray\r\n" % self.port
            connection.sendall(b"HTTP/1.1 302 Found\r\n" + place + b"Content-Length: 0\r\n\r\n")
        elif answer is Answer.ENDLESS_HEADERS:
            connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"X-More: %s\r\n" % (b"x" * 4000) * 500)
        else:
            self._keep_waiting(connection, dripping=answer is Answer.SLOW)

    def _keep_waiting(self, connection: socket.socket, *, dripping: bool) -> None:
        ends_at = time.monotonic() + 5
        while time.monotonic() < ends_at and not self._ended.wait(STEP_S):
            connection.sendall(b"H" if dripping else b"")


def _path_asked(connection: socket.socket) -> str:
    asked = b""
    while b"\r\n\r\n" not in asked:
        piece = connection.recv(4096)
        if not piece:
            return ""
        asked += piece
    return asked.split(b" ", 2)[1].decode("latin-1")


def _response(body: bytes, status: str = "200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n" % (status.encode(), len(body)) + body


def zone(servers: list[CrookedServer], every_s: float, timeout_s: float) -> str:
    """Return the tables of cockpit.toml that name these servers."""
    lines = [f"[servers]\nevery_s = {every_s}\ntimeout_s = {timeout_s}\nmetrics = ['memory_bytes']\n[servers.zones.eu]"]
    lines += [f'"{server.name}" = "http://127.0.0.1:{server.port}"' for server in servers]
    return "\n".join(lines) + "\n"
