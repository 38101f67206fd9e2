"""How traffic is moved between servers: what every load balancer has to be able to do for a rollout."""

import threading
from collections.abc import Collection, Mapping
from typing import Protocol

from cockpit.config.rollout_settings import TrafficTable
from cockpit.deploy.haproxy import HaproxyRouter
from cockpit.domain.rollout.traffic import TrafficState
from cockpit.errors import ConfigError


class Router(Protocol):
    """The team's load balancer.

    Every call blocks, for some seconds at most (`wait_drained` for as long as it is told): call it in a thread. Every
    call returns the state that was READ after its deed and never what was asked for. DeployError: it could not be
    asked, it refused, or it is in another state than asked for; after it nothing is known but what `read` says.
    Servers are named as the plan names them.
    """

    @property
    def where(self) -> str:
        """Address and backend, for people."""

    def read(self) -> TrafficState:
        """Return what the load balancer does now; raises DeployError."""

    def set_weights(self, weights: Mapping[str, int]) -> TrafficState:
        """Give each of these servers its weight, 0 to 256; raises DeployError."""

    def drain(self, servers: Collection[str]) -> TrafficState:
        """Send these servers no new sessions; raises DeployError."""

    def put_in_maintenance(self, servers: Collection[str]) -> TrafficState:
        """Send these servers nothing and check them no more; raises DeployError."""

    def make_ready(self, servers: Collection[str]) -> TrafficState:
        """Let these servers have traffic again, as soon as they are up; raises DeployError."""

    def wait_drained(self, servers: Collection[str], stop: threading.Event | None = None) -> TrafficState:
        """Return once these servers have no session left, the time configured for it is over, or `stop` is set.

        Its caller reads from what is returned which of them it was (`state.sessions(servers)`). Raises DeployError.
        """


def build_router(settings: TrafficTable | None) -> Router | None:
    """Return the load balancer of `[rollout.traffic]`, None without one; asks nobody. Raises ConfigError."""
    if settings is None:
        return None
    if settings.kind != "haproxy":
        raise ConfigError(
            f"nobody knows the load balancer {settings.kind!r}",
            where="[rollout.traffic] kind",
            next_step="Write 'haproxy'",
        )
    return HaproxyRouter(settings)
