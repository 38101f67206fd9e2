"""How a rollout may be started from a screen, with its exact effect first."""

from collections.abc import Sequence

from cockpit.domain.counts import counted
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.expecting import expect_now
from cockpit.domain.decisions.rollout_bodies import RolloutStarted
from cockpit.domain.decisions.rollout_start import holder_of, why_not_its_turn
from cockpit.domain.deed import Deed
from cockpit.domain.gate import Gate
from cockpit.domain.gates import overall
from cockpit.domain.rollout.planning import Planned
from cockpit.domain.rollout_deeds import gates_words
from cockpit.domain.rollout_offer import Offer
from cockpit.domain.verdict import Verdict


def start_offer(decided: Decided, planned: Planned, station: str, actor: str, gates: Sequence[Gate]) -> Offer:
    """Return the start of a planned rollout; why there is none where the gates, the controls or the station say no."""
    plan = planned.plan
    if not station:
        return Offer(why_none="Nobody is named who executes it: [rollout] station in cockpit.toml")
    if overall(gates) is not Verdict.GO:
        return Offer(why_none=f"{plan.release} may not start: {gates_words(gates)} See w")
    early = why_not_its_turn(decided, plan)
    if early:
        return Offer(why_none=f"{early}; or: cockpit override order --release {plan.release}")
    holder = holder_of(decided, plan.environment)
    if holder != actor:
        who = f"{holder} has" if holder else "Nobody has"
        return Offer(why_none=f"{who} the controls of {plan.environment}: take them first (C)")
    return Offer((_start(decided, planned, station, gates),))


def _start(decided: Decided, planned: Planned, station: str, gates: Sequence[Gate]) -> Deed:
    plan = planned.plan
    first = plan.waves[0]
    versions = list(dict.fromkeys(running.version or "unknown" for running in plan.before.values()))
    kind = "rollout.start"
    second = " A second person has to approve it." if plan.needs_second else ""
    return Deed(
        label=f"Start {plan.release} to {plan.environment}, {plan.strategy.value}",
        effect=(
            f"{', '.join(versions[:3])} → {plan.release} on {counted(len(plan.servers), 'server')}"
            f" in {counted(len(plan.waves), 'wave')}, executed by {station}.{second}",
            f"Wave 1, {first.name}: {', '.join(first.servers[:6])}{'…' if len(first.servers) > 6 else ''}.",
            *(f"{remark}." for remark in planned.remarks[:1]),
            gates_words(gates),
        ),
        done=f"Started {plan.release} to {plan.environment}",
        kind=kind,
        target=plan.environment,
        body=lambda reason: RolloutStarted(plan, station, reason),
        expect=expect_now(decided, kind, plan.environment),
        question=f"Start {plan.release} to {plan.environment} because:",
        hint="a reason, or nothing",
    )
