"""Rollouts that move traffic, over a real HAProxy: what clients get is what the cockpit shows."""

import contextlib
import http.client
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from traffic_world import Haproxy, haproxy, traffic_table, versions_seen

from cockpit.agent.rollout.starting import plan_now
from cockpit.config.loading import load_settings
from cockpit.deploy.traffic import build_router
from cockpit.domain.decisions.rollout_bodies import RolledBack, RolloutAborted, RolloutPromoted
from cockpit.domain.decisions.rollout_record import RolloutPhase
from cockpit.domain.rollout.live import RolloutLive
from cockpit.domain.rollout.traffic import Admin, TrafficState
from tests.integration.rollout_world import NEW, OLD, Fleet, RolloutWorld, rollout_world, until

DONE, ABORTED, ROLLED_BACK = RolloutPhase.DONE, RolloutPhase.ABORTED, RolloutPhase.ROLLED_BACK

CANARY = """
strategy = "canary"
waves = [{ name = "canary", count = 1, weight = 20, soak_s = 1, waits = true }, { name = "rest", parallel = 2 }]
"""
BLUE_GREEN = """
strategy = "blue-green"
colours = { blue = ["eu"], green = ["us"] }
"""
AB = """
strategy = "ab"
waves = [{ name = "variant B", zones = ["us"], weight = 50, soak_s = 1 }]
[rollout.ab]
link = "https://experiments.example.invalid/7"
figures = [{ name = "conversion", metric = "conversions_total", per = "http_requests_total" }]
"""


class Entrance:
    """The world behind its load balancer."""

    def __init__(self, world: RolloutWorld, balancer: Haproxy) -> None:
        self.world = world
        self.balancer = balancer

    def start(self) -> str:
        """Start what the settings plan now."""
        settings = load_settings(self.world.root / "cockpit.toml")
        seen = self.world.feed()
        until(lambda: seen.overview().fleet.total == len(self.world.fleet.names), self.world.log)
        self.world.olu.sync()
        planned = plan_now(settings, self.world.olu.decided, [], [], environment="production", version=NEW)
        servers = [row for row in seen.servers.fetch(range(len(self.world.fleet.names))) if row is not None]
        planned = plan_now(settings, self.world.olu.decided, servers, [], environment="production", version=NEW)
        seen.close()
        return self.world.start(planned.plan)

    def read(self) -> TrafficState:
        router = build_router(traffic_table(str(self.balancer.socket)))
        assert router is not None
        return router.read()

    def share(self) -> float:
        """What HAProxy itself gives the servers that run the release."""
        new = [name for name in self.world.fleet.names if self.world.fleet.runs(name) == NEW]
        return self.read().share(new) or 0.0

    def live(self, rollout: str) -> RolloutLive | None:
        told = self.world.feed().overview().rollouts
        return next((one.live for one in told if one.live.rollout == rollout), None)


@contextmanager
def entrance(folder: Path, program: Path, table: str) -> Iterator[Entrance]:
    with ExitStack() as stack:
        made: list[Haproxy] = []

        def tables(fleet: Fleet) -> str:
            made.append(stack.enter_context(haproxy(program, fleet.ports)))
            return f'[rollout.traffic]\nsocket = "{made[0].socket}"\nbackend = "payments"\ndrain_s = 1\n'

        world = stack.enter_context(rollout_world(folder, rollout=tables))
        settings = world.root / "cockpit.toml"
        keys, found, tables_more = table.partition("\n[rollout.")
        text = settings.read_text().replace("[rollout]\n", f"[rollout]\n{keys}\n", 1)
        settings.write_text(f"{text}{found}{tables_more}")
        world.trust()
        world.station()
        yield Entrance(world, made[0])


@pytest.fixture
def program(need_program: Callable[[str, str], Path]) -> Path:
    return need_program("haproxy", "haproxy")


def test_a_canary_gets_its_share_and_then_everything(tmp_path: Path, program: Path) -> None:
    with entrance(tmp_path, program, CANARY) as here:
        rollout = here.start()
        here.world.until_it_waits_for(rollout, "waits for somebody to promote it to wave 2")
        live = here.live(rollout)
        assert live is not None
        assert live.weight_set == 20
        assert live.weight_read == pytest.approx(20, abs=1)
        seen = versions_seen(here.balancer.port, 2000)
        assert 100 * seen[NEW] / 2000 == pytest.approx(live.weight_read, abs=3)
        here.world.say("rollout.promote", rollout, RolloutPromoted(2))
        here.world.until_phase(rollout, DONE)
        assert versions_seen(here.balancer.port, 200) == {NEW: 200}
        assert {one.admin for one in here.read().servers} == {Admin.READY}


