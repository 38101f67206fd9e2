"""What a campaign is: a seeded row of faults, each followed by a comparison with what must be true."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Protocol

from tests.campaign.table import table


class BrokenInvariantError(Exception):
    """An invariant does not hold."""


@dataclass(frozen=True, slots=True)
class Step:
    """One fault that was survived."""

    fault: str
    recovered_s: float
    """Seconds until everything was as it must be."""
    note: str = ""


class Campaign(Protocol):
    """Stirs up a world in `folder` as `chance` will have it, `count` times; raises BrokenInvariantError."""

    def __call__(self, folder: Path, chance: random.Random, count: int) -> Iterator[Step]:
        """Yield each fault once it has been survived."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How a campaign went."""

    name: str
    seed: int
    steps: Sequence[Step]
    broken: str
    """The invariant that does not hold, or empty."""
    took_s: float

    def table(self) -> str:
        """Return one line for each kind of fault."""
        faults = sorted({step.fault for step in self.steps})
        rows = [[self.name, "runs", "slowest recovery s", "median s", "caught"]]
        for fault in faults:
            times = [step.recovered_s for step in self.steps if step.fault == fault]
            notes = Counter(step.note for step in self.steps if step.fault == fault and step.note)
            rows.append([fault, str(len(times)), f"{max(times):.2f}", f"{median(times):.2f}", _counted(notes)])
        end = f"seed {self.seed}, {len(self.steps)} runs, {self.took_s:.0f} s: " + (
            f"BROKEN at step {len(self.steps) + 1}: {self.broken}" if self.broken else "every invariant held"
        )
        return f"{table(rows)}\n{end}"


def _counted(notes: Counter[str]) -> str:
    return ", ".join(f"{times} × {note}" for note, times in notes.most_common(5))


def run_campaign(name: str, campaign: Campaign, folder: Path, seed: int, count: int) -> Figures:
    """Run it to its end or to the first broken invariant."""
    began = time.monotonic()
    steps: list[Step] = []
    broken = ""
    try:
        for step in campaign(folder, random.Random(seed), count):
            steps.append(step)
    except BrokenInvariantError as error:
        broken = str(error)
    return Figures(name, seed, steps, broken, time.monotonic() - began)


def hold(condition: object, words: str) -> None:
    """Raise BrokenInvariantError with these words unless the condition holds."""
    if not condition:
        raise BrokenInvariantError(words)


def recovered(wrong: Callable[[], str], within_s: float) -> float:
    """Wait until `wrong` finds nothing wrong any more, and return after how many seconds."""
    began = time.monotonic()
    while words := wrong():
        if time.monotonic() - began > within_s:
            raise BrokenInvariantError(f"not recovered within {within_s:g} s: {words}")
        time.sleep(0.03)
    return time.monotonic() - began
