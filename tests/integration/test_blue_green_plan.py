"""Which colour is idle is read from a real HAProxy when the plan is made, and never assumed."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from traffic_world import OLD, Haproxy, Product, haproxy

from cockpit.agent.rollout.starting import plan_now
from cockpit.config.loading import parse_settings
from cockpit.config.settings import Settings
from cockpit.deploy.traffic import build_router
from cockpit.domain.decisions.by import By
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.records import ReleaseRecord
from cockpit.domain.rollout.planning import Planned
from cockpit.errors import DeployError

BLUE, GREEN = ("blue-01", "blue-02"), ("green-01", "green-02")
BY = By("maria", 7, datetime(2026, 11, 18, 10, tzinfo=UTC))
SETTINGS = """
[servers.zones.zone-a]
blue-01 = "http://127.0.0.1:1"
blue-02 = "http://127.0.0.1:2"
[servers.zones.zone-b]
green-01 = "http://127.0.0.1:3"
green-02 = "http://127.0.0.1:4"
[rollout]
strategy = "blue-green"
colours = {{ blue = ["zone-a"], green = ["zone-b"] }}
[rollout.traffic]
socket = "{socket}"
backend = "payments"
"""


@pytest.fixture
def balancer(need_program: Callable[[str, str], Path]) -> Iterator[Haproxy]:
    program = need_program("haproxy", "haproxy")
    with Product(dict.fromkeys(BLUE + GREEN, OLD)) as product, haproxy(program, product.ports) as made:
        yield made


@pytest.fixture
def settings(balancer: Haproxy) -> Settings:
    return parse_settings(SETTINGS.format(socket=balancer.socket), "cockpit.toml")


def plan(settings: Settings) -> Planned:
    decided = Decided()
    decided.put("1.43.0", ReleaseRecord("1.43.0", "9f" * 20, "v1.43.0", (), (), {}, "", False, BY))
    return plan_now(settings, decided, [], [], environment="production", version="1.43.0")


def give(settings: Settings, live: tuple[str, ...], idle: tuple[str, ...]) -> None:
    router = build_router(settings.rollout.traffic)
    assert router is not None
    router.set_weights(dict.fromkeys(live, 100) | dict.fromkeys(idle, 0))


@pytest.mark.parametrize(("live", "idle", "name"), [(BLUE, GREEN, "green"), (GREEN, BLUE, "blue")])
def test_the_release_goes_to_the_colour_without_traffic(
    settings: Settings, live: tuple[str, ...], idle: tuple[str, ...], name: str
) -> None:
    give(settings, live, idle)
    beside, switch = plan(settings).plan.waves
    assert (beside.name, beside.servers, beside.weight) == (name, idle, 0.0)
    assert (switch.servers, switch.weight) == ((), 100.0)


def test_while_both_have_traffic_or_none_has_there_is_no_plan(settings: Settings) -> None:
    with pytest.raises(DeployError, match="both colours have traffic"):
        plan(settings)
    give(settings, (), BLUE + GREEN)
    with pytest.raises(DeployError, match="no colour has traffic"):
        plan(settings)


def test_a_load_balancer_that_is_gone_is_no_plan_either(settings: Settings, balancer: Haproxy) -> None:
    balancer.kill()
    with pytest.raises(DeployError):
        plan(settings)
