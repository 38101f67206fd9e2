"""What the executor does next: compares what was decided with what has come about, and takes the next safe step.

It is asked again after everything that happens, and again after a restart: it remembers nothing.
"""

from collections.abc import Iterator, Mapping, Set
from dataclasses import field
from enum import Enum

from cockpit.domain.decisions.rollout_bodies import (
    HaltConfirmed,
    RolloutFinished,
    RolloutStopped,
    RolloutWaits,
    ServersRestored,
    WaveDone,
)
from cockpit.domain.decisions.rollout_record import EVERY_SERVER, RolloutPhase, RolloutRecord
from cockpit.domain.record import record
from cockpit.domain.rollout.plan import OnFailure, RolloutPlan, Strategy, Wave
from cockpit.domain.rollout.progress import Direction, Ending, ServerProgress


class Tests(Enum):
    """Smoke tests of a whole wave, or the last ones."""

    NOT_RUN = "not run"
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"


class Soak(Enum):
    """What watching a wave has come to."""

    NOT_BEGUN = "not begun"
    GOING_ON = "going on"
    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    """It has lasted long enough and cannot be judged: a person decides."""


@record(frozen=True, slots=True)
class Sight:
    """Everything the next step depends on."""

    rollout: RolloutRecord
    forward: Mapping[str, ServerProgress] = field(default_factory=dict)
    """Server to how far it has come, in whichever try: what failed in an earlier one is out of service, and done anew.
    A server that was brought back has none."""
    back: Mapping[str, ServerProgress] = field(default_factory=dict)
    """Likewise for going back, in whichever roll back."""
    to_restore: tuple[str, ...] = ()
    """Servers that the present roll back is about, in the order in which they are done: touched, or seen to run the
    release."""
    hold: str = ""
    """Why no step may begin now, in one sentence: the ledger, the controls, a gate, trust; empty when it may."""
    tests: Tests = Tests.NOT_RUN
    """Of the present wave."""
    end_tests: Tests = Tests.NOT_RUN
    tests_reason: str = ""
    soak: Soak = Soak.NOT_BEGUN
    soak_reason: str = ""
    """Why it failed, or cannot be judged."""
    evidence: Mapping[str, str] = field(default_factory=dict)
    has_router: bool = False
    weight: float | None = None
    """Percent of the traffic that the load balancer's own state gives the new version; None when it is not known."""
    may_shift: bool = True
    """Whether enough servers run the old version to take all of the traffic."""


@record(frozen=True, slots=True)
class Work:
    """Bring this server a step further, from wherever its journal says it is; not while a step of it still runs."""

    server: str
    direction: Direction


@record(frozen=True, slots=True)
class TestWave:
    """Run the smoke tests of this wave."""

    wave: int


@record(frozen=True, slots=True)
class TestAll:
    """Run the last smoke tests."""


@record(frozen=True, slots=True)
class SetWeight:
    """Give the new version so many percent of the traffic."""

    percent: float


@record(frozen=True, slots=True)
class WatchWave:
    """Begin to watch this wave."""

    wave: int


@record(frozen=True, slots=True)
class Say:
    """Put this onto the ledger."""

    kind: str
    body: object


@record(frozen=True, slots=True)
class Rest:
    """Nothing goes on, because."""

    reason: str


Act = Work | TestWave | TestAll | SetWeight | WatchWave | Say | Rest

WEIGHT_TOLERANCE = 1.0
"""Percent by which whole weights may miss the share they stand for."""


def next_acts(sight: Sight) -> list[Act]:
    """Return what is to be done now, all of it at once; never empty while the rollout is under way."""
    return list(_acts(sight))


def present_wave(rollout: RolloutRecord) -> Wave | None:
    """Return the first wave that is not done, None when all are."""
    done = rollout.wave_done
    return next((wave for wave in rollout.plan.waves if wave.number > done), None)


def weight_while(plan: RolloutPlan, wave: Wave, through: int) -> float | None:
    """Return the percent of traffic for the new version once so many servers of this wave are through.

    It rises with the servers, from the share of the wave before to that of this one; None leaves it to the servers.
    """
    if wave.weight is None:
        return None
    earlier = [one.weight for one in plan.waves if one.number < wave.number and one.weight is not None]
    before = earlier[-1] if earlier else 0.0
    done = through / len(wave.servers) if wave.servers else 1.0
    return before + (wave.weight - before) * min(1.0, done)


