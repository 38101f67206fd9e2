"""Colleagues who keep deciding while you watch, each from a clone of their own; the same ones for the same seed."""

import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from cockpit.config.settings import Settings
from cockpit.demo.colleague import Colleague, ledger_of
from cockpit.demo.folder import DemoFolder
from cockpit.demo.lifeline import Lifeline
from cockpit.demo.opinions import decline, note, propose, vote
from cockpit.demo.prompt_answers import PromptAnswers
from cockpit.demo.release_owner import ReleaseOwner
from cockpit.demo.rollout_operator import is_under_way
from cockpit.demo.situation import Act, Habit, Situation
from cockpit.demo.steering import hand_over, lock, pass_controls
from cockpit.demo.surroundings import environment
from cockpit.domain.build import Build
from cockpit.errors import CockpitError

FIRST_AFTER_S = 12.0
LEAST_PAUSE_S, MOST_PAUSE_S = 10.0, 22.0

STEERING = (pass_controls, lock)
"""What would stop a rollout that is under way."""

HABITS: tuple[Habit, ...] = (vote, pass_controls, propose, vote, hand_over, note, decline, lock)
"""Each comes once before any comes again, at first in this order: what stops a release comes last."""

WATCHER = "maria"
"""Sees how things stand before anybody does something."""


def decide_until_over(folder: DemoFolder, lifeline: Lifeline, settings: Settings, seed: int, speed: float) -> None:
    """Decide something every so often until the demo is over."""
    os.environ.update(environment(folder))
    team = Colleagues(folder, settings, seed, speed)
    pause_s = FIRST_AFTER_S / speed
    while not lifeline.over_within(pause_s):
        team.do_something()
        pause_s = team.pause_s()
    team.close()


class Colleagues:
    """Who decides what next."""

    def __init__(
        self,
        folder: DemoFolder,
        settings: Settings,
        seed: int,
        speed: float,
        builds: Callable[[], Sequence[Build]] | None = None,
    ) -> None:
        """`builds` tells what CI says, newest first; None asks the cache of who sits at the demo."""
        self._folder = folder
        self._speed = speed
        self._remote = ledger_of(folder, settings)
        self._chance = random.Random(seed)
        self._habits = _habits(self._chance)
        self._prompt = PromptAnswers(folder, settings)
        self._owner = ReleaseOwner(folder, speed, builds)
        self._later: list[tuple[float, Habit]] = []
        self._desks: dict[str, Colleague] = {}

    def do_something(self) -> None:
        """Have one colleague decide what is due, or else whatever comes next."""
        try:
            there = Situation(self._desk(WATCHER).look(), datetime.now(UTC), self._chance)
            act = self._due(there) or self._seen_to(there) or self._of_own_accord(there)
            if act is not None:
                self._do(act)
        except (CockpitError, OSError) as error:
            print(f"{datetime.now(UTC):%H:%M:%S} {error}", flush=True)

    def pause_s(self) -> float:
        """Return for how many seconds nobody decides anything."""
        pause_s = self._chance.uniform(LEAST_PAUSE_S, MOST_PAUSE_S) / self._speed
        due_s = [due_at - time.monotonic() for due_at, _ in self._later]
        return max(0.0, min([pause_s, *due_s]))

    def close(self) -> None:
        """Let everybody go home."""
        for desk in self._desks.values():
            desk.close()

    def _due(self, there: Situation) -> Act | None:
        """What has become of an earlier decision may have taken away the reason for the later one."""
        for due_at, habit in sorted(self._later, key=lambda later: later[0]):
            if due_at <= time.monotonic():
                self._later.remove((due_at, habit))
                act = habit(there)
                if act is not None:
                    return act
        return None

    def _seen_to(self, there: Situation) -> Act | None:
        """What is to ship comes before everything else."""
        return self._owner.next(there) or self._prompt.next(there)

    def _of_own_accord(self, there: Situation) -> Act | None:
        may_steer = not is_under_way(there.decided)
        habits = (next(self._habits) for _ in HABITS)
        tried = (habit(there) for habit in habits if may_steer or habit not in STEERING)
        return next((act for act in tried if act is not None), None)

    def _do(self, act: Act) -> None:
        deed = act.deed
        receipt = self._desk(deed.actor).decide(deed)
        said = f"{deed.actor} {deed.kind} {deed.target}: {receipt.fate.value} {receipt.reason}".rstrip()
        print(f"{datetime.now(UTC):%H:%M:%S} {said}", flush=True)
        if act.later is not None:
            self._later.append((time.monotonic() + act.after_s / self._speed, act.later))

    def _desk(self, name: str) -> Colleague:
        if name not in self._desks:
            self._desks[name] = Colleague(self._folder.colleague(name), self._remote, name)
        return self._desks[name]


def _habits(chance: random.Random) -> Iterator[Habit]:
    """Yield one habit after the other, for ever."""
    habits: Sequence[Habit] = HABITS
    while True:
        yield from habits
        habits = chance.sample(HABITS, k=len(HABITS))
