"""How a rollout begins: of a release that was cut, by who has the controls, one at a time in each environment."""

from collections.abc import Collection
from dataclasses import replace

from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import Event, Refused
from cockpit.domain.decisions.locking import lock_against
from cockpit.domain.decisions.policy import EVERYWHERE
from cockpit.domain.decisions.records import By, CandidateRecord, ControlsRecord, OverrideRecord, ReleaseRecord
from cockpit.domain.decisions.rights import why_not
from cockpit.domain.decisions.rollout_bodies import STATION_PREFIX, RolloutStarted, station_actor
from cockpit.domain.decisions.rollout_record import RolloutNowRecord, RolloutPhase, RolloutRecord
from cockpit.domain.rollout.plan import RolloutPlan, Running

ORDER = "order"
"""Gate: the environments before this one have the release."""

MOST_WAVES = 1000
MOST_SERVERS = 100_000
LONGEST_SOAK_S = 31_536_000.0
"""A plan beyond these is nobody's wish, and would only keep its executor busy; `cockpit.toml` has the same limits."""

LONGEST_NAME = 300


def start(decided: Decided, event: Event, by: By) -> None:
    """Begin a rollout; raises Refused."""
    body: RolloutStarted = event.body
    plan = body.plan
    if event.target != plan.environment or plan.environment not in decided.policy.environments:
        known = ", ".join(decided.policy.environments)
        raise Refused(f"there is no environment {event.target}: one of {known}")
    if not body.station:
        raise Refused("it names no station that executes it")
    check_station(decided, body.station, plan.environment)
    _check_plan(plan)
    release = _release(decided, plan)
    former = newest_of(decided, plan.environment)
    if former is not None and not former.phase.is_over:
        raise Refused(f"{former.rollout} of {former.plan.release} is {former.phase.value} there: end it first")
    _check_lock(decided, release, event)
    _check_order(decided, plan)
    _check_starter(decided, event)
    worked_last, unproved = last_at_work(former) if former else ("", False)
    if former is not None:
        decided.put(former.rollout, thinned(former))
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
            former=worked_last if unproved and worked_last != body.station else "",
            former_host=host_at_work(former) if former and unproved else "",
            unproved=unproved and worked_last != body.station,
            reason=body.reason,
        ),
    )
    decided.put(plan.environment, RolloutNowRecord(plan.environment, name, by))


def thinned(rollout: RolloutRecord) -> RolloutRecord:
    """Return what stays of a rollout once another was started in its environment: nobody goes back by it any more.

    What each of thousands of servers ran, and which alerts fired, would be in every checkpoint for ever. One server
    of each version stays: history says what it was rolled out over.
    """
    plan = rollout.plan
    ran: dict[str, tuple[str, Running]] = {}
    for server, running in sorted(plan.before.items()):
        ran.setdefault(running.version, (server, running))
    return replace(rollout, plan=replace(plan, before=dict(ran.values()), baseline=()))


def why_out_of_order(decided: Decided, version: str, environment: str, served: Collection[str]) -> str:
    """Return which environment has to have this release first, or empty.

    One that is not `served`, as it has no servers, and in which nothing was ever rolled out keeps nobody waiting.
    """
    environments = decided.policy.environments
    for before in environments[: environments.index(environment)]:
        there = [one for one in decided.all(RolloutRecord) if one.environment == before]
        is_done = any(one.plan.release == version and one.phase is RolloutPhase.DONE for one in there)
        if (there or before in served) and not is_done:
            return f"{version} has not finished in {before}: that comes first"
    return ""


def why_not_its_turn(decided: Decided, plan: RolloutPlan) -> str:
    """Return which environment has to have this release first, or empty; so too where somebody set the order aside."""
    aside = order_set_aside(decided, plan.commit, plan.environment)
    return "" if aside else why_out_of_order(decided, plan.release, plan.environment, plan.comes_after)


def order_set_aside(decided: Decided, commit: str, environment: str) -> OverrideRecord | None:
    """Return with which word somebody let this candidate go into the environment before its turn."""
    if decided.get(CandidateRecord, commit) is None:
        return None
    words = (one for one in decided.all(OverrideRecord) if one.gate == ORDER and one.candidate == commit)
    return next((one for one in words if one.environment in ("", environment)), None)


