"""Row 13: asking 5 000 servers, against a bare aiohttp loop with the same concurrency."""

import asyncio
import contextlib
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp

from cockpit.config.settings import Servers
from cockpit.domain.facts import Facts
from cockpit.sources.servers import ServersSource
from tests.bench.row import Row
from tests.bench.side_by_side import exponent

SERVERS = 5_000
CONCURRENCY = 100

_ANSWERS = """
import asyncio, sys
from aiohttp import web
METRICS = "".join(f'http_requests_total{{path="/{n}"}} {n}\\n' for n in range(25))
async def answer(request):
    what = request.match_info["what"]
    return web.Response(text={"healthz": "ok", "version": '{"version": "v1.0.0"}', "metrics": METRICS}[what])
async def main():
    app = web.Application(); app.router.add_get("/{server}/{what}", answer)
    runner = web.AppRunner(app, access_log=None); await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0); await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
asyncio.run(main())
"""


class _Nowhere:
    """A sink that keeps nothing: storing is another row's matter."""

    def put(self, facts: Facts) -> None:
        del facts


def rows(_work: Path, runs: int) -> Iterator[Row]:
    """Measure against one process that answers for all servers."""
    with _answering() as port:
        ours, bare = asyncio.run(_rounds(port, max(3, runs // 2)))
        alone = [sys.executable, "-m", "tests.bench.server_rows", str(port)]
        memory_mb = float(subprocess.run(alone, check=True, capture_output=True, text=True).stdout)
        growth = _growth(port, ours)
    figure = f"{ours:.2f} s, bare {bare:.2f} s, three questions each"
    yield Row("13", "probe of 5 000 servers", figure, ours / bare, 2.0)
    yield growth
    yield Row("13", "memory of a process that probes them", "nothing else in it", memory_mb, 120, "MB")


def _growth(port: int, whole_s: float) -> Row:
    tenth_s, tenfold_s = asyncio.run(_round_s(port, SERVERS // 10)), asyncio.run(_round_s(port, SERVERS * 10))
    figure = f"{tenth_s:.2f} s at 500, {whole_s:.2f} s at 5 000, {tenfold_s:.1f} s at 50 000"
    slope = exponent([SERVERS / 10, SERVERS, SERVERS * 10], [tenth_s, whole_s, tenfold_s])
    return Row("13", "growth of the probe: exponent", figure, slope, 1.2, "")


async def _round_s(port: int, servers: int) -> float:
    """Seconds of the second round: the first one also imports and connects."""
    source, taken_s = _source(port, servers), 0.0
    for _ in range(2):
        started = time.perf_counter()
        await source.observe(_Nowhere(), {})
        taken_s = time.perf_counter() - started
    await source.close()
    return taken_s


@contextlib.contextmanager
def _answering() -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "-c", _ANSWERS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


async def _probe_twice(port: int) -> None:
    """Ask every server twice, as the agent does again and again."""
    source = _source(port)
    for _ in range(2):
        await source.observe(_Nowhere(), {})
    await source.close()


def _most_memory_mb() -> float:
    """What this process has ever used; `ru_maxrss` is inherited from whoever started it."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _addresses(port: int, servers: int = SERVERS) -> dict[str, str]:
    return {f"s{n}": f"http://127.0.0.1:{port}/s{n}" for n in range(servers)}


def _source(port: int, servers: int = SERVERS) -> ServersSource:
    zones = {"eu": _addresses(port, servers)}
    return ServersSource(Servers(zones=zones, concurrency=CONCURRENCY, metrics=["http_requests_total"]))


async def _rounds(port: int, runs: int) -> tuple[float, float]:
    source = _source(port)
    ours, bare = [], []
    for _ in range(runs):
        started = time.perf_counter()
        await source.observe(_Nowhere(), {})
        ours.append(time.perf_counter() - started)
        started = time.perf_counter()
        await _bare_round(list(_addresses(port).values()))
        bare.append(time.perf_counter() - started)
    await source.close()
    return statistics.median(ours), statistics.median(bare)


async def _bare_round(addresses: list[str]) -> None:
    room = asyncio.Semaphore(CONCURRENCY)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONCURRENCY)) as session:

        async def ask(address: str) -> None:
            async with room:
                for what in ("healthz", "version", "metrics"):
                    async with session.get(f"{address}/{what}") as answer:
                        await answer.read()

        await asyncio.gather(*map(ask, addresses))


if __name__ == "__main__":
    asyncio.run(_probe_twice(int(sys.argv[1])))
    print(_most_memory_mb())
