"""One rollout that the desk cannot deal with stops neither another one nor the desk."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from cockpit.agent.rollout.desk import RolloutDesk
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.rollout_bodies import RolloutBegun, RolloutTakenOver
from cockpit.errors import DeployError
from tests.unit.rollouts import HOST, STATION, Rollouts


class _Log:
    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def say_once(self, what: str, fact: str) -> None:
        self.said.append((what, fact))


class _Sayings:
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, _known: Decided, kind: str, *_more: object) -> None:
        self.said.append(kind)


class _Executor:
    is_over = False

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault
        self.ticks = 0

    async def tick(self, _present: object) -> None:
        self.ticks += 1
        if self.fault is not None:
            raise self.fault

    async def look_at_traffic(self) -> None: ...

    def is_busy(self) -> bool:
        return False

    async def farewell(self, _present: object) -> None: ...

    async def end(self) -> None: ...


class _Desk(RolloutDesk):
    def __init__(self, decided: Decided, executors: list[_Executor], host: str = HOST) -> None:
        self.log, self.said = _Log(), _Sayings()
        steps = SimpleNamespace(busy=frozenset)
        hands: Any = SimpleNamespace(station=STATION, host=host, log=self.log, steps=steps)
        self._hands, self._sayings = hands, self.said  # type: ignore[assignment]
        self._present: Any = SimpleNamespace(decided=decided, known=decided, record=lambda _: None)
        self._made = executors
        self._executors = {}
        self._at_rest = set()
        self._start_by_itself = lambda _: None

    def look(self) -> Any:  # noqa: ANN401
        if isinstance(self._present, Exception):
            raise self._present
        return self._present

    def _executor(self, rollout: str) -> Any:  # noqa: ANN401
        if rollout not in self._executors:
            self._executors[rollout] = self._made[len(self._executors)]  # type: ignore[assignment]
        return self._executors[rollout]


def _two() -> Decided:
    return Rollouts().begin().begin(environment="staging").decided


@pytest.mark.parametrize("fault", [OverflowError("days=9"), KeyError("\x1b[2J"), DeployError("the disk is full")])
def test_a_fault_in_one_rollout_stops_no_other_and_is_told(fault: Exception) -> None:
    broken, well = _Executor(fault), _Executor()
    desk = _Desk(_two(), [broken, well])
    assert asyncio.run(desk.tick())
    assert (broken.ticks, well.ticks) == (1, 1)
    (_, said), *none = desk.log.said
    assert not none
    assert type(fault).__name__ in said or "the disk is full" in said


def test_what_cannot_even_be_looked_at_ends_nothing() -> None:
    desk = _Desk(_two(), [])
    desk._present = ValueError("a row that nobody can read")
    assert not asyncio.run(desk.tick())
    assert "a row that nobody can read" in desk.log.said[0][1]


@pytest.mark.parametrize(("host", "said"), [(HOST, ["rollout.yielded"]), ("other.example/2", [])])
def test_only_the_machine_that_ran_the_steps_says_that_none_runs_any_more(host: str, said: list[str]) -> None:
    chain = Rollouts().begin()
    chain.good(chain.says("olu", "takeover", RolloutTakenOver("attic", "deck burns")))
    chain.good(chain.does("begun", RolloutBegun("attic.example/3"), station="attic"))
    desk = _Desk(chain.decided, [], host)
    asyncio.run(desk.tick())
    assert desk.said.said == said
