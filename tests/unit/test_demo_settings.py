"""The settings that the demo writes are settings that the cockpit reads."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from cockpit.config.loading import parse_settings
from cockpit.config.trust import commands_of
from cockpit.demo.fleet_plan import PROCESSES, ZONES, Place, in_processes, release, reserve
from cockpit.demo.settings_file import settings_text
from cockpit.errors import DemoError

NOW = datetime(2026, 11, 20, 9, 40, tzinfo=UTC)


@pytest.fixture
def places() -> Iterator[list[Place]]:
    reserved = reserve(100)
    yield reserved
    release(reserved)


def test_every_server_is_named_with_its_zone(places: list[Place]) -> None:
    settings = parse_settings(settings_text(places, NOW, "UTC"), "cockpit.toml")
    assert tuple(settings.servers.zones) == ZONES
    named = {name: url for zone in settings.servers.zones.values() for name, url in zone.items()}
    assert named == {place.name: place.url for place in places}


def test_there_is_a_command_to_trust_and_a_rule_to_fire(places: list[Place]) -> None:
    settings = parse_settings(settings_text(places, NOW, "UTC"), "cockpit.toml")
    assert [command.key for command in commands_of(settings)] == ["ci.local.command"]
    assert {rule.severity for rule in settings.alerts.rules} == {"page", "warn"}


def test_servers_share_processes_when_there_are_many(places: list[Place]) -> None:
    units = in_processes(places)
    assert len(units) == PROCESSES
    assert [place for unit in units for place in unit] == places


def test_ports_are_on_loopback_and_differ(places: list[Place]) -> None:
    addresses = [place.held.getsockname() for place in places]
    assert {host for host, _ in addresses} == {"127.0.0.1"}
    assert len(set(addresses)) == len(places)


def test_too_many_servers_are_refused_with_a_next_step() -> None:
    with pytest.raises(DemoError, match="--servers"):
        reserve(1_000_000)
