"""A fleet of real HTTP servers in one process; each does what its file says, read anew for each request.

Arguments: the folder, then the names. The ports go to `ports.json` once all listen. A server whose file says that it
is down takes no connection: its socket is closed, as that of a process which is being replaced.
"""

import json
import os
import selectors
import socket
import sys
import time
from pathlib import Path


def answer(path: str, state: dict[str, object], counts: dict[str, float]) -> tuple[int, bytes]:
    if path == "/healthz":
        return (200, b"ok") if state.get("healthy", True) else (503, b"not well")
    if path == "/version":
        return 200, json.dumps({key: state.get(key, "") for key in ("version", "commit", "digest")}).encode()
    if path == "/metrics":
        lines = [f"{name} {value}" for name, value in counts.items()]
        return 200, ("\n".join(lines) + "\n").encode()
    counts["http_requests_total"] += 1
    converts = float(str(state.get("converts", 0.1)))
    if counts["http_requests_total"] % max(1, int(1 / converts)) == 0:
        counts["conversions_total"] += 1
    if state.get("errors") and counts["http_requests_total"] % max(1, int(1 / float(str(state["errors"])))) == 0:
        counts["http_requests_failed_total"] += 1
        return 500, b"failed"
    return 200, str(state.get("version", "")).encode()


class Server:
    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / f"{name}.json"
        self.name = name
        self.counts = {"http_requests_total": 0.0, "http_requests_failed_total": 0.0, "conversions_total": 0.0}
        # Bound for ever, so that nobody else gets the port while the server is down.
        self.held = self._bound(0)
        self.port = self.held.getsockname()[1]
        self.listening: socket.socket | None = None
        self.version: object = None

    def state(self) -> dict[str, object]:
        try:
            found: dict[str, object] = json.loads(self.path.read_text())
        except (OSError, ValueError):
            return {}
        if found.get("version") != self.version:
            self.version = found.get("version")
            self.counts = dict.fromkeys(self.counts, 0.0)
        return found

    def follow(self, selector: selectors.BaseSelector) -> None:
        """Listen exactly while the file does not say that it is down."""
        is_down = bool(self.state().get("down"))
        if is_down and self.listening is not None:
            selector.unregister(self.listening)
            self.listening.close()
            self.listening = None
        elif not is_down and self.listening is None:
            self.listening = self._bound(self.port)
            self.listening.listen(128)
            self.listening.setblocking(False)
            selector.register(self.listening, selectors.EVENT_READ, self)

    def serve(self) -> None:
        if self.listening is None:
            return
        connection, _ = self.listening.accept()
        with connection:
            connection.settimeout(1.0)
            try:
                request = connection.recv(65536).decode("latin-1")
                path = request.split(" ", 2)[1] if " " in request else "/"
                status, body = answer(path, self.state(), self.counts)
                head = f"HTTP/1.1 {status} -\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
                connection.sendall(head.encode() + body)
            except OSError:
                return

    @staticmethod
    def _bound(port: int) -> socket.socket:
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        made.bind(("127.0.0.1", port))
        return made


def main() -> None:
    folder, names = Path(sys.argv[1]), sys.argv[2:]
    parent = os.getppid()
    selector = selectors.DefaultSelector()
    servers = [Server(folder, name) for name in names]
    (folder / "ports.new").write_text(json.dumps({server.name: server.port for server in servers}))
    (folder / "ports.new").rename(folder / "ports.json")
    look_at = 0.0
    while os.getppid() == parent:
        if time.monotonic() >= look_at:
            look_at = time.monotonic() + 0.02
            for server in servers:
                server.follow(selector)
        for key, _ in selector.select(timeout=0.02):
            try:
                key.data.serve()
            except OSError:
                continue


main()
