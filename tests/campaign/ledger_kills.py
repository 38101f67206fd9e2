"""Desks killed with SIGKILL at random moments of an append: each event stands on the chain exactly once."""

import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests.campaign.campaign import Step, hold
from tests.campaign.ledger_team import DeskProcess, chain_of, ledger, places_of

LONGEST_S = 0.12
"""An append takes a fifth of this; the moment is anywhere in it, or between two."""


def ledger_kills(folder: Path, chance: random.Random, count: int) -> Iterator[Step]:
    """Kill the one desk `count` times while it decides without pause."""
    kept: set[str] = set()
    shared: set[str] = set()
    with ledger(folder) as remote:
        for _ in range(count):
            yield _kill_once(folder, remote, chance, kept, shared)
        began = time.monotonic()
        desk = DeskProcess(folder / "victim", remote, "victim")
        desk.answer("ready")
        desk.ask({"do": "note", "target": "x", "text": "the last"})
        shared.add(desk.answer("fate")["event"])
        desk.close()
        reader = chain_of(folder / "reader", remote)
        places = places_of(reader)
        reader.close()
    hold(all(places.get(event_id) == 1 for event_id in kept | shared), "an event was lost or doubled")
    hold(all(times == 1 for times in places.values()), "an event stands on the chain twice")
    yield Step("everything afterwards", time.monotonic() - began, f"{len(kept)} kept, {len(places)} on the chain")


def _kill_once(folder: Path, remote: Path, chance: random.Random, kept: set[str], shared: set[str]) -> Step:
    began = time.monotonic()
    desk = DeskProcess(folder / "victim", remote, "victim")
    try:
        desk.answer("ready")
        ready_s = time.monotonic() - began
        desk.ask({"do": "note", "target": "x", "text": "note", "times": 1000})
        killer = threading.Timer(chance.uniform(0.0, LONGEST_S), desk.kill)
        killer.start()
        last = ""
        for answer in desk.answers():
            if "kept" in answer:
                kept.add(answer["kept"])
                last = answer["kept"]
            elif "fate" in answer:
                hold(answer["fate"] == "shared", f"a note was {answer['fate']}")
                shared.add(answer["event"])
        killer.join()
    finally:
        desk.close()
    return Step("kill -9", ready_s, "in mid-append" if last and last not in shared else "between two")