def test_a_restarted_balancer_is_read_again_and_told_again(tmp_path: Path, program: Path) -> None:
    """It forgets every weight: what was asked for is never taken for what is."""
    with entrance(tmp_path, program, CANARY.replace("soak_s = 1", "soak_s = 20")) as here:
        rollout = here.start()
        until(lambda: (live := here.live(rollout)) and live.doing == "soaking", here.world.log)
        assert here.share() == pytest.approx(20, abs=1)
        here.balancer.restart()
        until(lambda: here.share() == pytest.approx(20, abs=1), lambda: str(here.read()))
        here.balancer.kill()
        until(lambda: (live := here.live(rollout)) and live.weight_read is None, here.world.log)
        here.balancer.start()
        until(lambda: here.share() == pytest.approx(20, abs=1), lambda: str(here.read()))


def test_aborting_takes_the_traffic_away_from_the_new_version_and_rolling_back_the_version(
    tmp_path: Path, program: Path
) -> None:
    with entrance(tmp_path, program, CANARY) as here:
        rollout = here.start()
        here.world.until_it_waits_for(rollout, "waits for somebody to promote it to wave 2")
        here.world.say("rollout.abort", rollout, RolloutAborted("nobody likes it"))
        here.world.until_phase(rollout, ABORTED)
        until(lambda: here.share() == 0, lambda: str(here.read()))
        assert versions_seen(here.balancer.port, 100) == {OLD: 100}
        here.world.say("rollout.rollback", rollout, RolledBack("nobody likes it"))
        here.world.until_phase(rollout, ROLLED_BACK)
        assert {here.world.fleet.runs(name) for name in here.world.fleet.names} == {OLD}
        assert all(one.effective > 0 for one in here.read().servers), str(here.read())


def test_blue_green_deploys_beside_the_traffic_and_moves_it_as_a_whole(tmp_path: Path, program: Path) -> None:
    with entrance(tmp_path, program, BLUE_GREEN) as here:
        router = build_router(traffic_table(str(here.balancer.socket)))
        assert router is not None
        blue, green = here.world.fleet.names[:2], here.world.fleet.names[2:]
        router.set_weights(dict.fromkeys(blue, 100) | dict.fromkeys(green, 0))
        rollout = here.start()
        record = here.world.record(rollout)
        assert [wave.servers for wave in record.plan.waves] == [green, ()]
        here.world.until_it_waits_for(rollout, "waits for somebody to promote it to wave 2")
        assert versions_seen(here.balancer.port, 100) == {OLD: 100}
        here.world.say("rollout.promote", rollout, RolloutPromoted(2))
        here.world.until_phase(rollout, DONE)
        assert [here.world.fleet.runs(name) for name in (*blue, *green)] == [OLD, OLD, NEW, NEW]
        assert versions_seen(here.balancer.port, 100) == {NEW: 100}
        here.world.say("rollout.rollback", rollout, RolledBack("sums are wrong"))
        here.world.until_phase(rollout, ROLLED_BACK)
        assert versions_seen(here.balancer.port, 100) == {OLD: 100}


def test_an_ab_rollout_compares_its_variants_until_the_business_decides(tmp_path: Path, program: Path) -> None:
    with entrance(tmp_path, program, AB) as here:
        for name in here.world.fleet.names:
            here.world.fleet.misbehave(name, "converts", NEW)
        rollout = here.start()
        over = threading.Event()
        asking = threading.Thread(target=ask_until, args=(here.balancer.port, over))
        asking.start()
        try:
            here.world.until_it_waits_for(rollout, "variant B for all")
            until(lambda: "B higher" in _verdicts(here, rollout), lambda: str(here.live(rollout)))
        finally:
            over.set()
            asking.join()
        words = [sys.executable, "-m", "cockpit", "-C", str(here.world.root), "rollout", "status", "--json"]
        told = json.loads(subprocess.run(words, capture_output=True, text=True, check=False).stdout)
        said = {one["name"]: one for one in told["live"]["measured"]}
        assert "conversion" in said["conversion"]["said"]
        assert said["experiment"]["said"] == "https://experiments.example.invalid/7"
        here.world.say("rollout.promote", rollout, RolloutPromoted(2))
        here.world.until_phase(rollout, DONE)
        assert {here.world.fleet.runs(name) for name in here.world.fleet.names} == {NEW}


def _verdicts(here: Entrance, rollout: str) -> set[str]:
    live = here.live(rollout)
    return {one.verdict for one in live.measured} if live else set()


def ask_until(port: int, over: threading.Event) -> None:
    while not over.wait(0.002):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/buy")
            connection.getresponse().read()
