"""Two people decide about one rollout at the same instant: one thing comes of it, and the loser is told."""

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from cockpit.domain.decisions.bodies import ControlsTakenOver
from cockpit.domain.decisions.intent import Fate, Receipt
from cockpit.domain.decisions.records import ControlsRecord
from cockpit.domain.decisions.rollout_bodies import RolloutHalted, RolloutPromoted, RolloutResumed
from cockpit.domain.decisions.rollout_record import RolloutPhase
from cockpit.domain.rollout.plan import RolloutPlan, Wave
from tests.campaign.campaign import Step, hold, recovered
from tests.campaign.surroundings import surroundings
from tests.integration.ledger_world import Desk
from tests.integration.rollout_world import RolloutWorld, begun_on, rollout_world

TOGETHER_S = 0.05
WITHIN_S = 90.0
RACES_EACH = 5
"""Of one rollout, whose waves each wait to be promoted."""

ASKED_BEFORE_S = 1.0
"""Longest time between the executor's last question to the remote and the deployment, on a machine that is busy."""

WATCHED_S = 0.7
"""How long it is seen that nothing begins after a halt."""


def rollout_races(folder: Path, chance: random.Random, count: int) -> Iterator[Step]:
    """Race `count` times: promote against promote, promote against halt, and a takeover against the next step."""
    os.environ.update(surroundings(folder / "home"))
    done = 0
    while done < count:
        place = folder / f"world{done}"
        place.mkdir()
        with rollout_world(place, RACES_EACH * 2 + 2) as world:
            world.station()
            races = _Races(world, chance)
            for _ in range(min(RACES_EACH, count - done)):
                yield RACES[done % len(RACES)](races)
                done += 1


