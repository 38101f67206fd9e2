"""Separate clones append at once: nothing lost, nothing doubled, one order for all."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

from tests.campaign.campaign import Step, hold
from tests.campaign.ledger_team import chain_of, desks, ledger, places_of

BURSTS = (2, 8, 32)

EACH = 3
"""Decisions of one writer in one burst."""

TOGETHER_S = 0.5
"""Until the instant at which all begin."""


def ledger_writers(folder: Path, chance: random.Random, count: int) -> Iterator[Step]:
    """Let 2, 8 and 32 writers decide from the same instant, in turn, `count` times in all."""
    for number in range(count):
        writers = BURSTS[number % len(BURSTS)]
        with ledger(folder / f"burst-{number}") as remote:
            yield _burst(folder / f"burst-{number}", remote, writers, chance)


def _burst(folder: Path, remote: Path, writers: int, chance: random.Random) -> Step:
    names = [f"writer-{number}" for number in range(writers)]
    kept, latencies = [], []
    with desks(folder, remote, names) as opened:
        at = time.time() + TOGETHER_S + chance.random() / 10
        for desk in opened:
            desk.ask({"do": "note", "target": "x", "text": "burst", "times": EACH, "at": at})
        for desk in opened:
            for _ in range(EACH):
                kept.append(desk.answer("kept")["kept"])
                told = desk.answer("fate")
                hold(told["fate"] == "shared", f"a note was {told['fate']}: {told['reason']}")
                latencies.append(told["took_s"])
        heads = set()
        for desk in opened:
            desk.ask({"do": "sync"})
            heads.add(desk.answer("head")["head"])
    hold(len(heads) == 1, "the clones do not agree on the order")
    reader = chain_of(folder / "reader", remote)
    places = places_of(reader)
    reader.close()
    hold(all(places.get(event_id) == 1 for event_id in kept), "an event was lost or doubled")
    hold(sum(places.values()) == len(kept) + 2, "somebody else stands on the chain")
    latencies.sort()
    p50, p95 = latencies[len(latencies) // 2], latencies[int(len(latencies) * 0.95)]
    return Step(f"{writers} writers", max(latencies), f"p50 {p50:.1f} s, p95 {p95:.1f} s")
