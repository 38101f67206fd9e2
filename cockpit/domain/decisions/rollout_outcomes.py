"""What the executor of a rollout says came of it; nobody else can."""

from collections.abc import Mapping
from dataclasses import replace

from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import Event, Refused
from cockpit.domain.decisions.records import By
from cockpit.domain.decisions.rollout_bodies import (
    RolloutBegun,
    RolloutStopped,
    RolloutWaits,
    ServersRestored,
    WaveDone,
    station_actor,
)
from cockpit.domain.decisions.rollout_record import BackOrder, RolloutPhase, RolloutRecord, WaveOutcome
from cockpit.domain.decisions.rollout_start import rollout_of
from cockpit.domain.decisions.rule import Rule

_STOPPABLE = (RolloutPhase.WAITING, RolloutPhase.RUNNING, RolloutPhase.PAUSED, RolloutPhase.HALTED)


def _begin(decided: Decided, event: Event, by: By) -> None:
    body: RolloutBegun = event.body
    rollout = _executed(decided, event)
    if rollout.host and rollout.host != body.host:
        raise Refused(f"{rollout.station} on {rollout.host} executes it: take it over first", is_alarm=True)
    decided.put(event.target, replace(rollout, host=body.host, begun=rollout.begun or by))


def _wave(decided: Decided, event: Event, by: By) -> None:
    body: WaveDone = event.body
    rollout = _executed(decided, event)
    if body.wave != rollout.wave_done + 1 or body.wave > len(rollout.plan.waves):
        raise Refused(f"wave {body.wave} does not come after wave {rollout.wave_done}")
    if body.wave > rollout.permitted:
        raise Refused(f"nobody promoted it to wave {body.wave}", is_alarm=True)
    outcome = WaveOutcome(body.wave, by, body.evidence)
    decided.put(event.target, replace(rollout, waves=(*rollout.waves, outcome), waits=""))


def _wait(decided: Decided, event: Event, _by: By) -> None:
    body: RolloutWaits = event.body
    rollout = _executed(decided, event)
    if body.wave != rollout.wave_done + 1:
        raise Refused(f"wave {body.wave} is not the present one")
    decided.put(event.target, replace(rollout, waits=body.reason))


def _stop(decided: Decided, event: Event, by: By) -> None:
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
    if body.rolls_back and rollout.phase is not RolloutPhase.HALTED:
        back = BackOrder("*", body.reason, by)
        stopped = replace(stopped, phase=RolloutPhase.ROLLING_BACK, backs=(*rollout.backs, back))
    decided.put(event.target, stopped)


def _confirm_halt(decided: Decided, event: Event, _by: By) -> None:
    rollout = _executed(decided, event)
    if rollout.is_confirmed:
        raise Refused(f"{rollout.rollout} has no halt to confirm")
    decided.put(event.target, replace(rollout, is_confirmed=True))


def _restored(decided: Decided, event: Event, by: By) -> None:
    """A part that went back leaves the rest halted; what was over already is over again."""
    body: ServersRestored = event.body
    rollout = _executed(decided, event)
    back = rollout.back
    if back is None or back.done is not None:
        raise Refused(f"{rollout.rollout} is not being rolled back")
    phase = RolloutPhase.HALTED
    if not body.failed and back.scope == "*":
        phase = RolloutPhase.ROLLED_BACK
    elif not body.failed and rollout.ended is not None:
        phase = RolloutPhase.DONE if rollout.wave_done == len(rollout.plan.waves) else RolloutPhase.ABORTED
    failed = f"{len(body.failed)} of the servers could not be brought back" if body.failed else rollout.reason
    decided.put(
        event.target,
        replace(
            rollout,
            phase=phase,
            reason=failed,
            is_unshared=False,
            ended=by if phase is RolloutPhase.ROLLED_BACK else rollout.ended,
            backs=(*rollout.backs[:-1], replace(back, done=by, failed=body.failed)),
        ),
    )


def _finish(decided: Decided, event: Event, by: By) -> None:
    rollout = _executed(decided, event)
    if rollout.phase not in (RolloutPhase.RUNNING, RolloutPhase.PAUSED):
        raise Refused(f"{rollout.rollout} is {rollout.phase.value}")
    if rollout.wave_done != len(rollout.plan.waves):
        raise Refused(f"only {rollout.wave_done} of {len(rollout.plan.waves)} waves are done", is_alarm=True)
    decided.put(event.target, replace(rollout, phase=RolloutPhase.DONE, ended=by, reason=""))


def _yield(decided: Decided, event: Event, _by: By) -> None:
    rollout = rollout_of(decided, event)
    if event.actor != station_actor(rollout.former):
        raise Refused(f"{rollout.former or 'nobody'} was the former station", is_alarm=True)
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
