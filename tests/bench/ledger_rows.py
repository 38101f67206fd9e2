"""Rows 11 and 12: the ledger's fold and append, against plain git on the same chain."""

import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from cockpit.domain.decisions.bodies import Genesis, Noted, PolicySet
from cockpit.ledger.chain import make_repository
from cockpit.ledger.checkpoint import make_checkpoint
from cockpit.ledger.keeper import LedgerKeeper
from tests.bench.ledger_chain import REF, make_chain
from tests.bench.row import Row
from tests.bench.side_by_side import exponent, medians, quantile, seconds
from tests.integration.ledger_world import EMPTY_TREE, OPEN_DOOR, Desk, remote_at

THERE = "refs/cockpit/there"
TIMES = 20


def rows(work: Path, runs: int) -> Iterator[Row]:
    """Measure on ledgers of 10 000 and 100 000 events; that git brings them first is git's own work."""
    tenth = _reader(work / "tenth", make_chain(work / "tenth.git", 10_000))
    whole = _reader(work / "whole", make_chain(work / "whole.git", 100_000))
    log = ["git", f"--git-dir={whole.chain.path}", "log", "-z", "--format=%B", THERE]
    times = medians(
        {
            "log": lambda: subprocess.run(log, stdout=subprocess.DEVNULL, check=True),
            "forgotten": lambda: _forget(whole),
            "fold": lambda: _fold_cold(whole),
        },
        runs,
    )
    behind_s = seconds(lambda: all(iter(whole.keeper.store_history, False)))
    figure = f"{times['fold']:.2f} s, all its events stored {behind_s:.2f} s later"
    yield Row("11", "fold of 100 k events, cold", figure, times["fold"] / times["log"], 1.4)
    tenth_s = min(_cold_s(tenth) for _ in range(3))
    slope = exponent([10_000, 100_000], [tenth_s, times["fold"]])
    figure = f"{tenth_s:.2f} s at 10 k, {times['fold']:.2f} s at 100 k"
    yield Row("11", "growth of the cold fold: exponent", figure, slope, 1.1, "")
    yield _from_checkpoint(whole, work, times["log"])
    yield Row("11", "ten more events, without git's fetch", "p50", _ten_more_ms(whole, work), 10, "ms")
    yield _append(work)


def _reader(folder: Path, chain: Path) -> Desk:
    desk = Desk(folder, remote_at(chain), "boss")
    desk.chain.prepare()
    desk.chain.fetch()
    desk.chain.fetch(whole=True)
    return desk


def _forget(desk: Desk) -> None:
    """Leave nothing but the clone, in memory too: a process that starts has no former fold to free."""
    desk.close()
    desk.keeper = LedgerKeeper(desk.chain, desk.spool, desk.pin_path, desk.cache, lambda: datetime.now(UTC))
    for name in ("cache.db", "cache.db-wal", "cache.db-shm", "pin.json"):
        (desk.folder / name).unlink(missing_ok=True)


def _fold_cold(desk: Desk) -> None:
    fresh = Desk(desk.folder, desk.chain.remote, desk.actor)
    assert fresh.sync().position >= 10_000
    desk.cache, desk.keeper = fresh.cache, fresh.keeper


def _cold_s(desk: Desk) -> float:
    _forget(desk)
    return seconds(lambda: _fold_cold(desk))


def _from_checkpoint(whole: Desk, work: Path, log_s: float) -> Row:
    """What a new machine really does, git's work included, where the team keeps a checkpoint."""
    writer = Desk(work / "checkpointer", whole.chain.remote, "boss")
    writer.sync()
    assert writer.decide("checkpoint", "", make_checkpoint(writer.decided)).position == 100_001
    writer.close()
    start = Desk(work / "newcomer", whole.chain.remote, "boss")
    start_s = seconds(start.sync)
    start.close()
    return Row("11", "a new clone from a checkpoint, fetch included", f"{start_s:.2f} s", start_s / log_s, 1.4)


def _ten_more_ms(reader: Desk, work: Path) -> float:
    writer = Desk(work / "writer", reader.chain.remote, "boss")
    writer.sync()
    times = []
    for _ in range(TIMES):
        for number in range(10):
            writer.intend("note", "x", Noted(str(number)))
        writer.sync()
        bare = work / "bare.git"
        shutil.rmtree(bare, ignore_errors=True)
        shutil.copytree(reader.chain.path, bare)
        fetch = ["git", f"--git-dir={bare}", "fetch", "-q", reader.chain.remote.shown, f"+{REF}:{THERE}"]
        fetch_s = seconds(lambda fetch=fetch: subprocess.run(fetch, check=True))
        times.append((seconds(reader.sync) - fetch_s) * 1000)
    writer.close()
    return quantile(times, 0.5)


def _append(work: Path) -> Row:
    make_repository(work / "appended.git", "sha1", append_only=False)
    make_repository(work / "plain.git", "sha1", append_only=False)
    desk = Desk(work / "appender", remote_at(work / "appended.git"), "boss")
    desk.decide("genesis", "", Genesis("payments", "boss"))
    desk.decide("policy", "", PolicySet(OPEN_DOOR))
    make_repository(work / "plain-clone.git", "sha1", append_only=False)
    times = medians(
        {"plain": lambda: _plain(work), "ours": lambda: desk.decide("note", "x", Noted("looks well"))}, TIMES
    )
    desk.close()
    figure = f"{times['ours'] * 1000:.1f} ms, git {times['plain'] * 1000:.1f} ms"
    return Row("12", "append and push, one writer, file", figure, times["ours"] / times["plain"], 2)


def _plain(work: Path) -> None:
    git = ["git", f"--git-dir={work / 'plain-clone.git'}", "-c", "user.name=x", "-c", "user.email=x@localhost"]
    head = subprocess.run([*git, "rev-parse", "-q", "--verify", REF], capture_output=True, text=True).stdout.strip()
    parent = ["-p", head] if head else []
    made = subprocess.run(
        [*git, "commit-tree", EMPTY_TREE, *parent, "-m", "note"], capture_output=True, text=True, check=True
    ).stdout.strip()
    subprocess.run([*git, "push", "-q", str(work / "plain.git"), f"{made}:{REF}"], check=True)
    subprocess.run([*git, "update-ref", REF, made], check=True)
