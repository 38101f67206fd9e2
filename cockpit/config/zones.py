"""Which environment a zone belongs to, and which zones and servers an environment has."""

from collections.abc import Iterable, Iterator, Sequence

from cockpit.config.settings import Settings
from cockpit.domain.fleet import Health, Server
from cockpit.domain.rollout.plan import Running
from cockpit.domain.rollout.wish import ServerNow


def environment_of_zone(settings: Settings, zone: str) -> str:
    """Return the environment of a zone: project.environment where nothing else is said."""
    return settings.servers.environments.get(zone, settings.project.environment)


def zones_of(settings: Settings, environment: str) -> tuple[str, ...]:
    """Return the zones of an environment in the order of the settings."""
    return tuple(zone for zone in settings.servers.zones if environment_of_zone(settings, zone) == environment)


def servers_now(settings: Settings, environment: str, seen: Iterable[Server]) -> list[ServerNow]:
    """Return the servers of an environment as they were seen last, in the order of the settings.

    One that was never asked is there too: a rollout that leaves it out would leave it behind.
    """
    known = {server.name: server for server in seen}
    return [
        _server_now(name, zone, known.get(name))
        for zone in zones_of(settings, environment)
        for name in settings.servers.zones[zone]
    ]


def addresses_of(settings: Settings) -> dict[str, str]:
    """Return every server and its base address."""
    return {server: url for servers in settings.servers.zones.values() for server, url in servers.items()}


def names_outside(settings: Settings, environment: str) -> frozenset[str]:
    """Return every zone and server of the other environments."""
    return frozenset(_names_outside(settings, environment))


def environments_before(settings: Settings, environments: Sequence[str], environment: str) -> tuple[str, ...]:
    """Return those in front of an environment, in the order of rollout, that have servers."""
    if environment not in environments:
        return ()
    return tuple(before for before in environments[: environments.index(environment)] if zones_of(settings, before))


def _server_now(name: str, zone: str, seen: Server | None) -> ServerNow:
    if seen is None:
        return ServerNow(name, zone, Running(""), Health.UNKNOWN)
    return ServerNow(name, zone, Running(seen.version, seen.commit_id, seen.digest), seen.health)


def _names_outside(settings: Settings, environment: str) -> Iterator[str]:
    for zone, servers in settings.servers.zones.items():
        if environment_of_zone(settings, zone) != environment:
            yield zone
            yield from servers