def stop_after(plan: RolloutPlan, wave: int) -> int:
    """Return the number of the first wave from this one on that a person has to promote beyond."""
    return next((one.number for one in plan.waves if one.number >= wave and one.waits), len(plan.waves))


def last_at_work(rollout: RolloutRecord) -> tuple[str, bool]:
    """Return the last station whose steps may have run, and whether some of them may still.

    One that took over and could not begin, as the steps of the one before were not proved to have ended, ran none. Of
    what was done or rolled back, every step has ended.
    """
    if rollout.unproved:
        return rollout.former, True
    has_ended = rollout.phase in (RolloutPhase.DONE, RolloutPhase.ROLLED_BACK)
    return rollout.station, rollout.begun is not None and not has_ended


def host_at_work(rollout: RolloutRecord) -> str:
    """Return the machine of the last station whose steps may have run."""
    return rollout.former_host if rollout.unproved else rollout.host


def check_station(decided: Decided, station: str, environment: str) -> None:
    """Raise Refused for a station whose word would not count: nothing would ever come of the rollout."""
    reason = why_not(decided, station_actor(station), "rollout.begun", environment)
    if reason:
        raise Refused(reason)


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
    if any(wave.weight is not None and not 0 <= wave.weight <= 100 for wave in plan.waves):
        raise Refused("a wave's weight is no percentage")
    if not all(0 <= wave.soak_s <= LONGEST_SOAK_S for wave in plan.waves):
        raise Refused("a wave soaks for no time that can be waited for")
    _check_servers(plan)


def _check_servers(plan: RolloutPlan) -> None:
    servers = plan.servers
    if not servers:
        raise Refused("it has no servers")
    if len(set(servers)) != len(servers):
        raise Refused("a server stands in two of its waves")
    if len(plan.waves) > MOST_WAVES or len(servers) > MOST_SERVERS:
        raise Refused(f"it has more than {MOST_WAVES} waves, or more than {MOST_SERVERS} servers")
    names = (*servers, *(wave.name for wave in plan.waves))
    if "" in servers or any(len(name) > LONGEST_NAME for name in names):
        raise Refused("a server or wave has no name, or one that nobody could read")


def _release(decided: Decided, plan: RolloutPlan) -> ReleaseRecord:
    release = decided.get(ReleaseRecord, plan.release)
    if release is None:
        raise Refused(f"release {plan.release} was never cut")
    planned, cut = (plan.commit, plan.tag, dict(plan.digests)), (release.candidate, release.tag, dict(release.digests))
    if planned != cut:
        raise Refused(f"the plan is not of what was cut as {plan.release}")
    return release


def _check_lock(decided: Decided, release: ReleaseRecord, event: Event) -> None:
    lock = lock_against(decided, event.target, event.actor, is_hotfix=release.is_hotfix)
    if lock is not None:
        scope = "everything" if lock.scope == EVERYWHERE else lock.scope
        raise Refused(f"{lock.by.actor} has locked {scope}: {lock.reason}")


def _check_order(decided: Decided, plan: RolloutPlan) -> None:
    why = why_not_its_turn(decided, plan)
    if why:
        raise Refused(why)


def _check_starter(decided: Decided, event: Event) -> None:
    holder = holder_of(decided, event.target)
    if event.actor.startswith(STATION_PREFIX):
        _check_start_by_itself(decided, event, holder)
    elif holder != event.actor:
        who = f"{holder} has" if holder else "nobody has"
        raise Refused(f"{who} the controls of {event.target}: take them first")


def _check_start_by_itself(decided: Decided, event: Event, holder: str) -> None:
    """Once for each release: what people ended or brought back does not begin again by itself."""
    body: RolloutStarted = event.body
    if holder:
        raise Refused(f"{holder} has the controls of {event.target}: nothing starts by itself there")
    if event.actor != station_actor(body.station):
        raise Refused(f"{event.actor} starts what it executes itself, and nothing for {body.station}", is_alarm=True)
    for rollout in decided.all(RolloutRecord):
        if (rollout.environment, rollout.plan.release) == (event.target, body.plan.release):
            raise Refused(f"{rollout.rollout} brought {rollout.plan.release} there before: a person has to start it")
