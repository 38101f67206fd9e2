"""Which servers are to go back."""

from collections.abc import Collection, Iterable

from cockpit.domain.custody import plain_version
from cockpit.domain.decisions.rollout_record import RolloutRecord
from cockpit.domain.fleet import Health, Server

_ALL = "*"


def servers_to_restore(
    rollout: RolloutRecord,
    touched: Collection[str],
    back: Collection[str],
    servers: Iterable[Server],
) -> tuple[str, ...]:
    """Return the servers that the present roll back is about, those that are not up first, then the newest first.

    Touched are those of waves that are done, those whose deployment may have begun, and those that say they run it.
    """
    order = rollout.back
    if order is None or order.done is not None:
        return ()
    seen = {server.name: server for server in servers}
    done = {name for wave in rollout.plan.waves if wave.number <= rollout.wave_done for name in wave.servers}
    wanted = [
        name
        for name in reversed(rollout.plan.servers)
        if _is_in(order.scope, name, seen.get(name))
        and (name in touched or name in done or name in back or _runs_release(rollout, name, seen.get(name)))
    ]
    return tuple(sorted(wanted, key=lambda name: _is_up(seen.get(name))))


def _is_in(scope: str, name: str, server: Server | None) -> bool:
    kind, _, wanted = scope.partition("/")
    if scope == _ALL:
        return True
    return name == wanted if kind == "server" else server is not None and server.zone == wanted


def _runs_release(rollout: RolloutRecord, name: str, server: Server | None) -> bool:
    """A server that ran it before already is not changed by the rollout."""
    version = plain_version(rollout.plan.release)
    before = rollout.plan.before.get(name)
    if server is None or (before is not None and plain_version(before.version) == version):
        return False
    return plain_version(server.version) == version


def _is_up(server: Server | None) -> bool:
    return server is not None and server.health is Health.UP
