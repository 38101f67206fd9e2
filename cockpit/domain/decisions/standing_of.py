"""Makes the short answer of header and panes out of everything decided."""

from collections import Counter
from collections.abc import Iterator

from cockpit.domain.ballots import ballots_of, voted_train
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.gating_of import gating_of
from cockpit.domain.decisions.records import (
    CallOwnerRecord,
    CandidateRecord,
    ControlsRecord,
    DutyRecord,
    LockRecord,
    PolicyRecord,
)
from cockpit.domain.decisions.rollout_record import RolloutNowRecord, RolloutRecord
from cockpit.domain.decisions.standing import (
    BallotNow,
    CandidateNow,
    ControlsNow,
    LedgerState,
    LockNow,
    RolloutNow,
    Standing,
)
from cockpit.domain.open_calls import open_calls


def standing_of(decided: Decided, ledger: LedgerState) -> Standing:
    """Return what a screen shows of `decided` without being asked."""
    train, upcoming = decided.train, _next_train(decided)
    release, duty = decided.release, decided.get(DutyRecord)
    owner = decided.get(CallOwnerRecord, _last_environment(decided))
    voted, calls = voted_train(decided), open_calls(decided)
    return Standing(
        ledger=ledger,
        administrator=decided.ledger.administrator if decided.ledger else "",
        train=train.train if train else "",
        next_train=upcoming,
        is_cut_off=train is not None and train.cut_off is not None,
        calendar=decided.policy.calendar if decided.get(PolicyRecord) else None,
        candidate=_candidate(decided.candidate),
        release=release.version if release else "",
        on_duty=duty.person if duty else "",
        duty_turn=duty.turn if duty else "",
        call_owner=owner.person if owner else "",
        environments=decided.policy.environments if decided.ledger else (),
        controls=tuple(map(_controls, decided.all(ControlsRecord))),
        locks=tuple(map(_lock, decided.all(LockRecord))),
        voted_train=voted,
        ballots=tuple(BallotNow(cast.lead, tuple(cast.places)) for cast in ballots_of(decided, voted)),
        gating=gating_of(decided) if decided.ledger else None,
        open_calls=len(calls),
        call_due=calls[0].deadline if calls else None,
        rollouts=tuple(_rollouts(decided)),
    )


def _next_train(decided: Decided) -> str:
    """Leads vote for what comes next while the present train is hardened."""
    trains = sorted(decided.open_trains, key=lambda train: train.opened.position)
    return trains[1].train if len(trains) > 1 else ""


def _last_environment(decided: Decided) -> str:
    return decided.policy.environments[-1] if decided.policy.environments else ""


def _candidate(candidate: CandidateRecord | None) -> CandidateNow | None:
    if candidate is None:
        return None
    return CandidateNow(
        commit=candidate.commit,
        base=candidate.base,
        train=candidate.train,
        is_hotfix=candidate.is_hotfix,
        by=candidate.by.actor,
        at=candidate.by.at,
    )


def _controls(controls: ControlsRecord) -> ControlsNow:
    return ControlsNow(controls.environment, controls.holder, controls.offered_to, controls.requested_by)


def _lock(lock: LockRecord) -> LockNow:
    return LockNow(
        scope=lock.scope,
        reason=lock.reason,
        is_blocking=lock.is_blocking,
        by=lock.by.actor,
        position=lock.by.position,
        at=lock.by.at,
        may_ship=lock.may_ship,
        link=lock.link,
        review_at=lock.review_at,
    )


def _rollouts(decided: Decided) -> Iterator[RolloutNow]:
    for environment in decided.policy.environments:
        newest = decided.get(RolloutNowRecord, environment)
        rollout = decided.get(RolloutRecord, newest.rollout) if newest else None
        if rollout is not None:
            yield rollout_now(decided, rollout)


_FAILED_TOLD = 3
"""Servers that failed, by name: more say nothing more."""


_BASELINE_TOLD = 500
"""Alerts that fired before; of more than these, the others count as new."""


def rollout_now(decided: Decided, rollout: RolloutRecord) -> RolloutNow:
    """Return a rollout in short."""
    plan, back, stopped = rollout.plan, rollout.back, rollout.stopped
    wave = next((wave for wave in plan.waves if wave.number > rollout.wave_done), None)
    ran = Counter(running.version for running in plan.before.values() if running.version)
    failed = back.failed if back is not None and back.failed else stopped.servers if stopped is not None else {}
    return RolloutNow(
        rollout=rollout.rollout,
        environment=rollout.environment,
        release=plan.release,
        before=ran.most_common(1)[0][0] if ran else "",
        strategy=plan.strategy.value,
        phase=rollout.phase.value,
        sizes=tuple(len(one.servers) for one in plan.waves),
        wave_done=rollout.wave_done,
        wave_name=wave.name if wave else "",
        permitted=rollout.permitted,
        started_by=rollout.started.actor,
        started_at=rollout.started.at,
        station=rollout.station,
        host=rollout.host,
        token=rollout.by.position,
        said_by=rollout.by.actor,
        is_under_controls=rollout.controls == int(decided.token(f"controls:{rollout.environment}") or 0),
        attempt=rollout.attempt,
        reason=rollout.reason,
        waits=rollout.waits,
        halted_by=rollout.halted.actor if rollout.halted else "",
        halted_at=rollout.halted.at if rollout.halted else None,
        is_confirmed=rollout.is_confirmed,
        failed=tuple(failed.items())[:_FAILED_TOLD],
        evidence=tuple(stopped.evidence.items()) if stopped else (),
        back=back.scope if back else "",
        is_unshared=rollout.is_unshared,
        unproved=rollout.unproved,
        ended_at=rollout.ended.at if rollout.ended else None,
        baseline=() if rollout.phase.is_over else plan.baseline[:_BASELINE_TOLD],
    )