def waits_for_promotion(rollout: RolloutRecord) -> Wave | None:
    """Return the wave that begins once somebody promotes, None when none waits for that."""
    wave = present_wave(rollout)
    return wave if wave is not None and wave.number > rollout.permitted else None


def _acts(sight: Sight) -> Iterator[Act]:
    rollout = sight.rollout
    if not rollout.is_confirmed:
        yield Say("rollout.halted", HaltConfirmed(_in_flight(sight), rollout.halted.position if rollout.halted else 0))
    if rollout.phase is RolloutPhase.ROLLING_BACK:
        yield from _restore(sight)
    elif rollout.phase is RolloutPhase.ABORTED:
        yield from _traffic_away(sight)
        yield Rest("aborted")
    elif rollout.phase is not RolloutPhase.RUNNING:
        yield Rest(_why_it_rests(rollout))
    elif sight.hold:
        yield Rest(sight.hold)
    else:
        yield from _go_on(sight)


def _in_flight(sight: Sight) -> tuple[str, ...]:
    at_work = (one.server for one in (*sight.forward.values(), *sight.back.values()) if one.ending is Ending.BEGUN)
    return tuple(dict.fromkeys(at_work))


def _why_it_rests(rollout: RolloutRecord) -> str:
    reason = f": {rollout.reason}" if rollout.reason else ""
    return {
        RolloutPhase.WAITING: "waits for the approval of a second person",
        RolloutPhase.PAUSED: f"paused by {rollout.by.actor}{reason}",
        RolloutPhase.HALTED: f"halted by {rollout.halted.actor if rollout.halted else 'nobody'}{reason}",
    }.get(rollout.phase, rollout.phase.value)


def _go_on(sight: Sight) -> Iterator[Act]:
    out = [one for one in sight.forward.values() if not one.is_through]
    tries = sight.rollout.tries
    failed = {one.server: one.reason for one in out if one.has_failed and one.attempt >= tries}
    wave = present_wave(sight.rollout)
    if failed:
        yield _stop(sight, wave, _first_failure(failed), failed)
    elif wave is None:
        yield from _finish(sight)
    elif wave.number > sight.rollout.permitted and sight.soak is Soak.FAILED:
        yield _stop(sight, wave, sight.soak_reason)
    elif wave.number > sight.rollout.permitted:
        yield Rest(f"waits for somebody to promote it to wave {wave.number}, {wave.name}")
    else:
        yield from _advance(sight, wave, [one.server for one in out])


def _first_failure(failed: Mapping[str, str]) -> str:
    server, reason = next(iter(failed.items()))
    more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    return f"{server}: {reason}{more}"


def _stop(sight: Sight, wave: Wave | None, reason: str, servers: Mapping[str, str] | None = None) -> Say:
    plan = sight.rollout.plan
    return Say(
        "rollout.stopped",
        RolloutStopped(
            reason=reason,
            wave=wave.number if wave else 0,
            servers=servers or {},
            evidence=sight.evidence,
            rolls_back=plan.on_failure is OnFailure.ROLL_BACK,
        ),
    )


def _advance(sight: Sight, wave: Wave, out: list[str]) -> Iterator[Act]:
    """A wave: its servers, then its smoke tests, its share of the traffic, and the time it is watched.

    Servers that are out of service go first, of whichever wave: others wait until they are through.
    """
    waiting = [server for server in wave.servers if server not in sight.forward]
    if out or waiting:
        room = max(0, wave.parallel - len(out))
        yield from (Work(server, Direction.FORWARD) for server in (*out, *waiting[:room]))
    elif sight.tests is Tests.FAILED:
        yield _stop(sight, wave, f"smoke tests of wave {wave.number} failed: {sight.tests_reason}")
    elif sight.tests is not Tests.PASSED:
        yield TestWave(wave.number)
    elif not _has_weight(sight, wave):
        yield SetWeight(wave.weight or 0.0)
    else:
        yield from _watch(sight, wave)


def _watch(sight: Sight, wave: Wave) -> Iterator[Act]:
    """What was seen to fail is no more skipped than what failed its tests."""
    if sight.soak is Soak.FAILED:
        yield _stop(sight, wave, sight.soak_reason)
    elif wave.number in sight.rollout.soaks_skipped:
        yield Say("rollout.wave", WaveDone(wave.number, {**sight.evidence, "soak": "skipped"}))
    elif sight.soak is Soak.NOT_BEGUN:
        yield WatchWave(wave.number)
    elif sight.soak is Soak.PASSED:
        yield Say("rollout.wave", WaveDone(wave.number, sight.evidence))
    elif sight.soak is Soak.INCONCLUSIVE:
        reason = f"inconclusive: {sight.soak_reason}"
        if sight.rollout.waits != reason:
            yield Say("rollout.waits", RolloutWaits(wave.number, reason, sight.evidence))
        yield Rest(f"{reason}; skip the soak, or roll it back")
    else:
        yield Rest(f"wave {wave.number} soaks")


