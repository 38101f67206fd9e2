"""Which environment a zone belongs to, and which zones an environment has."""

from collections.abc import Iterator

from cockpit.config.settings import Settings


def environment_of_zone(settings: Settings, zone: str) -> str:
    """Return the environment of a zone: project.environment where nothing else is said."""
    return settings.servers.environments.get(zone, settings.project.environment)


def zones_of(settings: Settings, environment: str) -> tuple[str, ...]:
    """Return the zones of an environment in the order of the settings."""
    return tuple(zone for zone in settings.servers.zones if environment_of_zone(settings, zone) == environment)


def names_outside(settings: Settings, environment: str) -> frozenset[str]:
    """Return every zone and server of the other environments."""
    return frozenset(_names_outside(settings, environment))


def _names_outside(settings: Settings, environment: str) -> Iterator[str]:
    for zone, servers in settings.servers.zones.items():
        if environment_of_zone(settings, zone) != environment:
            yield zone
            yield from servers
