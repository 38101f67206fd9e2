"""What may be decided of a rollout now, as the keys for it offer it, each with its exact effect."""

from collections.abc import Sequence
from functools import partial

from cockpit.domain.counts import counted
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import Refused
from cockpit.domain.decisions.rollout_bodies import (
    RolloutApproved,
    RolloutPaused,
    RolloutPromoted,
    RolloutResumed,
    RolloutRetried,
    SoakSkipped,
)
from cockpit.domain.decisions.rollout_record import RolloutPhase, RolloutRecord
from cockpit.domain.decisions.rollout_rules import check_nothing_failed, phase_to_go_on_in
from cockpit.domain.decisions.rollout_start import stop_after
from cockpit.domain.deed import Deed
from cockpit.domain.gate import Gate
from cockpit.domain.rollout_offer import Offer, deed_of, from_to_back, strange_hands
from cockpit.domain.verdict import Verdict

_UNDER_WAY = (RolloutPhase.RUNNING, RolloutPhase.PAUSED)


def going_on_offer(decided: Decided, rollout: RolloutRecord, actor: str, gates: Sequence[Gate]) -> Offer:
    """Return how a rollout may go on, or be held up: approve, promote, pause, resume, skip a soak, retry."""
    if rollout.phase is RolloutPhase.WAITING:
        if actor == rollout.started.actor:
            return Offer(why_none=f"{rollout.rollout} waits for a second person's approval: {actor} started it")
        return Offer((_approve(decided, rollout, gates),))
    if rollout.phase not in (*_UNDER_WAY, RolloutPhase.HALTED, RolloutPhase.ROLLING_BACK):
        return Offer(why_none=_why_over(rollout))
    if strange := strange_hands(decided, rollout, actor, may_be_nobody=False):
        return Offer(why_none=strange)
    deeds = []
    if rollout.phase in _UNDER_WAY:
        deeds += _promote(decided, rollout, gates)
    deeds += _resume(decided, rollout)
    if rollout.phase is RolloutPhase.HALTED:
        deeds.append(_retry(decided, rollout))
    if rollout.phase in _UNDER_WAY:
        deeds += _skip_soak(decided, rollout)
    if rollout.phase is RolloutPhase.RUNNING:
        deeds.append(_pause(decided, rollout))
    return Offer(tuple(deeds), "" if deeds else _why_over(rollout))


def _promote(decided: Decided, rollout: RolloutRecord, gates: Sequence[Gate]) -> list[Deed]:
    plan, last = rollout.plan, len(rollout.plan.waves)
    if rollout.permitted >= last:
        return []
    up_to = stop_after(plan, rollout.permitted + 1)
    deeds = [] if up_to == last else [_promote_to(decided, rollout, up_to, gates)]
    return [*deeds, _promote_to(decided, rollout, last, gates)]


def _promote_to(decided: Decided, rollout: RolloutRecord, wave: int, gates: Sequence[Gate]) -> Deed:
    plan = rollout.plan
    is_everything = wave == len(plan.waves)
    waves = [one for one in plan.waves if rollout.permitted < one.number <= wave]
    servers = [server for one in waves for server in one.servers]
    names = ", ".join(one.name for one in waves[:4]) + (f" and {len(waves) - 4} more" if len(waves) > 4 else "")
    weight = next((one.weight for one in reversed(waves) if one.weight is not None), None)
    traffic = f", {weight:g} % of the traffic" if weight is not None else ""
    return deed_of(
        decided,
        rollout,
        "promote",
        f"Promote {plan.release} to {'everything' if is_everything else f'wave {wave}'}: {names}",
        (
            f"{plan.environment}: waves up to {rollout.permitted} → {wave} of {len(plan.waves)};"
            f" {_from_to(rollout, servers)} on {counted(len(servers), 'server')} more{traffic}.",
            gates_words(gates),
        ),
        f"Promoted {plan.release} to {'everything' if is_everything else f'wave {wave}'}",
        lambda _answer: RolloutPromoted(wave),
        question=f"Type {plan.release} to promote it to everything:" if is_everything else "",
        exact=plan.release if is_everything else "",
    )


def _from_to(rollout: RolloutRecord, servers: Sequence[str]) -> str:
    new, _, old = from_to_back(rollout, servers).partition(" → ")
    return f"{old} → {new}"


def gates_words(gates: Sequence[Gate]) -> str:
    """Return in one sentence what the gates say."""
    bad = [gate for gate in gates if gate.verdict is Verdict.NO_GO]
    unknown = [gate for gate in gates if gate.verdict is Verdict.UNKNOWN]
    if bad:
        return f"Gates: {len(bad)} no-go: {bad[0].reason}."
    if unknown:
        return f"Gates: {len(unknown)} unknown: {unknown[0].reason}."
    return "Gates: every one is go." if gates else "Gates: none is known."


