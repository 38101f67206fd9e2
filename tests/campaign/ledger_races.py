"""Two people take the lock, or the controls, at the same instant: one wins, the loser is told who and when."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

from tests.campaign.campaign import Step, hold
from tests.campaign.ledger_team import DeskProcess, desks, ledger

TOGETHER_S = 0.05

FREES = {"lock": "unlock", "controls.take": "controls.leave"}


def ledger_races(folder: Path, chance: random.Random, count: int) -> Iterator[Step]:
    """Let two desks want the same thing `count` times, each time both having seen that it is free."""
    with ledger(folder) as remote, desks(folder, remote, ["maria", "jon"]) as pair:
        for number in range(count):
            yield _race(pair, ("lock", "controls.take")[number % 2], chance)


def _race(pair: list[DeskProcess], wanted: str, chance: random.Random) -> Step:
    for desk in pair:
        desk.ask({"do": "sync"})
        desk.answer("head")
    at = time.time() + TOGETHER_S
    for desk in pair:
        desk.ask({
            "do": wanted, "target": "production", "text": "mine",
            "at": at + chance.uniform(0.0, 0.004),
        })  # fmt: skip
    told = [desk.answer("fate") for desk in pair]
    fates = sorted(answer["fate"] for answer in told)
    hold(fates == ["refused", "shared"], f"both were told: {fates}")
    won = next(number for number, answer in enumerate(told) if answer["fate"] == "shared")
    winner, loser = ("maria", "jon")[won], told[1 - won]
    hold(f"{winner} was quicker, at {told[won]['position']}" in loser["reason"], f"the loser hears: {loser['reason']}")
    pair[won].ask({"do": FREES[wanted], "target": "production", "text": "free"})
    hold(pair[won].answer("fate")["fate"] == "shared", "the winner cannot give it back")
    return Step(f"{wanted} at once", max(answer["took_s"] for answer in told), f"{winner} won")
