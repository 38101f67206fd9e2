"""One HTTP client for many small questions: bounded bodies, no redirects, no cookies, no proxies.

It stands on aiohttp alone: under httpx the transport turns resets and failed TLS handshakes into connect timeouts,
where people are to read what really happened, and a question costs three times the processor time.
"""

import errno
import os
import ssl
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import aiohttp
from yarl import URL

from cockpit.errors import SourceGarbageError
from cockpit.text import clean

NETWORK_ERRORS = (aiohttp.ClientError, OSError, ValueError, LookupError)
"""What aiohttp raises for an answer that did not come or is not HTTP."""

_PLAIN_WORDS = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "connection reset",
    errno.EPIPE: "connection reset",
    errno.EHOSTUNREACH: "no route to the host",
    errno.ENETUNREACH: "network unreachable",
    errno.ETIMEDOUT: "no answer to the connection",
}

_OUR_OWN = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL}

_HEADERS: Mapping[str, str] = MappingProxyType({"User-Agent": "cockpit", "Accept-Encoding": "identity"})
_LAST_HEADERS: Mapping[str, str] = MappingProxyType({**_HEADERS, "Connection": "close"})


@dataclass(frozen=True, slots=True)
class Answer:
    """Status code and whole body of one answer."""

    status: int
    body: bytes


class HttpClient:
    """Asks with GET over at most `connections` connections at once; belongs to the event loop of its first question."""

    def __init__(self, connections: int) -> None:
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    async def get(self, url: URL, body_limit_bytes: int, *, last: bool = False) -> Answer:
        """Return the answer of `url`; with `last` the connection is given back afterwards.

        Raises SourceGarbageError for a body over the limit, and NETWORK_ERRORS. The caller sets the deadline.
        """
        if self._session is None:
            self._session = self._open()
        headers = _LAST_HEADERS if last else _HEADERS
        async with self._session.get(url, headers=headers, allow_redirects=False) as response:
            body = await _bounded_body(response, body_limit_bytes)
            encoding = response.headers.get("Content-Encoding", "identity").lower()
            if encoding != "identity":
                body = _decompressed(body, encoding, body_limit_bytes)
            return Answer(response.status, body)

    async def close(self) -> None:
        """Give back every connection."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections, ttl_dns_cache=60),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
            auto_decompress=False,
            trust_env=False,
        )


def is_our_own_trouble(error: BaseException) -> bool:
    """Tell whether this machine, not the server, is the reason: no file handles, no ports, no memory."""
    return _errno_of(error) in _OUR_OWN


def plain_words(error: BaseException) -> str:
    """Return why no answer came, in one line for people."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"TLS certificate not accepted: {_certificate_fault(error.certificate_error)}"
    if isinstance(error, (aiohttp.ClientSSLError, ssl.SSLError)):
        return "TLS handshake failed"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "host name not found"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "connection closed before an answer"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "answer cut off"
    if isinstance(error, aiohttp.InvalidURL):
        return "address is not http or https"
    if isinstance(error, aiohttp.ClientResponseError):
        return f"answer is not HTTP: {clean(error.message.strip(), 80)}"
    code = _errno_of(error)
    if code is None:
        return clean(str(error), 120) or type(error).__name__
    return _PLAIN_WORDS.get(code, os.strerror(code).lower())


def _errno_of(error: BaseException) -> int | None:
    return error.errno if isinstance(error, OSError) else None


def _certificate_fault(error: BaseException) -> str:
    fault = error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else str(error)
    return clean(fault, 120)


async def _bounded_body(response: aiohttp.ClientResponse, limit_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > limit_bytes:
            response.close()
            raise _too_large(limit_bytes)
    return bytes(body)


def _decompressed(body: bytes, encoding: str, limit_bytes: int) -> bytes:
    """Servers are asked not to compress; some do, and a small bomb must not become a large body."""
    if encoding not in ("gzip", "deflate"):
        raise SourceGarbageError(f"answer is compressed in a way nobody asked for: {clean(encoding, 20)}")
    try:
        plain = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress(body, limit_bytes + 1)
    except zlib.error as error:
        raise SourceGarbageError("answer says it is compressed and is not") from error
    if len(plain) > limit_bytes:
        raise _too_large(limit_bytes)
    return plain


def _too_large(limit_bytes: int) -> SourceGarbageError:
    return SourceGarbageError(f"answer is larger than {limit_bytes // 1024} kB")
