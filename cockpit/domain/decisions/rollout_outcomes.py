"""What the executor of a rollout says came of it; nobody else can."""

from collections.abc import Mapping, Set
from dataclasses import replace

from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import Event, Refused
from cockpit.domain.decisions.locking import lock_after_roll_back
from cockpit.domain.decisions.records import By
from cockpit.domain.decisions.rollout_bodies import (
    HaltConfirmed,
    RolloutBegun,
    RolloutStopped,
    RolloutWaits,
    ServersRestored,
    WaveDone,
    station_actor,
)
from cockpit.domain.decisions.rollout_record import EVERY_SERVER, BackOrder, RolloutPhase, RolloutRecord, WaveOutcome
from cockpit.domain.decisions.rollout_start import rollout_of
from cockpit.domain.decisions.rule import Rule
from cockpit.domain.rollout.plan import OnFailure

_UNDER_WAY = (RolloutPhase.RUNNING, RolloutPhase.PAUSED)
_STOPPABLE = (RolloutPhase.WAITING, *_UNDER_WAY, RolloutPhase.HALTED)


def _begin(decided: Decided, event: Event, by: By) -> None:
    body: RolloutBegun = event.body
    rollout = _executed(decided, event)
    if not body.host:
        raise Refused("it names no host")
    if rollout.host and rollout.host != body.host:
        raise Refused(f"{rollout.station} on {rollout.host} executes it: take it over first", is_alarm=True)
    decided.put(event.target, replace(rollout, host=body.host, begun=rollout.begun or by))


def _wave(decided: Decided, event: Event, by: By) -> None:
    body: WaveDone = event.body
    rollout = _executed(decided, event)
    if rollout.phase is RolloutPhase.WAITING:
        raise Refused("nobody approved it", is_alarm=True)
    if rollout.phase in (RolloutPhase.DONE, RolloutPhase.ROLLED_BACK):
        raise Refused(f"{rollout.rollout} is {rollout.phase.value}")
    if body.wave != rollout.wave_done + 1 or body.wave > len(rollout.plan.waves):
        raise Refused(f"wave {body.wave} does not come after wave {rollout.wave_done}")
    if body.wave > rollout.permitted:
        raise Refused(f"nobody promoted it to wave {body.wave}", is_alarm=True)
    outcome = WaveOutcome(body.wave, by, body.evidence)
    decided.put(event.target, replace(rollout, waves=(*rollout.waves, outcome), waits=""))


def _wait(decided: Decided, event: Event, _by: By) -> None:
    body: RolloutWaits = event.body
    rollout = _executed(decided, event)
    if rollout.phase not in _UNDER_WAY:
        raise Refused(f"{rollout.rollout} is {rollout.phase.value}: nothing is to be judged")
    if body.wave != rollout.wave_done + 1:
        raise Refused(f"wave {body.wave} is not the present one")
    decided.put(event.target, replace(rollout, waits=body.reason))


def _stop(decided: Decided, event: Event, by: By) -> None:
    """It goes back by itself only as the plan says, and not once somebody has halted it."""
    body: RolloutStopped = event.body
    rollout = _executed(decided, event)
    if rollout.phase not in _STOPPABLE:
        raise Refused(f"{rollout.rollout} is {rollout.phase.value}: nothing is left to halt")
    stopped = replace(
        rollout,
        phase=RolloutPhase.HALTED,
        reason=body.reason,
        halted=rollout.halted or by,
        is_confirmed=True,
        stopped=body,
    )
    if body.rolls_back and rollout.plan.on_failure is OnFailure.ROLL_BACK and rollout.phase in _UNDER_WAY:
        back = BackOrder(EVERY_SERVER, body.reason, by)
        stopped = replace(stopped, phase=RolloutPhase.ROLLING_BACK, backs=(*rollout.backs, back))
        lock_after_roll_back(decided, rollout.environment, rollout.rollout, body.reason, by)
    decided.put(event.target, stopped)


def _confirm_halt(decided: Decided, event: Event, _by: By) -> None:
    body: HaltConfirmed = event.body
    rollout = _executed(decided, event)
    is_of_another = bool(body.halt) and rollout.halted is not None and rollout.halted.position != body.halt
    if rollout.is_confirmed or is_of_another:
        raise Refused(f"{rollout.rollout} has no halt to confirm")
    decided.put(event.target, replace(rollout, is_confirmed=True))


