"""Rollouts: what people may decide of one, by the controls, and what its executor says came of it."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import takewhile
from typing import Any

from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import Event, Refused
from cockpit.domain.decisions.locking import lock_after_roll_back
from cockpit.domain.decisions.records import By
from cockpit.domain.decisions.rollout_bodies import (
    RolledBack,
    RolledBackHere,
    RolloutAborted,
    RolloutHalted,
    RolloutPaused,
    RolloutPromoted,
    RolloutResumed,
    RolloutTakenOver,
    SoakSkipped,
)
from cockpit.domain.decisions.rollout_outcomes import OUTCOMES
from cockpit.domain.decisions.rollout_record import EVERY_SERVER, BackOrder, RolloutPhase, RolloutRecord
from cockpit.domain.decisions.rollout_start import (
    check_holder,
    check_station,
    holder_of,
    host_at_work,
    is_newest,
    last_at_work,
    rollout_of,
    start,
    stop_after,
)
from cockpit.domain.decisions.rule import Rule
from cockpit.domain.rollout.plan import RolloutPlan

_UNDER_WAY = (RolloutPhase.RUNNING, RolloutPhase.PAUSED)


def _approve(decided: Decided, event: Event, by: By) -> None:
    rollout = rollout_of(decided, event)
    if rollout.phase is not RolloutPhase.WAITING:
        raise Refused(f"{rollout.rollout} waits for nobody's approval: it is {rollout.phase.value}")
    if event.actor == rollout.started.actor:
        raise Refused(f"{event.actor} started it: somebody else has to approve it")
    decided.put(event.target, replace(rollout, phase=RolloutPhase.RUNNING, approved=by, by=by))


def _promote(decided: Decided, event: Event, by: By) -> None:
    body: RolloutPromoted = event.body
    rollout = rollout_of(decided, event)
    check_holder(decided, rollout, event)
    if rollout.phase not in _UNDER_WAY:
        raise Refused(_why_no_promote(rollout))
    last = len(rollout.plan.waves)
    if not 0 < body.wave <= last:
        raise Refused(f"there is no wave {body.wave}: it has {last}")
    if body.wave <= rollout.permitted:
        raise Refused(f"wave {body.wave} may begin already")
    _put(decided, rollout, by, permitted=stop_after(rollout.plan, body.wave), reason=body.reason)


def _why_no_promote(rollout: RolloutRecord) -> str:
    name = rollout.rollout
    return {
        RolloutPhase.WAITING: f"{name} waits for a second person's approval",
        RolloutPhase.HALTED: f"{name} is halted: resume or retry it, or roll it back",
        RolloutPhase.ABORTED: f"{name} was aborted: it never goes on; start another rollout",
        RolloutPhase.ROLLING_BACK: f"{name} is being rolled back",
        RolloutPhase.ROLLED_BACK: f"{name} was rolled back: start another rollout",
    }.get(rollout.phase, f"{name} is done")


def _pause(decided: Decided, event: Event, by: By) -> None:
    body: RolloutPaused = event.body
    rollout = rollout_of(decided, event)
    check_holder(decided, rollout, event)
    if rollout.phase is not RolloutPhase.RUNNING:
        raise Refused(f"{rollout.rollout} does not run: it is {rollout.phase.value}")
    _put(decided, rollout, by, phase=RolloutPhase.PAUSED, reason=body.reason)


def _resume(decided: Decided, event: Event, by: By) -> None:
    """It also puts a rollout under the controls of a new holder, and says that a former station has ended."""
    body: RolloutResumed = event.body
    rollout = rollout_of(decided, event)
    check_holder(decided, rollout, event)
    if rollout.phase not in (*_UNDER_WAY, RolloutPhase.HALTED, RolloutPhase.ROLLING_BACK):
        raise Refused(_why_no_promote(rollout))
    _check_something_to_resume(decided, rollout, body)
    check_nothing_failed(rollout)
    _put(
        decided,
        rollout,
        by,
        phase=phase_to_go_on_in(rollout),
        reason=body.reason,
        stopped=None,
        halted=None,
        is_confirmed=True,
        unproved=rollout.unproved and not body.proved_ended,
        controls=_token(decided, rollout),
    )


def _check_something_to_resume(decided: Decided, rollout: RolloutRecord, body: RolloutResumed) -> None:
    goes_on = rollout.phase in (RolloutPhase.RUNNING, RolloutPhase.ROLLING_BACK)
    proves = rollout.unproved and body.proved_ended
    if goes_on and not proves and rollout.controls == _token(decided, rollout):
        raise Refused(f"{rollout.rollout} is {rollout.phase.value} already")


def check_nothing_failed(rollout: RolloutRecord) -> None:
    """Raise Refused where something failed: who resumes a pause may not have seen that it has stopped since."""
    if rollout.phase is not RolloutPhase.HALTED or goes_back(rollout):
        return
    if rollout.back is not None and rollout.back.failed:
        raise Refused(f"{_some(rollout.back.failed)} could not be brought back: retry that, or roll it back")
    if rollout.stopped is not None and rollout.stopped.servers:
        raise Refused(f"{_some(rollout.stopped.servers)} failed: retry it, or roll it back")
    if rollout.stopped is not None:
        raise Refused(f"it has stopped by itself: {rollout.stopped.reason}: retry it, or roll it back")


def _some(servers: Mapping[str, str]) -> str:
    return ", ".join(list(servers)[:3])


def goes_back(rollout: RolloutRecord) -> bool:
    """Tell whether a roll back was ordered and has not ended."""
    return rollout.back is not None and rollout.back.done is None


def phase_to_go_on_in(rollout: RolloutRecord) -> RolloutPhase:
    """Return the phase: what went back goes back further, and what nobody has approved goes on waiting for that."""
    if goes_back(rollout):
        return RolloutPhase.ROLLING_BACK
    if rollout.plan.needs_second and rollout.approved is None:
        return RolloutPhase.WAITING
    return RolloutPhase.RUNNING


def _retry(decided: Decided, event: Event, by: By) -> None:
    """Where servers could not be brought back, that is tried again: nothing of it goes forward."""
    rollout = rollout_of(decided, event)
    check_holder(decided, rollout, event)
    if rollout.phase is not RolloutPhase.HALTED:
        raise Refused(f"{rollout.rollout} is not halted: it is {rollout.phase.value}")
    back = rollout.back
    if back is not None and back.failed:
        again = BackOrder(_scope_that_failed(rollout.backs), event.body.reason or back.reason, by)
        rollout = replace(rollout, backs=(*rollout.backs, again))
    _put(
        decided,
        rollout,
        by,
        phase=phase_to_go_on_in(rollout),
        attempt=rollout.attempt + 1,
        reason=event.body.reason,
        stopped=None,
        halted=None,
        is_confirmed=True,
        controls=_token(decided, rollout),
    )


def _scope_that_failed(backs: tuple[BackOrder, ...]) -> str:
    """Return the scope of the roll back in which a server that is not back failed first."""
    server = next(iter(backs[-1].failed))
    run = takewhile(lambda back: server in back.failed, reversed(backs))
    return [back.scope for back in run][-1]


def _skip_soak(decided: Decided, event: Event, by: By) -> None:
    body: SoakSkipped = event.body
    rollout = rollout_of(decided, event)
    check_holder(decided, rollout, event)
    if rollout.phase not in _UNDER_WAY:
        raise Refused(_why_no_promote(rollout))
    if body.wave != rollout.wave_done + 1:
        raise Refused(f"wave {body.wave} does not soak: the present one is {rollout.wave_done + 1}")
    if body.wave > len(rollout.plan.waves):
        raise Refused(f"every wave of {rollout.rollout} is done")
    if body.wave in rollout.soaks_skipped:
        raise Refused(f"the soak of wave {body.wave} is skipped already")
    _put(decided, rollout, by, soaks_skipped=(*rollout.soaks_skipped, body.wave), reason=body.reason)


def _abort(decided: Decided, event: Event, by: By) -> None:
    body: RolloutAborted = event.body
    rollout = rollout_of(decided, event)
    if rollout.phase is RolloutPhase.DONE:
        raise Refused(f"{rollout.rollout} is done, nothing is left to abort: roll it back instead")
    if rollout.phase.is_over or rollout.phase is RolloutPhase.ROLLING_BACK:
        raise Refused(f"{rollout.rollout} is {rollout.phase.value} already")
    check_holder(decided, rollout, event)
    if not body.reason.strip():
        raise Refused("to abort needs a reason")
    _put(decided, rollout, by, phase=RolloutPhase.ABORTED, reason=body.reason, ended=by)


def _roll_back(decided: Decided, event: Event, by: By) -> None:
    body: RolledBack | RolledBackHere = event.body
    rollout = rollout_of(decided, event)
    if isinstance(body, RolledBack):
        holder = holder_of(decided, rollout.environment)
        if holder not in ("", event.actor):
            raise Refused(f"{holder} has the controls of {rollout.environment}: take them over first")
    order_roll_back(decided, rollout, body.scope, body.reason, by, is_unshared=isinstance(body, RolledBackHere))


def order_roll_back(
    decided: Decided, rollout: RolloutRecord, scope: str, reason: str, by: By, *, is_unshared: bool = False
) -> None:
    """Have servers of `rollout` brought back to what they ran before; raises Refused."""
    if not reason.strip():
        raise Refused("a roll back needs a reason")
    _check_scope(rollout.plan, scope)
    _check_nothing_left_in_between(rollout, scope)
    if not is_newest(decided, rollout):
        raise Refused(f"another rollout to {rollout.environment} was started since: roll that one back")
    back = BackOrder(scope, reason, by)
    _put(
        decided,
        rollout,
        by,
        phase=RolloutPhase.ROLLING_BACK,
        reason=reason,
        backs=(*rollout.backs, back),
        is_unshared=is_unshared,
        is_confirmed=True,
        controls=_token(decided, rollout),
    )
    lock_after_roll_back(decided, rollout.environment, rollout.rollout, reason, by)


def _check_nothing_left_in_between(rollout: RolloutRecord, scope: str) -> None:
    """Another roll back takes the place of one that is under way only if it covers it."""
    if rollout.phase is RolloutPhase.ROLLED_BACK:
        raise Refused(f"{rollout.rollout} is rolled back already")
    under_way = rollout.back
    if under_way is None or under_way.done is not None:
        return
    if rollout.phase is RolloutPhase.ROLLING_BACK and under_way.scope in (scope, EVERY_SERVER):
        raise Refused(f"{rollout.rollout} is rolling back already")
    if scope not in (under_way.scope, EVERY_SERVER):
        raise Refused(f"{under_way.scope} is being rolled back: let that end first, or roll everything back")


def _check_scope(plan: RolloutPlan, scope: str) -> None:
    kind, _, name = scope.partition("/")
    is_known = (kind == "zone" and name) or (kind == "server" and name in plan.servers)
    if scope != EVERY_SERVER and not is_known:
        raise Refused(f"nothing is meant by {scope}: '*', 'zone/NAME', or 'server/NAME' of a server of the plan")


def _halt(decided: Decided, event: Event, by: By) -> None:
    body: RolloutHalted = event.body
    rollout = rollout_of(decided, event)
    if rollout.phase.is_over:
        more = ": roll it back" if rollout.phase is RolloutPhase.DONE else ""
        raise Refused(f"{rollout.rollout} is {rollout.phase.value}, nothing is left to halt{more}")
    if rollout.phase is RolloutPhase.HALTED and rollout.halted is not None:
        raise Refused(f"{rollout.halted.actor} halted it already, at {rollout.halted.position}")
    _put(decided, rollout, by, phase=RolloutPhase.HALTED, reason=body.reason, halted=by, is_confirmed=False)


def _take_over(decided: Decided, event: Event, by: By) -> None:
    body: RolloutTakenOver = event.body
    rollout = rollout_of(decided, event)
    check_holder(decided, rollout, event)
    if not body.reason.strip() or not body.station:
        raise Refused("it needs the name of a station and a reason")
    check_station(decided, body.station, rollout.environment)
    if rollout.phase.is_over:
        raise Refused(f"{rollout.rollout} is {rollout.phase.value}: nothing is left to execute")
    former, unproved = last_at_work(rollout)
    _put(
        decided,
        rollout,
        by,
        station=body.station,
        former=former,
        former_host=host_at_work(rollout),
        host="",
        begun=None,
        unproved=unproved and not body.proved_ended,
        reason=body.reason,
    )


def _put(decided: Decided, rollout: RolloutRecord, by: By, **changes: Any) -> None:  # noqa: ANN401 - fields of the record
    decided.put(rollout.rollout, replace(rollout, by=by, waits="", **changes))


def _token(decided: Decided, rollout: RolloutRecord) -> int:
    return int(decided.token(f"controls:{rollout.environment}") or 0)


RULES: Mapping[str, Rule] = {
    "rollout.start": start,
    "rollout.approve": _approve,
    "rollout.promote": _promote,
    "rollout.pause": _pause,
    "rollout.resume": _resume,
    "rollout.retry": _retry,
    "rollout.skip-soak": _skip_soak,
    "rollout.abort": _abort,
    "rollout.rollback": _roll_back,
    "rollout.rollback-here": _roll_back,
    "rollout.halt": _halt,
    "rollout.takeover": _take_over,
    **OUTCOMES,
}
