"""Makes the plan of a rollout that could start now, out of settings, decisions and what the servers say."""

from collections.abc import Sequence
from dataclasses import replace

from cockpit.config.rollout_wishes import addresses_digest, wish_of
from cockpit.config.settings import Settings
from cockpit.config.zones import addresses_of, environments_before, names_outside, servers_now
from cockpit.deploy.traffic import build_router
from cockpit.domain.alert import Alert, AlertState
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.fleet import Server
from cockpit.domain.rollout.plan import Strategy
from cockpit.domain.rollout.planning import Planned, plan_of, release_of


def plan_now(
    settings: Settings,
    decided: Decided,
    servers: Sequence[Server],
    alerts: Sequence[Alert],
    *,
    environment: str,
    version: str,
    strategy: Strategy | None = None,
    again: bool = False,
) -> Planned:
    """Return the plan to bring a release to an environment; raises DeployError and ConfigError.

    A strategy that moves traffic has the load balancer asked: that blocks for some seconds at most.
    """
    wish = wish_of(settings.rollout, strategy)
    planned = plan_of(
        wish,
        servers_now(settings, environment, servers),
        release_of(decided, version),
        environment=environment,
        elsewhere=names_outside(settings, environment),
        weights=_weights(settings) if wish.strategy is Strategy.BLUE_GREEN else None,
        again=again,
        baseline=tuple(sorted(alert.alert_id for alert in alerts if alert.state is AlertState.FIRING)),
        comes_after=environments_before(settings, decided.policy.environments, environment),
    )
    addresses = addresses_digest(addresses_of(settings), planned.plan.servers)
    return replace(planned, plan=replace(planned.plan, addresses=addresses))


def _weights(settings: Settings) -> dict[str, float] | None:
    router = build_router(settings.rollout.traffic)
    return {one.server: float(one.effective) for one in router.read().servers} if router else None