def _has_weight(sight: Sight, wave: Wave) -> bool:
    """Without a load balancer a wave has none; what the balancer says counts, not what was asked of it."""
    if wave.weight is None or not sight.has_router:
        return True
    return sight.weight is not None and abs(sight.weight - wave.weight) <= WEIGHT_TOLERANCE


def _finish(sight: Sight) -> Iterator[Act]:
    if sight.end_tests is Tests.FAILED:
        yield _stop(sight, None, f"the last smoke tests failed: {sight.tests_reason}")
    elif sight.end_tests is not Tests.PASSED:
        yield TestAll()
    else:
        yield Say("rollout.finished", RolloutFinished(sight.evidence))


def _restore(sight: Sight) -> Iterator[Act]:
    """Traffic goes first where it can: that helps within a second. Nor are more servers out of service than in a wave.

    It ends once as many as that were well and could not be brought back: the others would fare no better.
    """
    yield from _traffic_away(sight)
    if sight.hold:
        yield Rest(sight.hold)
        return
    present = _Restoring(sight)
    servers = present.next_servers()
    if servers:
        yield from (Work(server, Direction.BACK) for server in servers)
        return
    yield Say("rollout.restored", ServersRestored(present.restored, present.failed, len(sight.rollout.backs)))


class _Restoring:
    """How far a roll back has come, and which servers it is to take next."""

    def __init__(self, sight: Sight) -> None:
        rollout = sight.rollout
        number = len(rollout.backs)
        self._back = {one.server: one for one in sight.back.values() if one.attempt >= number}
        was_out = _out_before(sight, number)
        is_whole = rollout.back is not None and rollout.back.scope == EVERY_SERVER
        # One that was drained and not deployed to is to get its traffic back, too.
        self._servers = tuple(dict.fromkeys((*(was_out if is_whole else ()), *sight.to_restore)))
        wanted = set(self._servers)
        self._parallel = _most_at_once(rollout.plan, wanted)
        self.failed = {one.server: one.reason for one in self._back.values() if one.has_failed}
        unfinished = [server for server in self._servers if not _is_settled(self._back.get(server))]
        self._out = [server for server in unfinished if server in self._back or server in was_out]
        self._well = [server for server in unfinished if server not in self._back and server not in was_out]
        self._harmed = sum(server not in was_out for server in self.failed)
        self._given_up = len((was_out.keys() - wanted) | (was_out.keys() & self.failed.keys()))

    @property
    def restored(self) -> tuple[str, ...]:
        """Servers that are back."""
        return tuple(server for server in self._servers if _is_through(self._back.get(server)))

    def next_servers(self) -> list[str]:
        """Those that are out of service come first. One at a time goes back however many others are given up."""
        room = self._parallel - len(self._out) - self._harmed - self._given_up
        if self._harmed >= self._parallel:
            room = 0
        elif not self._out:
            room = max(1, room)
        return [*self._out, *self._well[: max(0, room)]]


def _out_before(sight: Sight, number: int) -> dict[str, None]:
    """Servers that the present roll back found out of service: going forward, or going back the time before."""
    forward = (one.server for one in sight.forward.values() if not one.is_through)
    back = (one.server for one in sight.back.values() if one.attempt < number and not one.is_through)
    return dict.fromkeys((*forward, *back))


def _most_at_once(plan: RolloutPlan, servers: Set[str]) -> int:
    return max((wave.parallel for wave in plan.waves if not servers.isdisjoint(wave.servers)), default=1)


def _traffic_away(sight: Sight) -> Iterator[Act]:
    if not sight.has_router or sight.rollout.plan.strategy is Strategy.ROLLING:
        return
    if all(wave.weight is None for wave in sight.rollout.plan.waves) or not sight.may_shift:
        return
    if sight.weight is None or sight.weight > 0:
        yield SetWeight(0.0)


def _is_through(progress: ServerProgress | None) -> bool:
    return progress is not None and progress.is_through


def _is_settled(progress: ServerProgress | None) -> bool:
    return progress is not None and (progress.is_through or progress.has_failed)
