"""One server of the product: HTTP/1.1 with health, version, metrics and something to do."""

import asyncio
import contextlib
import json
import mmap
import random
import resource
import sys
import time
from http import HTTPStatus
from pathlib import Path

from cockpit.demo.builds import SOUND, Defect
from cockpit.demo.fault import WELL, Fault
from cockpit.demo.fleet_plan import Running
from cockpit.demo.histogram import Histogram

MOST_LEAKED_BYTES = 48 * 1024 * 1024

MOST_WORN = 0.6
"""Share of failing requests of a build that wears."""

SLOW_S = 0.25
"""Requests that take longer annoy people."""

_STATM = Path("/proc/self/statm")
_PAGE = resource.getpagesize()

Answer = tuple[int, str, bytes]
"""Status, content type, body."""


class Server:
    """Answers at one port and counts what it does."""

    def __init__(self, name: str, zone: str, running: Running, defect: Defect = SOUND) -> None:
        self.name = name
        self.fault: Fault = WELL
        self._zone = zone
        self._running = running
        self._defect = defect
        self._started_at = time.time()
        self._requests = {200: 0, 404: 0, 500: 0}
        self._slow = 0
        self._latency = Histogram()
        self._leaked: list[mmap.mmap] = []

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one caller until he leaves."""
        with contextlib.suppress(ConnectionError, asyncio.LimitOverrunError, ValueError):
            while (path := await _asked_for(reader)) is not None:
                status, kind, body = await self._answer(path)
                head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: {kind}\r\n"
                writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
                await writer.drain()
        writer.close()

    def age(self, seconds: float) -> None:
        """Let the memory leak of the fault go on for so long, or give everything back."""
        if not self.fault.leak_bytes_s:
            self._leaked.clear()
        elif sum(map(len, self._leaked)) < MOST_LEAKED_BYTES:
            size = max(_PAGE, int(self.fault.leak_bytes_s * seconds))
            lost = mmap.mmap(-1, size)
            lost.write(b"\1" * size)
            self._leaked.append(lost)

    async def _answer(self, path: str) -> Answer:
        if path == "/healthz":
            return _text(503, self.fault.unhealthy) if self.fault.unhealthy else _text(200, "ok")
        if path == "/version":
            return 200, "application/json", json.dumps(self._told()).encode()
        if path == "/metrics" and not self._defect.is_mute:
            return 200, "text/plain; version=0.0.4; charset=utf-8", self._metrics().encode()
        return await self._work(path)

    def _told(self) -> dict[str, str]:
        running = self._running
        told = {"version": running.version, "commit": running.commit_id, "server": self.name}
        return told | ({"digest": running.digest} if running.digest else {})

    async def _work(self, path: str) -> Answer:
        began = time.perf_counter()
        worn = self._worn
        delay_s = self.fault.delay_s + worn / 10
        await asyncio.sleep(random.uniform(0.001, 0.008) + delay_s * random.uniform(0.6, 1.4))
        answer = _text(200, "[]") if path.startswith(("/orders", "/payments")) else _text(404, "not here")
        if random.random() < max(self.fault.error_share, worn) or self._is_broken(path):
            answer = _text(500, "database: connection reset")
        self._requests[answer[0]] += 1
        took_s = time.perf_counter() - began
        self._slow += took_s > SLOW_S
        self._latency.observe(took_s)
        return answer

    @property
    def _worn(self) -> float:
        """Connections that a build forgets to give back are missed by more and more requests."""
        too_many = sum(self._requests.values()) - self._defect.wears_after
        return min(MOST_WORN, max(0, too_many) * self._defect.wear)

    def _is_broken(self, path: str) -> bool:
        return bool(self._defect.broken_path) and path.startswith(self._defect.broken_path)

    def _metrics(self) -> str:
        version, commit_id = self._running.version, self._running.commit_id
        lines = [
            "# HELP app_build_info What runs here.",
            "# TYPE app_build_info gauge",
            f'app_build_info{{version="{version}",commit="{commit_id}",zone="{self._zone}"}} 1',
            "# TYPE http_requests_total counter",
            *(f'http_requests_total{{code="{code}"}} {count}' for code, count in self._requests.items()),
            "# TYPE http_errors_total counter",
            f"http_errors_total {self._requests[500]}",
            "# TYPE http_slow_requests_total counter",
            f"http_slow_requests_total {self._slow}",
            *self._latency.lines("http_request_duration_seconds"),
            "# TYPE process_resident_memory_bytes gauge",
            f"process_resident_memory_bytes {resident_bytes()}",
            "# TYPE process_start_time_seconds gauge",
            f"process_start_time_seconds {self._started_at:.3f}",
        ]
        return "\n".join(lines) + "\n"


def resident_bytes() -> int:
    """Return the memory of this process; its highest so far where /proc is missing."""
    try:
        return int(_STATM.read_text().split()[1]) * _PAGE
    except OSError:
        highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return highest if sys.platform == "darwin" else highest * 1024


async def _asked_for(reader: asyncio.StreamReader) -> str | None:
    """Read one request and return its path, None when the caller has left."""
    first = await reader.readline()
    parts = first.split()
    if len(parts) != 3 or parts[0] != b"GET":
        return None
    while len(await reader.readline()) > 2:
        pass
    return parts[1].decode("ascii", "replace")


def _text(status: int, words: str) -> Answer:
    return status, "text/plain; charset=utf-8", f"{words}\n".encode()
