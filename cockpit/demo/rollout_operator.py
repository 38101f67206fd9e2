"""Who rolls out what waits to be: starts it, and promotes what is well; everything else is left to who sits here."""

import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cockpit.agent.rollout.starting import plan_now
from cockpit.cache.store import Cache, open_cache
from cockpit.config.places import find_repository, places_for
from cockpit.config.settings import Settings
from cockpit.demo.colleague import Colleague, ledger_of
from cockpit.demo.folder import DemoFolder
from cockpit.demo.lifeline import Lifeline
from cockpit.demo.rollout_table import STATION
from cockpit.demo.situation import Act, Situation
from cockpit.demo.steering import OPERATORS, PRODUCTION
from cockpit.demo.surroundings import environment
from cockpit.domain.alert import Alert
from cockpit.domain.decisions.bodies import ControlsTaken
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.locking import lock_in_the_way
from cockpit.domain.decisions.records import ControlsRecord
from cockpit.domain.decisions.rollout_bodies import RolloutPromoted, RolloutStarted
from cockpit.domain.decisions.rollout_record import RolloutPhase, RolloutRecord
from cockpit.domain.decisions.rollout_start import newest_of
from cockpit.domain.fleet import Health, Server
from cockpit.domain.rollout.controlling import waits_for_promotion
from cockpit.errors import CockpitError

LOOK_EVERY_S, LOOK_LEAST_S = 2.0, 0.4

PROMOTES_AFTER_S = 12.0
"""An operator looks at a wave for so long at speed 1 before it is promoted."""

BEGINS_AFTER_S, BEGINS_AFTER_A_WHILE_S = 5.0, 120.0
"""At speed 1: where somebody chose how it is to go, and where nobody did, so that you may be quicker."""

Look = Callable[[], tuple[Sequence[Server], Sequence[Alert]]]
"""What the servers and the alerts are now, as everybody at the demo sees them."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What is to be rolled out."""

    version: str
    begins_after_s: float
    speed: float


def operate_until_over(folder: DemoFolder, lifeline: Lifeline, settings: Settings, assignment: Assignment) -> None:
    """Look after the rollout until the demo is over."""
    os.environ.update(environment(folder))
    look = _Looking(folder)
    work = RolloutOperator(settings, assignment, look)
    desks: dict[str, Colleague] = {}

    def desk(name: str) -> Colleague:
        if name not in desks:
            desks[name] = Colleague(folder.colleague(f"{name}-rolling-out"), ledger_of(folder, settings), name)
        return desks[name]

    pause_s = max(LOOK_LEAST_S, LOOK_EVERY_S / assignment.speed)
    while not lifeline.over_within(pause_s):
        try:
            there = Situation(desk(OPERATORS[0]).look(), datetime.now(UTC), random.Random())
            _tell_others(folder, there.decided)
            act = work.next(there)
            if act is not None:
                receipt = desk(act.deed.actor).decide(act.deed)
                said = f"{act.deed.actor} {act.deed.kind} {act.deed.target}: {receipt.fate.value} {receipt.reason}"
                print(f"{datetime.now(UTC):%H:%M:%S} {said}".rstrip(), flush=True)
        except (CockpitError, OSError) as error:
            print(f"{datetime.now(UTC):%H:%M:%S} {error}", flush=True)


class RolloutOperator:
    """Decides what comes next; whoever of the operators has the controls does it."""

    def __init__(self, settings: Settings, assignment: Assignment, look: Look) -> None:
        self._settings = settings
        self._assignment = assignment
        self._look = look
        self._came_at = time.monotonic()
        self._waiting: tuple[tuple[str, int], float] = (("", 0), 0.0)

    def next(self, there: Situation) -> Act | None:
        """Return what is due, None for nothing; raises CockpitError where there can be no plan."""
        rollout = newest_of(there.decided, PRODUCTION)
        if rollout is None:
            return self._start(there)
        return self._promote(there, rollout)

    def _start(self, there: Situation) -> Act | None:
        """Nothing is begun in a way that you have locked, or under controls that you have."""
        assignment, decided = self._assignment, there.decided
        if time.monotonic() - self._came_at < assignment.begins_after_s / assignment.speed:
            return None
        holder = _holder(decided)
        if lock_in_the_way(decided, PRODUCTION) is not None or holder not in ("", *OPERATORS):
            return None
        servers, alerts = self._look()
        if not self._are_known(servers):
            return None
        if not holder:
            return Act(there.deed(OPERATORS[0], "controls.take", PRODUCTION, ControlsTaken("to roll out")))
        planned = plan_now(self._settings, decided, servers, alerts, environment=PRODUCTION, version=assignment.version)
        return Act(
            there.deed(holder, "rollout.start", PRODUCTION, RolloutStarted(planned.plan, STATION, "release day"))
        )

    def _are_known(self, servers: Sequence[Server]) -> bool:
        """What a server ran before has to be known, or else it could not be brought back."""
        wanted = sum(map(len, self._settings.servers.zones.values()))
        return len(servers) == wanted and all(one.version and one.health is Health.UP for one in servers)

    def _promote(self, there: Situation, rollout: RolloutRecord) -> Act | None:
        """A rollout that goes on under the controls of one of us, and waits for nothing else."""
        holder, wave = _holder(there.decided), waits_for_promotion(rollout)
        is_ours = holder in OPERATORS and str(rollout.controls) == there.decided.token(f"controls:{PRODUCTION}")
        if rollout.phase is not RolloutPhase.RUNNING or wave is None or not is_ours:
            return None
        if self._waiting[0] != (rollout.rollout, wave.number):
            self._waiting = (rollout.rollout, wave.number), time.monotonic()
        if time.monotonic() - self._waiting[1] < PROMOTES_AFTER_S / self._assignment.speed:
            return None
        body = RolloutPromoted(wave.number, "looked at it, all is well")
        return Act(there.deed(holder, "rollout.promote", rollout.rollout, body))


class _Looking:
    """Reads what the agent of who sits here has stored."""

    def __init__(self, folder: DemoFolder) -> None:
        self._places = places_for(find_repository(folder.clone))
        self._cache: Cache | None = None

    def __call__(self) -> tuple[Sequence[Server], Sequence[Alert]]:
        if self._cache is None:
            if not self._places.database.exists():
                return (), ()
            self._cache = open_cache(self._places.database)
        return self._cache.servers(), self._cache.alerts()


def is_under_way(decided: Decided) -> bool:
    """Tell whether a release is being rolled out, so that whatever may wait waits."""
    rollout = newest_of(decided, PRODUCTION)
    return rollout is not None and not rollout.phase.is_over


def _tell_others(folder: DemoFolder, decided: Decided) -> None:
    if is_under_way(decided):
        folder.rolling_out.touch()
    else:
        folder.rolling_out.unlink(missing_ok=True)


def _holder(decided: Decided) -> str:
    held = decided.get(ControlsRecord, PRODUCTION)
    return held.holder if held is not None else ""
