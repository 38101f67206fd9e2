"""Row 16: the controller of a rollout to 5 000 servers in 50 waves, in the middle of its way."""

import asyncio
import contextlib
import os
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from cockpit.agent.rollout.facts import EVERY_S
from cockpit.agent.rollout.journal import Journal
from cockpit.agent.rollout.telling import AT_MOST_EVERY_S
from tests.bench.rollout_stage import MIDDLE, RolloutStage, journal_of, way_of
from tests.bench.row import Row
from tests.bench.side_by_side import exponent, quantile, seconds

SERVERS = 5_000
TICKS = 24
WATCHED_S = 12.0
SETTLED_S = 3.0
"""By then whatever was to be begun has begun."""


def rows(work: Path) -> Iterator[Row]:
    """Measure with a tenth of the servers, with all, and with ten times as many."""
    amounts = (SERVERS // 10, SERVERS, SERVERS * 10)
    tenth, whole, tenfold = (asyncio.run(_measured(work / f"rollout-{amount}", amount)) for amount in amounts)
    figure = f"p50 {quantile(whole.ticks_ms, 0.5):.1f} ms, longest {max(whole.ticks_ms):.1f} ms"
    yield Row(
        "16", "CPU of a controller's tick, a server went on: p90", figure, quantile(whole.ticks_ms, 0.9), 20, "ms"
    )
    figure = f"{whole.probed_ms:.0f} ms; to store the round {whole.stored_ms:.0f} ms"
    yield Row("16", "CPU of a tick that takes in a round of probes", figure, whole.probed_ms / whole.stored_ms, 1.0)
    yield Row("16", "CPU of the controller, nothing happens: it waits", "", whole.waiting_share * 100, 1, "%")
    yield Row("16", "the same while a wave soaks", "", whole.soaking_share * 100, 1, "%")
    yield _growth("a tick", [statistics.fmean(one.ticks_ms) for one in (tenth, whole, tenfold)], "ms")
    yield _growth("the quiet controller", [one.soaking_share * 100 for one in (tenth, whole, tenfold)], "%")
    yield from _journal(work / "journal")


def _growth(what: str, values: list[float], unit: str) -> Row:
    figure = ", ".join(f"{v:.2g} {unit} at {n}" for v, n in zip(values, ("500", "5 000", "50 000"), strict=True))
    slope = exponent([SERVERS / 10, SERVERS, SERVERS * 10], values)
    return Row("16", f"growth of {what}: exponent", figure, slope, 1.1, "")


class _Figures:
    def __init__(self) -> None:
        self.ticks_ms: list[float] = []
        self.probed_ms = self.stored_ms = self.waiting_share = self.soaking_share = 0.0


async def _measured(folder: Path, servers: int) -> _Figures:
    stage, figures = RolloutStage(folder, servers), _Figures()
    try:
        figures.soaking_share = await _quiet_share(stage)
        figures.probed_ms, figures.stored_ms = await _probed_ms(stage)
        stage.finish(MIDDLE)
        figures.waiting_share = await _quiet_share(stage)
        stage.promote(MIDDLE + 1)
        figures.ticks_ms = await _ticks_ms(stage)
    finally:
        stage.close()
    return figures


async def _quiet_share(stage: RolloutStage) -> float:
    """Seconds of CPU for each second while the desk is left alone."""
    running = asyncio.create_task(stage.rollouts.run())
    await asyncio.sleep(SETTLED_S)
    began, cpu = time.monotonic(), time.process_time()
    await asyncio.sleep(WATCHED_S)
    share = (time.process_time() - cpu) / (time.monotonic() - began)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    return share


async def _ticks_ms(stage: RolloutStage) -> list[float]:
    """One server after the other goes on; everything that it takes until the tick is told counts."""
    for _ in range(3):
        await stage.rollouts.tick()
        await asyncio.sleep(SETTLED_S / 3)
    found = []
    for _ in range(TICKS):
        cpu = time.process_time()
        stage.servers.turns.release()
        await asyncio.sleep(AT_MOST_EVERY_S + 0.05)
        await stage.rollouts.tick()
        found.append((time.process_time() - cpu) * 1000)
    return found


async def _probed_ms(stage: RolloutStage) -> tuple[float, float]:
    """Every server has told other figures: what it takes to look at them, and what it took to store them."""
    found, stored = [], []
    for _ in range(4):
        cpu = time.process_time()
        stage.probe_again()
        stored.append((time.process_time() - cpu) * 1000)
        await asyncio.sleep(EVERY_S)
        cpu = time.process_time()
        await stage.rollouts.tick()
        found.append((time.process_time() - cpu) * 1000)
    return statistics.median(found[1:]), statistics.median(stored[1:])


def _journal(folder: Path) -> Iterator[Row]:
    folder.mkdir()
    journal, bare = Journal(folder, "production-9"), folder / "bare"
    lines = list(way_of("server-00001")) * 5
    ours, plain = [], []
    for line in lines:
        ours.append(seconds(lambda line=line: journal.note_server(line)))  # type: ignore[misc]
        plain.append(seconds(lambda: _append_durably(bare)))
    ours_s, plain_s = statistics.median(ours), statistics.median(plain)
    figure = f"{ours_s * 1000:.2f} ms; bare append and fsync {plain_s * 1000:.2f} ms"
    yield Row("16", "a line of the journal on the disk", figure, ours_s / plain_s, 1.5)
    whole = folder / "production-10.jsonl"
    whole.write_bytes(journal_of(f"server-{n:05}" for n in range(SERVERS)))
    read_s = statistics.median(seconds(lambda: Journal(folder, "production-10")) for _ in range(3))
    figure = f"{SERVERS * 10:,} lines, {whole.stat().st_size / 1e6:.0f} MB"
    yield Row("16", "the journal of all servers read at a start", figure, read_s, 0.5, "s")


def _append_durably(path: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(descriptor, b"x" * 300)
    os.fsync(descriptor)
    os.close(descriptor)
