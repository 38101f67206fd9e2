"""How a rollout begins: of a release that was cut, by who has the controls, one at a time in each environment."""

from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import Event, Refused
from cockpit.domain.decisions.locking import lock_in_the_way
from cockpit.domain.decisions.policy import EVERYWHERE
from cockpit.domain.decisions.records import By, CandidateRecord, ControlsRecord, OverrideRecord, ReleaseRecord
from cockpit.domain.decisions.rollout_bodies import STATION_PREFIX, RolloutStarted
from cockpit.domain.decisions.rollout_record import RolloutNowRecord, RolloutPhase, RolloutRecord
from cockpit.domain.rollout.plan import RolloutPlan

ORDER = "order"
"""Gate: the environments before this one have the release."""


def start(decided: Decided, event: Event, by: By) -> None:
    """Begin a rollout; raises Refused."""
    body: RolloutStarted = event.body
    plan = body.plan
    if event.target != plan.environment or plan.environment not in decided.policy.environments:
        known = ", ".join(decided.policy.environments)
        raise Refused(f"there is no environment {event.target}: one of {known}")
    if not body.station:
        raise Refused("it names no station that executes it")
    _check_plan(plan)
    release = _release(decided, plan)
    former = newest_of(decided, plan.environment)
    if former is not None and not former.phase.is_over:
        raise Refused(f"{former.rollout} of {former.plan.release} is {former.phase.value} there: end it first")
    _check_lock(decided, release, event)
    _check_order(decided, plan)
    _check_starter(decided, event)
    name = f"{plan.environment}-{by.position}"
    decided.put(
        name,
        RolloutRecord(
            rollout=name,
            plan=plan,
            station=body.station,
            started=by,
            by=by,
            phase=RolloutPhase.WAITING if plan.needs_second else RolloutPhase.RUNNING,
            controls=int(decided.token(f"controls:{plan.environment}") or 0),
            permitted=stop_after(plan, 1),
            reason=body.reason,
        ),
    )
    decided.put(plan.environment, RolloutNowRecord(plan.environment, name, by))


def stop_after(plan: RolloutPlan, wave: int) -> int:
    """Return the number of the first wave from this one on that a person has to promote beyond."""
    return next((one.number for one in plan.waves if one.number >= wave and one.waits), len(plan.waves))


def rollout_of(decided: Decided, event: Event) -> RolloutRecord:
    """Return the rollout that an event is about; raises Refused."""
    rollout = decided.get(RolloutRecord, event.target)
    if rollout is None:
        raise Refused(f"there is no rollout {event.target}")
    return rollout


def newest_of(decided: Decided, environment: str) -> RolloutRecord | None:
    """Return the newest rollout of an environment."""
    now = decided.get(RolloutNowRecord, environment)
    return decided.get(RolloutRecord, now.rollout) if now else None


def is_newest(decided: Decided, rollout: RolloutRecord) -> bool:
    """Tell whether no other was started in its environment since."""
    now = decided.get(RolloutNowRecord, rollout.environment)
    return now is not None and now.rollout == rollout.rollout


def holder_of(decided: Decided, environment: str) -> str:
    """Return who has the controls of an environment, '' for nobody."""
    controls = decided.get(ControlsRecord, environment)
    return controls.holder if controls else ""


def check_holder(decided: Decided, rollout: RolloutRecord, event: Event) -> None:
    """Raise Refused unless the actor has the controls of the rollout's environment."""
    holder = holder_of(decided, rollout.environment)
    if holder != event.actor:
        who = f"{holder} has" if holder else "nobody has"
        raise Refused(f"{who} the controls of {rollout.environment}: take them first")


def _check_plan(plan: RolloutPlan) -> None:
    if [wave.number for wave in plan.waves] != list(range(1, len(plan.waves) + 1)) or not plan.waves:
        raise Refused("its waves are not counted from 1")
    if any(wave.parallel < 1 for wave in plan.waves):
        raise Refused("a wave does nothing: parallel is below 1")
    if len(set(plan.servers)) != len(plan.servers):
        raise Refused("a server stands in two of its waves")


def _release(decided: Decided, plan: RolloutPlan) -> ReleaseRecord:
    release = decided.get(ReleaseRecord, plan.release)
    if release is None:
        raise Refused(f"release {plan.release} was never cut")
    if release.candidate != plan.commit or dict(release.digests) != dict(plan.digests):
        raise Refused(f"the plan is not of what was cut as {plan.release}")
    return release


def _check_lock(decided: Decided, release: ReleaseRecord, event: Event) -> None:
    lock = lock_in_the_way(decided, event.target)
    if lock is None:
        return
    person = decided.policy.person(event.actor)
    roles = {role.value for given in person.roles.values() for role in given} if person else set()
    if release.is_hotfix and ({event.actor} | roles) & set(lock.may_ship):
        return
    scope = "everything" if lock.scope == EVERYWHERE else lock.scope
    raise Refused(f"{lock.by.actor} has locked {scope}: {lock.reason}")


def _check_order(decided: Decided, plan: RolloutPlan) -> None:
    """An environment in which nothing was ever rolled out keeps nobody waiting."""
    environments = decided.policy.environments
    for before in environments[: environments.index(plan.environment)]:
        there = [one for one in decided.all(RolloutRecord) if one.environment == before]
        is_done = any(one.plan.release == plan.release and one.phase is RolloutPhase.DONE for one in there)
        if there and not is_done and not _is_set_aside(decided, plan):
            raise Refused(f"{plan.release} has not finished in {before}: that comes first")


def _is_set_aside(decided: Decided, plan: RolloutPlan) -> bool:
    candidate = decided.get(CandidateRecord, plan.commit)
    return candidate is not None and any(
        one.gate == ORDER and one.candidate == plan.commit and one.environment in ("", plan.environment)
        for one in decided.all(OverrideRecord)
    )


def _check_starter(decided: Decided, event: Event) -> None:
    holder = holder_of(decided, event.target)
    if event.actor.startswith(STATION_PREFIX):
        if holder:
            raise Refused(f"{holder} has the controls of {event.target}: nothing starts by itself there")
    elif holder != event.actor:
        who = f"{holder} has" if holder else "nobody has"
        raise Refused(f"{who} the controls of {event.target}: take them first")
