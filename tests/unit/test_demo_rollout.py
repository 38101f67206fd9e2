"""What the demo's settings make of a rollout in fleets of every size, and how its builds go bad."""

import random
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cockpit.commands import parser
from cockpit.config.loading import parse_settings
from cockpit.config.rollout_wishes import wish_of
from cockpit.config.settings import Settings
from cockpit.config.trust import commands_of
from cockpit.demo import deploy
from cockpit.demo.builds import SOUND, Defect, defect_of, digest_of, put_defect
from cockpit.demo.entrance import Entrance
from cockpit.demo.fleet_plan import ZONES, Place, Running, wanted
from cockpit.demo.folder import DemoFolder
from cockpit.demo.rollout_table import STATION, rollout_table
from cockpit.demo.scenario import SCENARIOS, Pace, scenario_of
from cockpit.demo.server import Server
from cockpit.demo.settings_file import settings_text
from cockpit.domain.decisions.records import By, ReleaseRecord
from cockpit.domain.rollout.plan import OnFailure, RolloutPlan
from cockpit.domain.rollout.plan import Running as RunningNow
from cockpit.domain.rollout.planning import plan_of
from cockpit.domain.rollout.wish import ServerNow

NOW = datetime(2026, 11, 20, 9, 40, tzinfo=UTC)
ENTRANCE = Entrance(8080, "/tmp/balancer.sock", 0, ())
RELEASE = ReleaseRecord(
    version="1.43.1", candidate="a" * 40, tag="v1.43.1", changes=(), inactive=(), digests={"payments": "sha256:1"},
    train="", is_hotfix=True, by=By("maria", NOW, 1),
)  # fmt: skip


def places_of(count: int) -> list[Place]:
    held = socket.socket()
    held.close()
    zones = [ZONES[number * len(ZONES) // count] for number in range(count)]
    return [Place(f"{zone}-{number:04}", zone, 9000, held) for number, zone in enumerate(zones)]


def settings_of(count: int, scenario: str = "good", speed: float = 1.0) -> Settings:
    pace = Pace(speed, count)
    table = rollout_table(DemoFolder(Path("/tmp/demo")), ENTRANCE, pace, scenario_of(scenario))
    return parse_settings(settings_text(places_of(count), NOW, "UTC", table, speed), "cockpit.toml")


def plan_for(count: int, scenario: str = "good") -> RolloutPlan:
    settings = settings_of(count, scenario)
    servers = [ServerNow(one.name, one.zone, RunningNow("v1.43.0")) for one in places_of(count)]
    return plan_of(wish_of(settings.rollout), servers, RELEASE, environment="production").plan


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 8, 12, 100, 5000])
def test_every_server_is_in_one_wave_and_the_first_wave_is_small(count: int) -> None:
    plan = plan_for(count)
    assert sorted(plan.servers) == sorted(place.name for place in places_of(count))
    assert len(plan.waves[0].servers) == (2 if count >= 8 else 1)
    assert all(wave.servers for wave in plan.waves)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 12])
def test_a_share_of_the_traffic_is_set_aside_where_it_can_be(count: int) -> None:
    weights = [wave.weight for wave in plan_for(count).waves]
    assert weights == ([20.0, 50.0, 100.0] if count >= 4 else [None] * len(weights))


@pytest.mark.parametrize("speed", [0.1, 1.0, 20.0, 1000.0])
@pytest.mark.parametrize("count", [1, 3, 12, 5000])
def test_the_least_traffic_that_is_asked_for_comes(count: int, speed: float) -> None:
    pace, analysis = Pace(speed, count), settings_of(count, speed=speed).rollout.analysis
    assert analysis.min_requests <= max(3.0, pace.canary_requests / 2)
    assert pace.soak_s > 2 * pace.probe_s


def test_the_station_and_what_it_runs_are_named() -> None:
    settings = settings_of(12)
    assert settings.rollout.station == STATION
    keys = [command.key for command in commands_of(settings)]
    assert "rollout.deploy.command" in keys
    assert "rollout.smoke.contract tests.command" in keys


@pytest.mark.parametrize("name", SCENARIOS)
def test_only_a_slow_burn_goes_back_by_itself(name: str) -> None:
    assert (plan_for(12, name).on_failure is OnFailure.ROLL_BACK) is (name == "slow-burn")


def test_the_command_line_knows_every_scenario() -> None:
    assert tuple(SCENARIOS) == parser.SCENARIOS


def test_the_deployment_is_a_program_of_its_own(tmp_path: Path) -> None:
    folder = DemoFolder(tmp_path)
    folder.fleet.mkdir()

    def deployed(*arguments: str) -> int:
        program = [sys.executable, "-I", deploy.__file__]
        return subprocess.run([*program, *arguments], capture_output=True, cwd="/").returncode

    build = ("v1.43.1", "a" * 40, "sha256:12")
    assert deployed(str(folder.fleet), "eu-1-01", *build) == 1
    (folder.fleet / "eu-1-01.json").write_text("{}")
    assert deployed(str(folder.fleet), "eu-1-01", *build) == 0
    assert wanted(folder, "eu-1-01") == Running(*build)
    assert deployed() == 2


def test_a_version_is_sound_unless_it_was_built_badly(tmp_path: Path) -> None:
    folder = DemoFolder(tmp_path)
    put_defect(folder, "v1.43.1", Defect(is_mute=True))
    assert defect_of(folder, "1.43.1") == Defect(is_mute=True)
    assert defect_of(folder, "v1.43.0") == SOUND
    assert digest_of("v1.43.1", "a") == digest_of("1.43.1", "a") != digest_of("1.43.1", "b")


def server(defect: Defect) -> Server:
    return Server("eu-1-01", "eu-1", Running("v1.43.1", "a" * 40, "sha256:12"), defect)


async def asked(one: Server, path: str, times: int = 1) -> list[int]:
    return [(await one._answer(path))[0] for _ in range(times)]


async def test_a_broken_build_fails_orders_alone() -> None:
    one = server(Defect(broken_path="/orders"))
    assert await asked(one, "/orders/o-17") == [500]
    assert await asked(one, "/payments") == [200]
    assert await asked(one, "/healthz") == [200]


async def test_a_mute_build_works_and_tells_no_metrics() -> None:
    assert await asked(server(Defect(is_mute=True)), "/metrics") == [404]
    assert await asked(server(SOUND), "/metrics") == [200]


async def test_a_wearing_build_begins_well_and_gets_worse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda *_: 0.0)
    one = server(Defect(wears_after=10, wear=0.02))
    assert await asked(one, "/orders", 10) == [200] * 10
    later = [await asked(one, "/orders", 50) for _ in range(2)]
    assert 0 < later[0].count(500) < 40
    assert later[1].count(500) >= later[0].count(500)
