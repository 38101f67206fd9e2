"""What a load balancer was last seen to do with each server."""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import Enum

from cockpit.domain.record import record
from cockpit.domain.rollout.weights import share_of


class Admin(Enum):
    """What somebody has told the load balancer to do with a server."""

    READY = "ready"
    DRAIN = "drain"
    """No new sessions; those it has may end."""
    MAINT = "maint"
    """Nothing at all, and no health checks."""


class Operation(Enum):
    """What the load balancer itself has found out about a server."""

    UP = "up"
    UNCHECKED = "unchecked"
    """Taken for up, as no health check is configured."""
    STOPPING = "stopping"
    """It answers and has asked for no new sessions."""
    DOWN = "down"


@record(frozen=True, slots=True)
class ServerTraffic:
    """One server as the load balancer has it."""

    server: str
    """As the plan calls it."""
    weight: int
    """As set, 0 to 256."""
    effective: int
    """What new sessions are shared out by now: 0 unless it is ready and up, and less than `weight` in a slow start."""
    admin: Admin
    operation: Operation
    sessions: int
    """Open at this moment."""
    backup: bool = False
    """Gets traffic only while no other server does."""

    def __str__(self) -> str:
        return f"weight {self.weight}, {self.admin.value}, {self.operation.value}"


@record(frozen=True, slots=True)
class TrafficState:
    """A whole backend, as read at one moment; it is never what somebody asked for."""

    backend: str
    servers: tuple[ServerTraffic, ...]
    """Every server of the backend, also those that no plan names."""
    read_at: datetime

    def of(self, server: str) -> ServerTraffic | None:
        """Return what is known of one server; None when the load balancer has none of this name."""
        return next((one for one in self.servers if one.server == server), None)

    def share(self, new: Collection[str]) -> float | None:
        """Return the percentage of new sessions that `new` get now; None when nobody gets any."""
        at_work = {one.server: one.effective for one in self.servers if not one.backup}
        if not any(at_work.values()):
            at_work = {one.server: one.effective for one in self.servers}
        return share_of(at_work, new)

    def sessions(self, servers: Collection[str]) -> int:
        """Return how many are still open on these servers."""
        asked = set(servers)
        return sum(one.sessions for one in self.servers if one.server in asked)

    def missing(self, servers: Collection[str]) -> tuple[str, ...]:
        """Return a line for each of these servers that the load balancer does not have."""
        seen = {one.server for one in self.servers}
        return tuple(f"{server} is not there" for server in servers if server not in seen)

    def other_weights(self, weights: Mapping[str, int]) -> tuple[str, ...]:
        """Return a line for each server that has another weight than this: restarted load balancers forget theirs."""
        seen = {one.server: one for one in self.servers}
        return tuple(
            f"{server} has weight {seen[server].weight}, not {weight}" if server in seen else f"{server} is not there"
            for server, weight in weights.items()
            if server not in seen or seen[server].weight != weight
        )

    def otherwise_than(self, admin: Admin, servers: Collection[str]) -> tuple[str, ...]:
        """Return a line for each of these servers that is in another administrative state."""
        seen = {one.server: one for one in self.servers}
        return tuple(
            f"{server} is {seen[server].admin.value}, not {admin.value}" if server in seen else f"{server} is not there"
            for server in servers
            if server not in seen or seen[server].admin is not admin
        )