def _restored(decided: Decided, event: Event, by: By) -> None:
    """A part that went back leaves the rest halted; what was over already is over again."""
    body: ServersRestored = event.body
    rollout = _executed(decided, event)
    back = rollout.back
    if back is None or back.done is not None:
        raise Refused(f"{rollout.rollout} is not being rolled back")
    if body.number != len(rollout.backs):
        raise Refused(f"roll back {len(rollout.backs)} was ordered since: this tells of {body.number}")
    failed = {**body.failed, **_failed_before(rollout, body)}
    phase = _phase_after(rollout, back, failed)
    reason = f"{len(failed)} of the servers could not be brought back" if failed else rollout.reason
    decided.put(
        event.target,
        replace(
            _without_waves_of(rollout, {*body.servers, *body.failed}),
            phase=phase,
            reason=reason,
            is_unshared=False,
            halted=rollout.halted or (by if phase is RolloutPhase.HALTED else None),
            ended=by if phase is RolloutPhase.ROLLED_BACK else rollout.ended,
            backs=(*rollout.backs[:-1], replace(back, done=by, failed=failed)),
        ),
    )


def _failed_before(rollout: RolloutRecord, body: ServersRestored) -> Mapping[str, str]:
    """Servers that an earlier roll back left in between, and this one did not bring back."""
    earlier = rollout.backs[-2].failed if len(rollout.backs) > 1 else {}
    return {server: why for server, why in earlier.items() if server not in body.servers and server not in body.failed}


def _phase_after(rollout: RolloutRecord, back: BackOrder, failed: Mapping[str, str]) -> RolloutPhase:
    if failed:
        return RolloutPhase.HALTED
    if back.scope == EVERY_SERVER:
        return RolloutPhase.ROLLED_BACK
    if rollout.ended is None:
        return RolloutPhase.HALTED
    return RolloutPhase.DONE if rollout.wave_done == len(rollout.plan.waves) else RolloutPhase.ABORTED


def _without_waves_of(rollout: RolloutRecord, servers: Set[str]) -> RolloutRecord:
    """A wave of which a server went back is not done any more, nor is any after it: that would pass over its tests."""
    if rollout.ended is not None:
        return rollout
    first = next((wave.number for wave in rollout.plan.waves if not servers.isdisjoint(wave.servers)), None)
    if first is None:
        return rollout
    return replace(
        rollout,
        waves=tuple(outcome for outcome in rollout.waves if outcome.wave < first),
        soaks_skipped=tuple(wave for wave in rollout.soaks_skipped if wave < first),
    )


def _finish(decided: Decided, event: Event, by: By) -> None:
    rollout = _executed(decided, event)
    if rollout.phase not in _UNDER_WAY:
        raise Refused(f"{rollout.rollout} is {rollout.phase.value}")
    if rollout.wave_done != len(rollout.plan.waves):
        raise Refused(f"only {rollout.wave_done} of {len(rollout.plan.waves)} waves are done", is_alarm=True)
    decided.put(event.target, replace(rollout, phase=RolloutPhase.DONE, ended=by, reason=""))


def _yield(decided: Decided, event: Event, _by: By) -> None:
    rollout = rollout_of(decided, event)
    if not rollout.former or event.actor != station_actor(rollout.former):
        raise Refused(f"{rollout.former or 'nobody'} was the former station", is_alarm=True)
    if not rollout.unproved:
        raise Refused(f"it is known already that no step of {rollout.former} runs")
    decided.put(event.target, replace(rollout, unproved=False))


def _executed(decided: Decided, event: Event) -> RolloutRecord:
    rollout = rollout_of(decided, event)
    if event.actor != station_actor(rollout.station):
        raise Refused(f"{rollout.station} executes it", is_alarm=True)
    return rollout


OUTCOMES: Mapping[str, Rule] = {
    "rollout.begun": _begin,
    "rollout.wave": _wave,
    "rollout.waits": _wait,
    "rollout.stopped": _stop,
    "rollout.halted": _confirm_halt,
    "rollout.restored": _restored,
    "rollout.finished": _finish,
    "rollout.yielded": _yield,
}
