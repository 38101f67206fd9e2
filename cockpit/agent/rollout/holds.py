"""Why no step may begin now, in one sentence; asked before every step."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from cockpit.agent.rollout.present import Present
from cockpit.domain.alert import Alert, AlertState, Severity
from cockpit.domain.custody import plain_version
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.locking import lock_against
from cockpit.domain.decisions.records import CandidateRecord, ControlsRecord, LockRecord
from cockpit.domain.decisions.rollout_record import RolloutPhase, RolloutRecord
from cockpit.domain.decisions.standing import LedgerHealth, LedgerState
from cockpit.domain.rollout.plan import RolloutPlan

_HEALTHY = (LedgerHealth.SHARED, LedgerHealth.LOCAL)


def why_held(rollout: RolloutRecord, decided: Decided, ledger: LedgerState, *, untrusted: str, settings: str) -> str:
    """Return what keeps every step of the rollout from beginning, '' for nothing.

    `settings` is the digest of the commands and checks as they stand now, `untrusted` why they may not run.
    """
    return (
        _of_ledger(rollout, ledger)
        or _of_controls(rollout, decided)
        or _of_former_station(rollout)
        or untrusted
        or _of_settings(rollout.plan, settings)
        or _of_lock(rollout, decided)
    )


def _of_ledger(rollout: RolloutRecord, ledger: LedgerState) -> str:
    """A roll back that was decided right here goes on all the same: that is what it is for."""
    if ledger.health in _HEALTHY or rollout.is_unshared:
        return ""
    return f"the ledger is {ledger.health.value}: {ledger.reason or 'nobody knows what else was decided'}"


def _of_controls(rollout: RolloutRecord, decided: Decided) -> str:
    """Whoever takes the controls has to say that it goes on under them."""
    environment = rollout.environment
    if int(decided.token(f"controls:{environment}") or 0) == rollout.controls:
        return ""
    held = decided.get(ControlsRecord, environment)
    if held is None or not held.holder:
        return f"nobody has the controls of {environment}: take them, and resume it"
    return f"{held.holder} has taken the controls of {environment}: it waits for {held.holder} to resume it"


def _of_former_station(rollout: RolloutRecord) -> str:
    if not rollout.unproved:
        return ""
    return f"steps of station {rollout.former} may still run: make sure that they have ended, and resume with --ended"


def _of_settings(plan: RolloutPlan, settings: str) -> str:
    if not plan.settings or plan.settings == settings:
        return ""
    return "commands or checks of cockpit.toml are others than those it was planned with: start it anew"


def _of_lock(rollout: RolloutRecord, decided: Decided) -> str:
    """What goes back is not stopped by a lock: going back is what a lock may be for."""
    if rollout.phase is RolloutPhase.ROLLING_BACK:
        return ""
    candidate = decided.get(CandidateRecord, rollout.plan.commit)
    is_hotfix = candidate is not None and candidate.is_hotfix
    lock = lock_against(decided, rollout.environment, rollout.by.actor, is_hotfix=is_hotfix)
    return f"{lock.by.actor} has locked {lock.scope}: {lock.reason}" if lock else ""


def why_not_here(rollout: RolloutRecord, environments: Mapping[str, str]) -> str:
    """Return which servers of the plan are none of its environment: who may act there may not act on others.

    What goes back is judged server by server: one that was taken out of the settings meanwhile keeps no other waiting.
    """
    plan = rollout.plan
    if rollout.phase is RolloutPhase.ROLLING_BACK:
        return ""
    strange = [server for server in plan.servers if environments.get(server) != plan.environment]
    if not strange:
        return ""
    more = f" and {len(strange) - 3} more" if len(strange) > 3 else ""
    names = ", ".join(strange[:3])
    return f"cockpit.toml names no such server in {plan.environment}: {names}{more}; start it anew"


def why_elsewhere(rollout: RolloutRecord, addresses: str) -> str:
    """Return why it does not go forward where `addresses`, the digest of what its servers have now, is another."""
    planned = rollout.plan.addresses
    if rollout.phase is RolloutPhase.ROLLING_BACK or planned in ("", addresses):
        return ""
    return "its servers have other addresses in cockpit.toml than when it was planned: start it anew"


def why_other_than_planned(rollout: RolloutRecord, server: str, present: Present) -> str:
    """Return why a server that nothing was done to yet stays as it is: it would go back to what it never ran."""
    before = rollout.plan.before.get(server)
    seen = next((one for one in present.servers if one.name == server), None) if present.is_measured else None
    if before is None or seen is None or not (before.version and seen.version):
        return ""
    if plain_version(before.version) == plain_version(seen.version):
        return ""
    return f"{server} runs {seen.version}, and {before.version} when it was planned: start it anew"


def group_lock(decided: Decided, environment: str, zone: str) -> LockRecord | None:
    """Return the lock that keeps servers of this zone as they are."""
    lock = decided.get(LockRecord, f"{environment}/{zone}")
    return lock if lock is not None and lock.is_blocking else None


def new_pages(
    alerts: Sequence[Alert], plan: RolloutPlan, in_work: Collection[str], just_up: Mapping[str, datetime]
) -> tuple[str, ...]:
    """Return the pages that did not fire before the rollout, in words; those of a server in work are its work.

    Of a server that is `just_up` what began before that moment is, too.
    """
    before = frozenset(plan.baseline)
    return tuple(
        f"{alert.name} at {alert.target}: {alert.summary}"
        for alert in alerts
        if alert.severity is Severity.PAGE
        and alert.state is AlertState.FIRING
        and alert.alert_id not in before
        and alert.target not in in_work
        and not (alert.target in just_up and alert.since <= just_up[alert.target])
    )