def _approve(decided: Decided, rollout: RolloutRecord, gates: Sequence[Gate]) -> Deed:
    plan = rollout.plan
    first = plan.waves[0]
    return deed_of(
        decided,
        rollout,
        "approve",
        f"Approve {plan.release} to {plan.environment}",
        (
            f"{rollout.rollout}, started by {rollout.started.actor}: waiting → running.",
            f"Wave 1, {first.name}, begins: {_from_to(rollout, first.servers)}"
            f" on {counted(len(first.servers), 'server')}.",
            gates_words(gates),
        ),
        f"Approved {rollout.rollout}",
        RolloutApproved,
    )


def _resume(decided: Decided, rollout: RolloutRecord) -> list[Deed]:
    is_foreign = rollout.controls != int(decided.token(f"controls:{rollout.environment}") or 0)
    goes_on = rollout.phase in (RolloutPhase.RUNNING, RolloutPhase.ROLLING_BACK)
    if (goes_on and not is_foreign and not rollout.unproved) or _has_failed(rollout):
        return []
    before, after = rollout.phase.value, phase_to_go_on_in(rollout).value
    at = f", at wave {rollout.wave_done + 1} of {len(rollout.plan.waves)}" if after == "running" else ""
    effect = f"{rollout.rollout}: {before} → {after}{at}."
    if rollout.unproved:
        return [
            deed_of(
                decided, rollout, "resume", "Resume: nothing of the former executor runs any more",
                (effect, f"You answer for it that no step of {rollout.former} still runs anywhere."),
                f"Resumed {rollout.rollout}", partial(_proved, proved_ended=True),
                question="You know that nothing of it runs because:",
            )
        ]  # fmt: skip
    return [
        deed_of(
            decided, rollout, "resume", f"Resume {rollout.plan.release}",
            (effect, "It goes on under your controls from where it stands."),
            f"Resumed {rollout.rollout}", RolloutResumed,
        )
    ]  # fmt: skip


def _has_failed(rollout: RolloutRecord) -> bool:
    try:
        check_nothing_failed(rollout)
    except Refused:
        return True
    return False


def _proved(reason: str, *, proved_ended: bool) -> RolloutResumed:
    return RolloutResumed(reason, proved_ended=proved_ended)


def _retry(decided: Decided, rollout: RolloutRecord) -> Deed:
    """Where servers could not be brought back, that is tried again, and nothing goes forward."""
    back = rollout.back.failed if rollout.back is not None else {}
    failed = list(back or (rollout.stopped.servers if rollout.stopped else ()))
    what = f"{', '.join(failed[:3])}{' and more' if len(failed) > 3 else ''}" if failed else "what failed"
    after = RolloutPhase.ROLLING_BACK if back else phase_to_go_on_in(rollout)
    return deed_of(
        decided, rollout, "retry", f"Retry to bring back {what}" if back else f"Retry {what}",
        (
            f"{rollout.rollout}: halted → {after.value}, attempt {rollout.attempt} → {rollout.attempt + 1}.",
            f"{what[:1].upper()}{what[1:]} is {'brought back' if back else 'done'} again; what came through stays.",
        ),
        f"Retrying {rollout.rollout}", RolloutRetried,
    )  # fmt: skip


def _skip_soak(decided: Decided, rollout: RolloutRecord) -> list[Deed]:
    wave = next((one for one in rollout.plan.waves if one.number > rollout.wave_done), None)
    if wave is None or wave.number > rollout.permitted or wave.number in rollout.soaks_skipped:
        return []
    waits = f" It waits now: {rollout.waits}." if rollout.waits else ""
    return [
        deed_of(
            decided, rollout, "skip-soak", f"Skip the soak of wave {wave.number}, {wave.name}",
            (f"Once deployed and tested, the wave counts as watched: {wave.soak_s:.0f} s → 0 s.{waits}",),
            f"Skipped the soak of wave {wave.number}", partial(SoakSkipped, wave.number),
            question=f"Skip the soak of wave {wave.number} because:",
        )
    ]  # fmt: skip


def _pause(decided: Decided, rollout: RolloutRecord) -> Deed:
    return deed_of(
        decided, rollout, "pause", f"Pause {rollout.plan.release}",
        (f"{rollout.rollout}: running → paused.", "No further step begins until somebody resumes; H halts at once."),
        f"Paused {rollout.rollout}", RolloutPaused,
    )  # fmt: skip


def _why_over(rollout: RolloutRecord) -> str:
    return {
        RolloutPhase.ABORTED: f"{rollout.rollout} was aborted: it never goes on; start another rollout",
        RolloutPhase.ROLLING_BACK: f"{rollout.rollout} is being rolled back",
        RolloutPhase.ROLLED_BACK: f"{rollout.rollout} was rolled back: start another rollout",
    }.get(rollout.phase, f"{rollout.rollout} is done: nothing is left to promote")
