"""Makes the plan of a rollout out of what a team wishes, the servers that are there, and a release that was cut."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from cockpit.domain.custody import plain_version
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.records import ReleaseRecord
from cockpit.domain.fleet import Health
from cockpit.domain.record import record
from cockpit.domain.rollout.blue_green import blue_green_waves
from cockpit.domain.rollout.plan import RolloutPlan, Running, Strategy, Wave
from cockpit.domain.rollout.wave_making import Waves, make_waves, sized, spread_over_zones
from cockpit.domain.rollout.wish import RolloutWish, ServerNow, WaveWish
from cockpit.errors import ConfigError, DeployError

FIRST_SERVERS = 2
"""Servers of the first wave where nobody wishes for another."""

REST_SHARE = 10
"""One in so many servers is out of service at once in the last wave where nobody wishes for another."""

VARIANT_B = WaveWish(name="variant B", percent=50.0, weight=50.0)
"""Of an A/B rollout where nobody wishes for another."""

NAMED_MOST = 5
"""Servers that one remark names."""


@record(frozen=True, slots=True)
class Planned:
    """A plan, and what whoever starts it should know of how it was made."""

    plan: RolloutPlan
    remarks: tuple[str, ...] = ()


def release_of(decided: Decided, version: str) -> ReleaseRecord:
    """Return the release that was cut under this version; raises DeployError where none was."""
    found = decided.get(ReleaseRecord, version) or decided.get(ReleaseRecord, version.removeprefix("v"))
    if found is None:
        raise DeployError(
            f"no release {version} was cut", next_step="See those there are: cockpit release list; or cut it"
        )
    return found


def plan_of(
    wish: RolloutWish,
    servers: Sequence[ServerNow],
    release: ReleaseRecord,
    *,
    environment: str,
    elsewhere: Collection[str] = (),
    weights: Mapping[str, float] | None = None,
    again: bool = False,
    baseline: tuple[str, ...] = (),
    comes_after: tuple[str, ...] = (),
) -> Planned:
    """Return the plan to bring a release onto the servers of an environment.

    `elsewhere` are zones and servers of other environments: one plan serves all, so that a wave which names them has
    nothing to take here. `weights` are servers and their weights as the load balancer told them, None where it was not
    asked; blue/green needs them to know which colour is live. `again` also goes to servers that all run the release.

    Rolling and canary put every server into exactly one wave. Blue/green deploys to the idle colour alone and then
    switches in a wave without servers and of weight 100. A/B has a wave of variant B, which waits for the business to
    decide: promoted, the second brings it to all.

    Raises DeployError for what cannot be done here now and ConfigError for what cannot be done with these settings.
    """
    if not servers:
        raise DeployError(
            f"there are no servers in {environment}",
            next_step="Name them under [servers.zones] in cockpit.toml; cockpit sync asks them",
        )
    _refuse_without_traffic(wish)
    if not again and all(runs_release(release, server.runs) for server in servers):
        raise DeployError(
            f"all servers of {environment} run {release.version} already",
            next_step="To deploy it once more: --again",
        )
    made = _waves(wish, servers, elsewhere, weights)
    touched = {name for wave in made.waves for name in wave.servers}
    plan = RolloutPlan(
        environment=environment,
        release=release.version,
        commit=release.candidate,
        tag=release.tag,
        strategy=wish.strategy,
        waves=_with_last_weight(made.waves),
        digests=dict(release.digests),
        before={server.name: server.runs for server in servers if server.name in touched},
        on_failure=wish.on_failure,
        needs_second=wish.needs_second,
        settings=wish.settings,
        baseline=baseline,
        comes_after=comes_after,
    )
    return Planned(plan, (*made.remarks, *_of_servers(servers, touched, release)))


def runs_release(release: ReleaseRecord, runs: Running) -> bool:
    """Tell whether what a server reports is this release; of one that reports another digest it is not."""
    if runs.digest and release.digests and runs.digest not in release.digests.values():
        return False
    if runs.version and plain_version(runs.version) in (plain_version(release.version), plain_version(release.tag)):
        return True
    return len(runs.commit) >= 7 and release.candidate.startswith(runs.commit)


def _refuse_without_traffic(wish: RolloutWish) -> None:
    if wish.has_traffic:
        return
    strategy = wish.strategy
    if strategy in (Strategy.BLUE_GREEN, Strategy.AB):
        what = f"a rollout of strategy {strategy.value} moves traffic, and no load balancer is configured"
    elif any(wave.weight is not None for wave in wish.waves):
        what = "a wave sets a weight, and no load balancer is configured"
    else:
        return
    raise ConfigError(what, where="cockpit.toml: rollout.traffic", next_step="Name it under [rollout.traffic]")


def _waves(
    wish: RolloutWish,
    servers: Sequence[ServerNow],
    elsewhere: Collection[str],
    weights: Mapping[str, float] | None,
) -> Waves:
    if wish.strategy is Strategy.BLUE_GREEN:
        return blue_green_waves(wish, servers, weights)
    if wish.strategy is Strategy.AB:
        return _variant_b(wish, servers, elsewhere)
    made = make_waves(wish.waves or _by_default(len(servers)), servers, elsewhere)
    if not wish.waves:
        return made
    taken = {name for wave in made.waves for name in wave.servers}
    rest = [server for server in servers if server.name not in taken]
    if not rest:
        return made
    return Waves((*made.waves, _rest(wish.waves[-1], rest, len(made.waves) + 1)), made.remarks)


def _by_default(servers: int) -> tuple[WaveWish, ...]:
    first = WaveWish(name="first", count=FIRST_SERVERS, waits=True)
    return first, WaveWish(name="rest", parallel=max(1, servers // REST_SHARE))


def _rest(last: WaveWish, servers: Sequence[ServerNow], number: int) -> Wave:
    """What no wave takes goes the way of the last wave, and has a name of its own."""
    wish = WaveWish(name="rest", parallel=last.parallel, soak_s=last.soak_s)
    return sized(wish, number, tuple(server.name for server in spread_over_zones(servers)))


def _variant_b(wish: RolloutWish, servers: Sequence[ServerNow], elsewhere: Collection[str]) -> Waves:
    wanted = wish.waves[0] if wish.waves else VARIANT_B
    weight = VARIANT_B.weight if wanted.weight is None else wanted.weight
    wanted = replace(wanted, name=wanted.name or VARIANT_B.name, weight=weight, waits=True)
    made = make_waves((wanted,), servers, elsewhere)
    if not made.waves or len(made.waves[0].servers) == len(servers):
        have = "no server" if not made.waves else "every server"
        raise DeployError(
            f"variant B would have {have}, and nothing could be compared",
            next_step="Let the first wave under [rollout] take some servers: percent = 50",
        )
    ignored = ("only the first wave counts: it is variant B",) if len(wish.waves) > 1 else ()
    taken = set(made.waves[0].servers)
    rest = _rest(wanted, [server for server in servers if server.name not in taken], 2)
    return Waves((*made.waves, replace(rest, name="variant B for all")), (*made.remarks, *ignored))


def _with_last_weight(waves: tuple[Wave, ...]) -> tuple[Wave, ...]:
    """Where waves set weights, what is deployed everywhere gets all of the traffic."""
    if len(waves) < 2 or waves[-1].weight is not None or all(wave.weight is None for wave in waves):
        return waves
    return (*waves[:-1], replace(waves[-1], weight=100.0))


def _of_servers(servers: Sequence[ServerNow], touched: Collection[str], release: ReleaseRecord) -> list[str]:
    mine = [server for server in servers if server.name in touched]
    there = [server.name for server in mine if runs_release(release, server.runs)]
    mute = [server.name for server in mine if not (server.runs.version or server.runs.commit)]
    remarks = [f"{server.name} is {server.health.value}" for server in mine if server.health is not Health.UP]
    if len(remarks) > NAMED_MOST:
        remarks = [*remarks[:NAMED_MOST], f"and {len(remarks) - NAMED_MOST} more servers are not up"]
    if there:
        remarks.append(f"runs {release.version} already: {_named(there)}")
    if mute:
        remarks.append(f"what it runs is not known, so that it cannot be rolled back: {_named(mute)}")
    return remarks


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED_MOST} more" if len(names) > NAMED_MOST else ""
    return ", ".join(names[:NAMED_MOST]) + more
