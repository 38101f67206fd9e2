"""The demo's own load balancer, for machines without HAProxy: weighted round robin over HTTP/1.1, on loopback."""

import asyncio
import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from cockpit.demo.balancer_console import Console
from cockpit.demo.entrance import BACKEND, HEALTH_PATH, Entrance, check_every_s
from cockpit.demo.fleet_plan import Place, bound_socket
from cockpit.demo.lifeline import Lifeline
from cockpit.demo.pool import Member, Pool

TRIES = 4
"""Servers that a request may come to before it is refused."""
PATIENCE_S = 5.0
CHECK_PATIENCE_S = 1.0
IDLE_S = 60.0
MOST_BYTES = 8 * 1024 * 1024
"""Of one body, in either direction."""


def balance_by_itself(lifeline: Lifeline, places: Sequence[Place], entrance: Entrance) -> None:
    """Balance until the demo is over."""
    asyncio.run(_balance(lifeline, places, entrance))


async def _balance(lifeline: Lifeline, places: Sequence[Place], entrance: Entrance) -> None:
    asyncio.get_running_loop().add_reader(lifeline.read_end, os._exit, 0)
    pool = Pool(Member(place.name, place.port) for place in places)
    console = Console(BACKEND, pool)
    if entrance.runtime_port:
        await asyncio.start_server(console.converse, sock=bound_socket(entrance.runtime_port))
    else:
        await asyncio.start_unix_server(console.converse, entrance.runtime)
    await asyncio.start_server(Balancer(pool).converse, sock=bound_socket(entrance.port), backlog=256)
    await asyncio.gather(*(_check_for_ever(pool, member) for member in pool.members.values()))


@dataclass(frozen=True, slots=True)
class Message:
    """A request, or an answer to one."""

    head: bytes
    body: bytes
    is_last: bool = False
    """Whether the connection ends with it."""

    @property
    def method(self) -> bytes:
        """The first word of a request."""
        return self.head.partition(b" ")[0]


class Balancer:
    """Takes requests and has each answered by the server whose turn it is."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one caller until he leaves."""
        with contextlib.suppress(OSError, EOFError, TimeoutError, ValueError, asyncio.LimitOverrunError):
            is_last = False
            while not is_last:
                request = await asyncio.wait_for(_read_message(reader), IDLE_S)
                answer = await self._answered(request)
                writer.write(answer.head + answer.body)
                await asyncio.wait_for(writer.drain(), PATIENCE_S)
                is_last = answer.is_last or request.is_last
        writer.close()

    async def _answered(self, request: Message) -> Message:
        """A refused connection did no harm, so another server is tried; what was sent once is not sent again."""
        tried: set[str] = set()
        while len(tried) < TRIES and (member := self._pool.next(tried)) is not None:
            tried.add(member.name)
            member.sessions += 1
            member.total += 1
            try:
                return await asyncio.wait_for(_asked(member.port, request), PATIENCE_S)
            except ConnectionRefusedError:
                continue
            except TimeoutError:
                return _said(HTTPStatus.GATEWAY_TIMEOUT)
            except (OSError, EOFError, ValueError, asyncio.LimitOverrunError):
                return _said(HTTPStatus.BAD_GATEWAY)
            finally:
                member.sessions -= 1
        return _said(HTTPStatus.SERVICE_UNAVAILABLE)


async def _asked(port: int, request: Message) -> Message:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request.head + request.body)
        return await _read_message(reader, answers=request.method)
    finally:
        writer.close()


async def _read_message(reader: asyncio.StreamReader, answers: bytes = b"") -> Message:
    """Read a request, or the answer to a request of this method; raises ValueError for what we do not speak."""
    head = await reader.readuntil(b"\r\n\r\n")
    fields = dict(_field(line) for line in head.split(b"\r\n")[1:-2])
    if b"transfer-encoding" in fields or not head[:1].isalpha():
        raise ValueError("a body in chunks, or no HTTP")
    is_last = fields.get(b"connection", b"").lower() == b"close"
    if answers == b"HEAD" or (answers and _status(head) in (b"204", b"304")):
        return Message(head, b"", is_last)
    length = int(fields.get(b"content-length", b"-1" if answers else b"0"))
    if not 0 <= length <= MOST_BYTES:
        raise ValueError("a body of no length, or too long")
    return Message(head, await reader.readexactly(length), is_last)


def _status(head: bytes) -> bytes:
    return head.partition(b" ")[2][:3]


def _field(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    return name.strip().lower(), value.strip()


def _said(status: HTTPStatus) -> Message:
    body = f"{status.phrase}\n".encode()
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: text/plain\r\ncontent-length: {len(body)}\r\n\r\n"
    return Message(head.encode(), body)


async def _check_for_ever(pool: Pool, member: Member) -> None:
    pause_s = check_every_s(len(pool.members))
    while True:
        pool.checked(member, passed=await _is_well(member.port))
        await asyncio.sleep(pause_s)


async def _is_well(port: int) -> bool:
    request = Message(f"GET {HEALTH_PATH} HTTP/1.1\r\nhost: payments\r\n\r\n".encode(), b"")
    try:
        answer = await asyncio.wait_for(_asked(port, request), CHECK_PATIENCE_S)
    except (OSError, EOFError, TimeoutError, ValueError, asyncio.LimitOverrunError):
        return False
    return _status(answer.head) == b"200"
