"""How a rollout may be ended or undone now, each with its exact effect."""

from collections.abc import Sequence
from functools import partial

from cockpit.domain.counts import counted
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.rollout_bodies import RolledBack, RolledBackHere, RolloutAborted
from cockpit.domain.decisions.rollout_record import EVERY_SERVER, RolloutPhase, RolloutRecord
from cockpit.domain.decisions.rollout_rules import goes_back
from cockpit.domain.decisions.rollout_start import is_newest
from cockpit.domain.deed import Deed
from cockpit.domain.rollout.halt_words import scope_words
from cockpit.domain.rollout.touched import Touched
from cockpit.domain.rollout_offer import Offer, deed_of, from_to_back, strange_hands


def abort_offer(decided: Decided, rollout: RolloutRecord, actor: str, touched: Touched) -> Offer:
    """Return how a rollout may be ended for good."""
    if rollout.phase is RolloutPhase.DONE:
        return Offer(why_none=f"{rollout.rollout} is done, nothing is left to abort: roll it back instead")
    if rollout.phase.is_over or rollout.phase is RolloutPhase.ROLLING_BACK:
        return Offer(why_none=f"{rollout.rollout} is {rollout.phase.value} already")
    if strange := strange_hands(decided, rollout, actor, may_be_nobody=False):
        return Offer(why_none=strange)
    plan, servers = rollout.plan, touched.within(EVERY_SERVER)
    return Offer(
        (
            deed_of(
                decided,
                rollout,
                "abort",
                f"Abort {plan.release} to {plan.environment}",
                (
                    f"{rollout.rollout}: {rollout.phase.value} → aborted, and it never goes on.",
                    f"{counted(len(servers), 'server')} of {len(plan.servers)} keep what they run until rolled back.",
                ),
                f"Aborted {rollout.rollout}",
                RolloutAborted,
                question=f"Abort {rollout.rollout} because:",
            ),
        )
    )


def roll_back_offer(
    decided: Decided,
    rollout: RolloutRecord,
    actor: str,
    touched: Touched,
    *,
    scopes: Sequence[str] = (),
    remarks: Sequence[str] = (),
    is_here: bool = False,
    is_shareable: bool = True,
) -> Offer:
    """Return how servers may be brought back to what they ran before: all of them, then each of `scopes`.

    `remarks` are told with each: what cannot be undone. `is_here` is that this machine's agent executes it, which may
    do so also while nothing can be shared.
    """
    under_way = rollout.back if goes_back(rollout) else None
    if rollout.phase is RolloutPhase.ROLLED_BACK:
        return Offer(why_none=f"{rollout.rollout} is rolled back already")
    if rollout.phase is RolloutPhase.ROLLING_BACK and under_way is not None and under_way.scope == EVERY_SERVER:
        return Offer(why_none=f"{rollout.rollout} is rolling back already")
    if not is_newest(decided, rollout):
        return Offer(why_none=f"another rollout to {rollout.environment} was started since: roll that one back")
    if not is_shareable and not is_here:
        executor = f"{rollout.station} on {rollout.host}" if rollout.host else f"station {rollout.station}"
        return Offer(
            why_none=f"It cannot be shared now: the ledger's remote does not answer. Roll it back at {executor}"
        )
    if is_shareable and (strange := strange_hands(decided, rollout, actor, may_be_nobody=True)):
        return Offer(why_none=strange)
    narrower = scopes if under_way is None else ()  # another takes the place of one under way only if it covers it
    wanted = [
        scope for scope in dict.fromkeys((EVERY_SERVER, *narrower)) if scope == EVERY_SERVER or touched.within(scope)
    ]
    make = partial(_back, decided, rollout, touched, remarks, is_shareable=is_shareable)
    return Offer(tuple(make(scope) for scope in wanted))


def _back(
    decided: Decided,
    rollout: RolloutRecord,
    touched: Touched,
    remarks: Sequence[str],
    scope: str,
    *,
    is_shareable: bool,
) -> Deed:
    servers = touched.within(scope)
    what = rollout.environment if scope == EVERY_SERVER else scope_words(scope)
    effect = [
        f"{what}: {from_to_back(rollout, servers)} on {counted(len(servers), 'server')}, as {touched.told_by} tell"
        f"{'s' if touched.told_by == 'the executor' else ''}.",
        *remarks,
    ]
    if not is_shareable:
        effect.append("Unshared: others learn of it when the ledger's remote answers again.")
    elif decided.policy.gating.lock_on_rollback:
        effect.append(f"{rollout.environment} is locked until somebody unlocks it.")
    body = RolledBack if is_shareable else RolledBackHere
    return deed_of(
        decided,
        rollout,
        "rollback" if is_shareable else "rollback-here",
        f"Roll back {what if scope != EVERY_SERVER else f'all of {what}'}" + ("" if is_shareable else ", unshared"),
        tuple(effect),
        f"Rolling back {what}",
        partial(_back_body, body, scope),
        question=f"Roll back {what} because:",
    )


def _back_body(body: type[RolledBack | RolledBackHere], scope: str, reason: str) -> object:
    return body(reason, scope)