class _Races:
    """One rollout whose waves all wait, with one server each."""

    def __init__(self, world: RolloutWorld, chance: random.Random) -> None:
        self.world = world
        self.chance = chance
        self.rollout = world.start(_plan(world))
        self.wave = 1
        self._until_it_waits()

    def promote_twice(self) -> Step:
        """Of two promotions to one wave that both rest on the same state one counts, whoever says it."""
        promoted = RolloutPromoted(self.wave + 1)
        first = self._intent(self.world.olu, "rollout.promote", promoted)
        second = self._intent(self._other_clone(), "rollout.promote", promoted)
        began = time.monotonic()
        told = self._together(first, second)
        fates = sorted(receipt.fate.value for receipt in told)
        hold(fates == ["refused", "shared"], f"both were told {fates}: {[one.reason for one in told]}")
        loser = next(receipt for receipt in told if receipt.fate is Fate.REFUSED)
        hold("olu" in loser.reason, f"the loser is not told who won: {loser.reason}")
        self.wave += 1
        self._until_it_waits()
        self._nothing_beyond()
        return Step("promote at once", time.monotonic() - began)

    def promote_and_halt(self) -> Step:
        """The halt counts always, in whichever order; what was begun before it is let end, and nothing else begins."""
        halting = self._intent(self.world.jon, "rollout.halt", RolloutHalted("stop"))
        promoting = self._intent(self.world.olu, "rollout.promote", RolloutPromoted(self.wave + 1))
        began = time.monotonic()
        by_halt, by_promote = self._together(halting, promoting)
        hold(by_halt.fate is Fate.SHARED, f"the halt was refused: {by_halt.reason}")
        recovered(lambda: "" if self._record().is_confirmed else "the halt is not confirmed", WITHIN_S)
        seconds = time.monotonic() - began
        hold(self._record().phase is RolloutPhase.HALTED, f"it is {self._record().phase.value}")
        at_halt = self._steps()
        time.sleep(WATCHED_S)
        hold(self._steps() == at_halt, "something began after the halt was confirmed")
        is_first = by_promote.fate is Fate.SHARED
        resumed = self.world.say("rollout.resume", self.rollout, RolloutResumed())
        hold(resumed.fate is Fate.SHARED, f"it cannot be resumed: {resumed.reason}")
        if not is_first:
            again = self.world.say("rollout.promote", self.rollout, RolloutPromoted(self.wave + 1))
            hold(again.fate is Fate.SHARED, f"it cannot be promoted after the halt: {again.reason}")
        self.wave += 1
        self._until_it_waits()
        return Step("promote against halt", seconds, "promoted first" if is_first else "halted first")

    def takeover_against_step(self) -> Step:
        """After the takeover is on the ledger and seen nothing begins until the new holder resumes it."""
        promoted = self.world.say("rollout.promote", self.rollout, RolloutPromoted(self.wave + 1))
        hold(promoted.fate is Fate.SHARED, f"it cannot be promoted: {promoted.reason}")
        time.sleep(self.chance.uniform(0.0, 0.8))
        other = self.world.jon if self._holder() == "olu" else self.world.olu
        taken = self.world.say("controls.takeover", "production", ControlsTakenOver("mine"), other)
        hold(taken.fate is Fate.SHARED, f"the controls cannot be taken over: {taken.reason}")
        began = time.monotonic()
        time.sleep(ASKED_BEFORE_S)
        at_takeover = self._steps()
        time.sleep(WATCHED_S)
        late = self._steps() - at_takeover
        hold(not late, f"the old holder's next step began all the same: {late} of {self._steps()}")
        hold(self.world.say("rollout.resume", self.rollout, RolloutResumed(), other).fate is Fate.SHARED, "no resume")
        self.wave += 1
        self._until_it_waits()
        if other is self.world.jon:
            back = self.world.say("controls.takeover", "production", ControlsTakenOver("back"), self.world.olu)
            hold(back.fate is Fate.SHARED, f"they cannot be given back: {back.reason}")
            resumed = self.world.say("rollout.resume", self.rollout, RolloutResumed())
            hold(resumed.fate is Fate.SHARED, f"it cannot be resumed: {resumed.reason}")
        was_begun = "the step had begun" if at_takeover >= self.wave else "the step waited"
        return Step("takeover against a step", time.monotonic() - began, was_begun)

    def _steps(self) -> int:
        """Deployments that the executor has let begin; their programs may need a moment to write it down."""
        return sum('"stage":"deploy","ending":"begun"' in line for line in self.world.journal(self.rollout))

    def _other_clone(self) -> Desk:
        """The same person, at another machine."""
        desk = self.world.jon
        desk.sync()
        return desk

    def _holder(self) -> str:
        self.world.olu.sync()
        held = self.world.olu.decided.get(ControlsRecord, "production")
        return held.holder if held else ""

    def _intent(self, desk: Desk, kind: str, body: object) -> Callable[[], Receipt]:
        desk.sync()
        event = desk.intend(kind, self.rollout, body, actor="olu" if kind == "rollout.promote" else "")

        def decide() -> Receipt:
            while desk.spool.receipt(event) is None:
                desk.keeper.round(look=False)
            receipt = desk.spool.receipt(event)
            assert receipt is not None
            return receipt

        return decide

    def _together(self, *decisions: Callable[[], Receipt]) -> list[Receipt]:
        barrier = threading.Barrier(len(decisions))
        told: dict[int, Receipt] = {}

        def run(number: int, wait_s: float) -> None:
            barrier.wait()
            time.sleep(wait_s)
            told[number] = decisions[number]()

        waits = [self.chance.uniform(0.0, TOGETHER_S) for _ in decisions]
        threads = [threading.Thread(target=run, args=(number, wait)) for number, wait in enumerate(waits)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(WITHIN_S)
        hold(len(told) == len(decisions), "somebody was never told what came of it")
        return [told[number] for number in range(len(decisions))]

    def _record(self):  # noqa: ANN202
        return self.world.record(self.rollout)

    def _until_it_waits(self) -> None:
        def wrong() -> str:
            done = self._record().wave_done
            return "" if done == self.wave else f"wave {done} of {self.wave}: {self.world.waits_for(self.rollout)}"

        recovered(wrong, WITHIN_S)

    def _nothing_beyond(self) -> None:
        begun = begun_on(self.world.fleet)
        hold(len(begun) == self.wave, f"{len(begun)} servers were deployed to in {self.wave} waves")


def _plan(world: RolloutWorld) -> RolloutPlan:
    return world.plan(
        *(Wave(number, str(number), (name,), waits=True) for number, name in enumerate(world.fleet.names, start=1))
    )


RACES = (_Races.promote_twice, _Races.promote_and_halt, _Races.takeover_against_step)
