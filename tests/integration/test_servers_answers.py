"""Servers as they are met: healthy, broken, silent, slow, hostile. No answer of one spoils the round of the others."""

import asyncio
import gzip
import socket
import ssl
import struct
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cockpit.config.settings import Rule, Servers
from cockpit.domain.facts import Facts, ProbesSeen
from cockpit.domain.fleet import Health, Probe
from cockpit.errors import SourceUnreachableError
from cockpit.sources.servers import ServersSource

Respond = Callable[[str, asyncio.StreamWriter], Awaitable[None]]
"""Answers one request for a path; the connection is closed when it returns."""


class Kept:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.batches: list[ProbesSeen] = []

    def put(self, facts: Facts) -> None:
        assert isinstance(facts, ProbesSeen)
        self.batches.append(facts)

    @property
    def probes(self) -> dict[str, Probe]:
        """By server, from the last batch, which names them all."""
        assert self.batches[-1].complete
        return {probe.server: probe for probe in self.batches[-1].probes}


@asynccontextmanager
async def server(respond: Respond, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Serve on a free port of the loopback; yields host and port."""

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            await respond(head.split(b" ", 2)[1].decode(), writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(meet, "127.0.0.1", 0, ssl=tls)
    try:
        yield f"127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    finally:
        listening.close()


def answer(body: bytes, status: str = "200 OK", headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


def pages(
    health: bytes = answer(b"ok"), version: bytes = answer(b"1.0"), metrics: bytes = answer(b"load 1\n")
) -> Respond:
    async def respond(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write({"/healthz": health, "/version": version, "/metrics": metrics}[path])
        await writer.drain()

    return respond


async def probe(respond: Respond, *, timeout_s: float = 5.0, tls: ssl.SSLContext | None = None) -> Probe:
    """What one round brings of a server that answers like this."""
    async with server(respond, tls) as address:
        scheme = "https" if tls else "http"
        return await probe_address(f"{scheme}://{address}", timeout_s=timeout_s)


async def probe_address(address: str, *, timeout_s: float = 5.0) -> Probe:
    source = ServersSource(Servers(zones={"eu": {"one": address}}, metrics=["load"], timeout_s=timeout_s))
    kept = Kept()
    try:
        await source.observe(kept, {})
    finally:
        await source.close()
    return kept.probes["one"]


async def test_a_healthy_server_tells_version_commit_and_the_wanted_metrics() -> None:
    seen = await probe(
        pages(version=answer(b'{"version": "1.42.3", "commit": "9f2c1e4"}'), metrics=answer(b"load 2\nx 1\n"))
    )
    assert (seen.health, seen.reason, seen.version, seen.commit_id) == (Health.UP, "", "1.42.3", "9f2c1e4")
    assert seen.metrics == {"load": 2.0}
    assert seen.latency_s is not None
    assert seen.observed_at.tzinfo is not None


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        ("500 Oops", b"database away\ntrace", "500 Internal Server Error: database away"),
        ("503 x", b"\x1b]0;gotcha\x07", "503 Service Unavailable: ]0;gotcha"),
        ("401 x", b"", "401 Unauthorized: the health check asks for credentials"),
        ("403 x", b"", "403 Forbidden: the health check asks for credentials"),
    ],
)
async def test_a_failing_check_is_told_with_code_and_words_and_the_version_is_still_asked(
    status: str, body: bytes, reason: str
) -> None:
    seen = await probe(pages(health=answer(body, status)))
    assert (seen.health, seen.reason, seen.version) == (Health.FAILING, reason, "1.0")


async def test_a_redirect_is_not_followed() -> None:
    asked: list[str] = []

    async def respond(path: str, writer: asyncio.StreamWriter) -> None:
        asked.append(path)
        writer.write(answer(b"", "302 Found", "Location: /healthz\r\n"))

    seen = await probe(respond)
    assert seen.health is Health.FAILING
    assert "redirects are not followed" in seen.reason
    assert asked == ["/healthz", "/version", "/metrics"]


async def test_nobody_listening_is_down_and_refused() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        seen = await probe_address(f"http://127.0.0.1:{bound.getsockname()[1]}")
    assert (seen.health, seen.reason) == (Health.DOWN, "connection refused")
    assert (seen.version, seen.metrics) == (None, None)


async def test_a_server_that_hangs_is_down_when_its_time_is_over() -> None:
    async def respond(path: str, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    seen = await probe(respond, timeout_s=0.3)
    assert (seen.health, seen.reason) == (Health.DOWN, "no answer within 0.3 s")


async def test_a_byte_now_and_then_does_not_stretch_the_total_time() -> None:
    async def respond(path: str, writer: asyncio.StreamWriter) -> None:
        for byte in answer(b"ok" * 5000):
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.05)

    seen = await probe(respond, timeout_s=0.4)
    assert (seen.health, seen.reason) == (Health.DOWN, "no answer within 0.4 s")


async def test_what_was_answered_before_the_time_was_over_is_kept() -> None:
    async def respond(path: str, writer: asyncio.StreamWriter) -> None:
        if path == "/metrics":
            await asyncio.sleep(60)
        writer.write(answer(b"1.0"))

    seen = await probe(respond, timeout_s=0.5)
    assert (seen.health, seen.version, seen.metrics) == (Health.UP, "1.0", None)
    assert seen.reason == "metrics: no answer within 0.5 s"


async def test_a_reset_is_down() -> None:
    async def respond(path: str, writer: asyncio.StreamWriter) -> None:
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    seen = await probe(respond)
    assert seen.health is Health.DOWN
    assert seen.reason in ("connection reset", "connection closed before an answer")


async def test_an_answer_cut_off_in_the_middle_is_down() -> None:
    async def respond(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok")

    seen = await probe(respond)
    assert (seen.health, seen.reason) == (Health.DOWN, "answer cut off")


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x00\xff" * 200 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Flood: " + b"a" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(5000)) + b"\r\n",
        b"HTTP/1.1 999999 x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: minus\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzzz\r\n",
    ],
)
async def test_what_is_not_http_is_named_as_that(raw: bytes) -> None:
    async def respond(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()

    seen = await probe(respond)
    assert seen.health in (Health.DOWN, Health.FAILING)
    assert seen.reason
    assert seen.reason.isprintable()
    assert seen.version is None


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        (answer(b'{"version": 5}'), "not usable JSON"),
        (answer(b"[" * 60_000), "not usable JSON"),
        (answer(b"\xff\xfe\x00"), "neither JSON nor one plain word"),
        (answer(b"<html>"), "neither JSON nor one plain word"),
        (answer(b"x" * 10_000_000), "larger than 64 kB"),
        (answer(gzip.compress(b"1" * 50_000_000), headers="Content-Encoding: gzip\r\n"), "larger than 64 kB"),
        (answer(b"1.0", headers="Content-Encoding: gzip\r\n"), "is not"),
        (answer(b"1.0", headers="Content-Encoding: br\r\n"), "nobody asked for"),
        (answer(b"no", "404 Not Found"), "404 Not Found: no"),
    ],
)
async def test_a_version_nobody_can_use_leaves_the_old_one_and_is_said(version: bytes, reason: str) -> None:
    seen = await probe(pages(version=version))
    assert (seen.health, seen.version) == (Health.UP, None)
    assert reason in seen.reason
    assert seen.metrics == {"load": 1.0}


@pytest.mark.parametrize(
    ("metrics", "reason"),
    [
        (answer(b"load many\n"), "not in the Prometheus text format"),
        (answer(b'load{a="' + rb"\"" * 500_000 + b'"} 1\n'), "line longer than"),
        (answer(b"load 1\n" * 500_000), "more than"),
        (answer(b"load 1\n" * 2_000_000), "larger than 4096 kB"),
        (answer(b"", "500 x"), "500 Internal Server Error"),
    ],
)
async def test_metrics_nobody_can_use_leave_the_old_ones_and_are_said(metrics: bytes, reason: str) -> None:
    seen = await probe(pages(metrics=metrics))
    assert (seen.health, seen.version, seen.metrics) == (Health.UP, "1.0", None)
    assert reason in seen.reason


async def test_a_compressed_answer_of_honest_size_is_read() -> None:
    seen = await probe(pages(version=answer(gzip.compress(b"2.0"), headers="Content-Encoding: gzip\r\n")))
    assert seen.version == "2.0"


async def test_a_health_page_of_10_megabytes_is_not_read_to_its_end() -> None:
    sent = 0

    async def respond(path: str, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n")
        for _ in range(1000):
            writer.write(b"x" * 10_000)
            await writer.drain()
            sent += 10_000

    seen = await probe(respond)
    assert (seen.health, seen.reason.split(";")[0]) == (Health.FAILING, "health: answer is larger than 64 kB")


@pytest.fixture
def own_certificate(tmp_path: Path, need_program: Callable[[str, str], Path]) -> ssl.SSLContext:
    openssl = need_program("openssl", "openssl")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=nobody.invalid"]
    subprocess.run([openssl, *request, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


async def test_a_certificate_nobody_vouches_for_is_named(own_certificate: ssl.SSLContext) -> None:
    seen = await probe(pages(), tls=own_certificate)
    assert seen.health is Health.DOWN
    assert seen.reason.startswith("TLS certificate not accepted: self")


async def test_a_plain_server_behind_https_is_a_failed_handshake() -> None:
    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(b"plain words", "400 Bad Request"))
        writer.close()

    listening = await asyncio.start_server(meet, "127.0.0.1", 0)
    seen = await probe_address(f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}")
    listening.close()
    assert (seen.health, seen.reason) == (Health.DOWN, "TLS handshake failed")


@pytest.mark.parametrize(
    "address", ["ftp://127.0.0.1", "", "not an address", "http://", "http://[::1", "file:///etc/passwd"]
)
async def test_an_address_that_is_none_is_unknown_and_not_down(address: str) -> None:
    seen = await probe_address(address)
    assert (seen.health, seen.reason) == (Health.UNKNOWN, "address is not http or https")


async def test_a_password_in_an_address_reaches_the_server_and_nobody_else() -> None:
    heads: list[str] = []

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(answer(b"1.0"))
        writer.close()

    listening = await asyncio.start_server(meet, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    seen = await probe_address(f"http://joe:s3cret@127.0.0.1:{port}/base")
    listening.close()
    assert seen.url == f"http://127.0.0.1:{port}/base"
    assert "s3cret" not in repr(seen)
    assert heads[0].startswith("GET /base/healthz ")
    assert "Authorization: Basic" in heads[0]


async def test_proxies_of_the_environment_are_not_used_and_cookies_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    seen = await probe(pages(health=answer(b"ok", headers="Set-Cookie: a=b\r\n")))
    assert (seen.health, seen.version) == (Health.UP, "1.0")


async def test_dead_and_hostile_neighbours_do_not_spoil_the_round() -> None:
    async def hang(path: str, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    async with server(pages()) as good, server(hang) as silent, server(pages(metrics=answer(b"load x\n"))) as garbled:
        zones = {
            "eu": {f"good-{n}": f"http://{good}" for n in range(20)} | {"silent": f"http://{silent}"},
            "us": {"garbled": f"http://{garbled}", "dead": "http://127.0.0.1:1"},
        }
        source = ServersSource(Servers(zones=zones, metrics=["load"], timeout_s=2.0, concurrency=4))
        kept = Kept()
        observation = await source.observe(kept, {})
        await source.close()
    assert len(kept.probes) == 23
    assert {kept.probes[f"good-{n}"].health for n in range(20)} == {Health.UP}
    assert kept.probes["silent"].health is kept.probes["dead"].health is Health.DOWN
    assert kept.probes["garbled"].zone == "us"
    assert observation.remark == "21 of 23 servers answered"


async def test_a_long_round_hands_over_what_it_has_and_is_complete_only_at_its_end() -> None:
    async def hang(path: str, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    async with server(pages()) as good, server(hang) as silent:
        zones = {"eu": {"good": f"http://{good}", "silent": f"http://{silent}"}}
        source = ServersSource(Servers(zones=zones, timeout_s=1.6))
        kept = Kept()
        await source.observe(kept, {})
        await source.close()
    assert [(batch.complete, [probe.server for probe in batch.probes]) for batch in kept.batches] == [
        (False, ["good"]),
        (True, ["good", "silent"]),
    ]


async def test_cancelling_a_round_ends_its_connections_and_puts_nothing_more() -> None:
    gone = asyncio.Event()

    async def respond(path: str, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n")
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.01)
        finally:
            gone.set()

    async with server(respond) as address:
        source = ServersSource(Servers(zones={"eu": {"one": f"http://{address}"}}, timeout_s=60))
        kept = Kept()
        observing = asyncio.create_task(source.observe(kept, {}))
        await asyncio.sleep(0.2)
        observing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await observing
        await asyncio.wait_for(gone.wait(), 10)
        await source.close()
        await source.close()
    assert kept.batches == []


async def test_an_unchanged_answer_brings_the_same_figures_again() -> None:
    async with server(pages()) as address:
        source = ServersSource(Servers(zones={"eu": {"one": f"http://{address}"}}, metrics=["load"]))
        kept = Kept()
        await source.observe(kept, {})
        await source.observe(kept, {})
        await source.close()
    assert [batch.probes[0].metrics for batch in kept.batches] == [{"load": 1.0}, {"load": 1.0}]


async def test_metrics_are_those_of_rules_and_settings_and_none_are_asked_for_without() -> None:
    asked: list[str] = []

    async def respond(path: str, writer: asyncio.StreamWriter) -> None:
        asked.append(path)
        writer.write(answer(b"errors 1\nrequests 4\nload 2\n" if path == "/metrics" else b"1.0"))

    rule = Rule(name="errors", metric="errors", per="requests", condition="> 0.05")
    async with server(respond) as address:
        zones = {"eu": {"one": f"http://{address}"}}
        kept = Kept()
        for source in (ServersSource(Servers(zones=zones), [rule]), ServersSource(Servers(zones=zones))):
            await source.observe(kept, {})
            await source.close()
    assert kept.batches[0].probes[0].metrics == {"errors": 1.0, "requests": 4.0}
    assert kept.batches[1].probes[0].metrics is None
    assert asked == ["/healthz", "/version", "/metrics", "/healthz", "/version"]


async def test_a_check_names_the_servers_that_do_not_answer() -> None:
    async with server(pages()) as address:
        sound = ServersSource(Servers(zones={"eu": {"a": f"http://{address}"}}, metrics_path=""))
        assert await sound.check() == "1 of 1 server answered"
        await sound.close()
        half = ServersSource(Servers(zones={"eu": {"a": f"http://{address}", "b": "http://127.0.0.1:1"}}))
        with pytest.raises(
            SourceUnreachableError, match=r"1 of 2 servers answered \(b: connection refused\)"
        ) as caught:
            await half.check()
        await half.close()
    assert "[servers.zones]" in caught.value.next_step
