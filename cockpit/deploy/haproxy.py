"""Moves traffic through HAProxy's runtime socket: what is done is read back, and what was read is what counts."""

import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import TypeVar

from cockpit.config.rollout_settings import TrafficTable
from cockpit.deploy.haproxy_answers import NAME, Figures, Standing, figures, standings
from cockpit.deploy.haproxy_socket import Deadline, RuntimeSocket
from cockpit.domain.rollout.traffic import Admin, Operation, ServerTraffic, TrafficState
from cockpit.domain.rollout.weights import HIGHEST
from cockpit.errors import ConfigError, DeployError
from cockpit.text import clean

PATIENCE_S = 4.0
"""For one operation; a few thousand servers are given a little more, by `COMMAND_S` each."""
COMMAND_S = 0.005
LOOK_EVERY_S = 0.2
_NAMED = 5
"""Servers that an error names; of the others it says how many."""

Kind = TypeVar("Kind")


class HaproxyRouter:
    """One backend of one HAProxy; see `Router`. Keeps no state and no connection, so several threads may share it."""

    def __init__(self, settings: TrafficTable) -> None:
        """Ask nobody yet; raises ConfigError for a name that HAProxy would not take."""
        self._backend = _name_in_settings(settings.backend, "backend")
        self._names = {ours: _name_in_settings(theirs, f"servers.{ours}") for ours, theirs in settings.servers.items()}
        self._ours = {theirs: ours for ours, theirs in self._names.items()}
        if len(self._ours) < len(self._names):
            raise ConfigError(
                "two servers have one name at the load balancer",
                where="[rollout.traffic] servers",
                next_step="Part them",
            )
        self._socket = RuntimeSocket(settings.socket)
        self._drain_s = settings.drain_s

    @property
    def where(self) -> str:
        """Address and backend, for people."""
        return f"{clean(self._socket.address, 120)} backend {self._backend}"

    def read(self) -> TrafficState:
        """Return what HAProxy does now; raises DeployError."""
        return self._read(Deadline(PATIENCE_S))

    def set_weights(self, weights: Mapping[str, int]) -> TrafficState:
        """Give each of these servers its weight; raises DeployError, also when one has another afterwards."""
        for server, weight in weights.items():
            if not 0 <= weight <= HIGHEST:
                raise self._trouble(f"{clean(server)} cannot have weight {weight}", f"HAProxy takes 0 to {HIGHEST}")
        # Those that get more come first: between two commands there must not be a moment in which nobody has any.
        ordered = sorted(weights.items(), key=lambda pair: -pair[1])
        return self._write(
            ((server, f"weight {weight}") for server, weight in ordered), lambda seen: seen.other_weights(weights)
        )

    def drain(self, servers: Collection[str]) -> TrafficState:
        """Send these servers no new sessions; raises DeployError, also when one is not draining afterwards."""
        return self._put(Admin.DRAIN, servers)

    def put_in_maintenance(self, servers: Collection[str]) -> TrafficState:
        """Send these servers nothing; raises DeployError, also when one is not in maintenance afterwards."""
        return self._put(Admin.MAINT, servers)

    def make_ready(self, servers: Collection[str]) -> TrafficState:
        """Let these servers have traffic; raises DeployError, also when one is not ready afterwards."""
        return self._put(Admin.READY, servers)

    def wait_drained(self, servers: Collection[str], stop: threading.Event | None = None) -> TrafficState:
        """Return once these servers have no session, `drain_s` is over or `stop` is set; raises DeployError."""
        stop = stop or threading.Event()
        over_at = time.monotonic() + self._drain_s
        while True:
            seen = self.read()
            self._refuse_difference(list(seen.missing(servers)))
            left_s = over_at - time.monotonic()
            if not seen.sessions(servers) or left_s <= 0 or stop.wait(min(LOOK_EVERY_S, left_s)):
                return seen

    def _put(self, admin: Admin, servers: Collection[str]) -> TrafficState:
        return self._write(
            ((server, f"state {admin.value}") for server in servers), lambda seen: seen.otherwise_than(admin, servers)
        )

    def _write(
        self, deeds: Iterable[tuple[str, str]], differences: Callable[[TrafficState], Iterable[str]]
    ) -> TrafficState:
        """Every name is looked at before the first command leaves; HAProxy's own words only explain a difference."""
        commands = [f"set server {self._backend}/{self._name_there(server)} {deed}" for server, deed in deeds]
        deadline = Deadline(PATIENCE_S + COMMAND_S * len(commands))
        said = [self._said(command, deadline) for command in commands]
        seen = self._read(deadline)
        self._refuse_difference(list(differences(seen)), next((words for words in said if words), ""))
        return seen

    def _said(self, command: str, deadline: Deadline) -> str:
        """Return HAProxy's objection, '' for none; an empty answer is a connection that broke off."""
        answer = self._socket.ask(command, deadline)
        if not answer.endswith("\n"):
            raise self._trouble(
                f"no complete answer to '{command}'", "Look whether HAProxy was restarted; the state is read again"
            )
        return clean(answer.strip(), 200)

    def _read(self, deadline: Deadline) -> TrafficState:
        standing = self._asked(f"show servers state {self._backend}", standings, deadline)
        figure = self._asked(f"show stat {self._backend} 4 -1", figures, deadline)
        if standing.keys() != figure.keys():
            raise self._trouble("the servers changed while they were read", "It is read again")
        servers = tuple(_traffic(self._name_here(name), standing[name], figure[name]) for name in standing)
        return TrafficState(self._backend, servers, datetime.now(UTC))

    def _asked(self, command: str, read: Callable[[str, str], dict[str, Kind]], deadline: Deadline) -> dict[str, Kind]:
        answer = self._socket.ask(command, deadline)
        try:
            return read(answer, self._backend)
        except ValueError as error:
            words = clean(answer.strip(), 80)
            raise self._trouble(
                f"'{command}' was answered with '{words}': {error}",
                "Look whether this is HAProxy's runtime socket and has this backend",
            ) from error

    def _name_there(self, server: str) -> str:
        name = self._names.get(server, server)
        if server not in self._names and name in self._ours:
            raise self._trouble(f"'{name}' is the load balancer's name of {self._ours[name]}", "Add it to 'servers'")
        if not NAME.fullmatch(name):
            raise self._trouble(
                f"HAProxy can have no server '{clean(name, 60)}'", "Write its name there into [rollout.traffic] servers"
            )
        return name

    def _name_here(self, name: str) -> str:
        """A stranger whose name is one of ours is told apart by its backend."""
        return self._ours.get(name, f"{self._backend}/{name}" if name in self._names else name)

    def _refuse_difference(self, lines: list[str], said: str = "") -> None:
        if not lines:
            return
        more = f" and {len(lines) - _NAMED} more" if len(lines) > _NAMED else ""
        because = f"; HAProxy said: {said.rstrip('.')}" if said else ""
        raise self._trouble(
            f"{'; '.join(clean(line) for line in lines[:_NAMED])}{more}{because}", _what_helps(said, self._backend)
        )

    def _trouble(self, what: str, next_step: str) -> DeployError:
        return DeployError(what, where=self.where, next_step=next_step)


def _traffic(server: str, standing: Standing, figure: Figures) -> ServerTraffic:
    at_work = standing.admin is Admin.READY and standing.operation in (Operation.UP, Operation.UNCHECKED)
    return ServerTraffic(
        server=server,
        weight=standing.weight,
        effective=figure.effective if at_work else 0,
        admin=standing.admin,
        operation=standing.operation,
        sessions=figure.sessions,
        backup=figure.backup,
    )


def _name_in_settings(name: str, key: str) -> str:
    if not NAME.fullmatch(name):
        raise ConfigError(
            f"'{clean(name, 60)}' is no name that HAProxy takes",
            where=f"[rollout.traffic] {clean(key, 60)}",
            next_step="Use letters, digits, '_', '-', '.' and ':'",
        )
    return name


def _what_helps(said: str, backend: str) -> str:
    if "Permission denied" in said:
        return "Give the socket 'level admin' in HAProxy's configuration"
    if "static LB algorithm" in said:
        return f"Give backend {backend} 'balance roundrobin', 'leastconn' or 'random'"
    return "Look at HAProxy: it was restarted, or somebody else moves its traffic"
