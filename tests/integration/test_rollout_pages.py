"""Pages of a team's own rule, over the metrics of real servers, while a wave is watched."""

from pathlib import Path

from cockpit.agent.rollout.starting import plan_now
from cockpit.config.loading import load_settings
from cockpit.domain.alert import Alert, AlertState
from cockpit.domain.decisions.rollout_record import RolloutPhase, RolloutRecord
from cockpit.domain.rollout.plan import OnFailure, Wave
from cockpit.ui.feed import Query
from tests.integration.rollout_world import (
    NEW,
    OLD,
    RolloutWorld,
    begun_on,
    rollout_world,
    until,
)

DONE, HALTED, ROLLED_BACK = RolloutPhase.DONE, RolloutPhase.HALTED, RolloutPhase.ROLLED_BACK

RULE = """
[rollout.analysis]
min_requests = 0
[[alerts.rules]]
name = "RequestsFail"
metric = "http_requests_failed_total"
condition = "> 0"
severity = "page"
"""


def alerts(world: RolloutWorld) -> list[Alert]:
    pane = world.feed().alerts
    return [one for one in pane.fetch(pane.order(Query())) if one is not None]


def fails(world: RolloutWorld, server: str) -> None:
    """Have requests of users fail there, and wait until the rule says so."""
    world.fleet.change(server, errors=1.0)
    world.fleet.ask(server, 3)
    until(lambda: is_paged(world, server), world.log)
    world.fleet.change(server, errors=0)


def is_paged(world: RolloutWorld, server: str) -> bool:
    wanted = f"RequestsFail/{server}", AlertState.FIRING
    return any((one.alert_id, one.state) == wanted for one in alerts(world))


def baseline(world: RolloutWorld) -> tuple[str, ...]:
    """As whoever plans a rollout now takes it into the plan."""
    pane = world.feed().servers
    servers = [one for one in pane.fetch(pane.order(Query())) if one is not None]
    settings = load_settings(world.root / "cockpit.toml")
    planned = plan_now(settings, world.known_here(), servers, alerts(world), environment="production", version=NEW)
    return planned.plan.baseline


def starts(world: RolloutWorld, soak_s: float, **more: object) -> str:
    names = world.fleet.names
    waves = Wave(1, "first", names[:1], soak_s=soak_s), Wave(2, "rest", names[1:], parallel=3)
    return world.start(world.plan(*waves, **more))


def evidence_of(record: RolloutRecord) -> str:
    assert record.stopped is not None
    return record.stopped.evidence["pages"]


def test_a_page_that_fired_before_stops_nothing(tmp_path: Path) -> None:
    with rollout_world(tmp_path, rollout=RULE) as world:
        world.station()
        last = world.fleet.names[-1]
        until(lambda: world.feed().overview().fleet.total == 4, world.log)
        fails(world, last)
        before = baseline(world)
        assert before == (f"RequestsFail/{last}",)
        rollout = starts(world, 2.0, baseline=before)
        until(lambda: world.record(rollout).wave_done == 1 or world.record(rollout).stopped, world.log)
        assert is_paged(world, last)
        assert world.until_phase(rollout, DONE, HALTED).reason == ""


def test_a_new_page_of_a_server_that_was_deployed_to_halts_it_at_once_with_its_figure(tmp_path: Path) -> None:
    """Beside one that fired before, at another server."""
    with rollout_world(tmp_path, rollout=RULE) as world:
        world.station()
        first, last = world.fleet.names[0], world.fleet.names[-1]
        until(lambda: world.feed().overview().fleet.total == 4, world.log)
        fails(world, last)
        rollout = starts(world, 300.0, baseline=baseline(world))
        world.until_it_is_watched(rollout)
        fails(world, first)
        record = world.until_phase(rollout, HALTED)
        page = f"new page: RequestsFail at {first}: 3 (> 0) http_requests_failed_total"
        assert (record.reason, evidence_of(record)) == (page, page)
        assert begun_on(world.fleet) == [first]
        assert world.fleet.runs(first) == NEW


def test_a_new_page_takes_it_back_where_that_is_wanted(tmp_path: Path) -> None:
    with rollout_world(tmp_path, rollout=RULE) as world:
        world.station()
        first = world.fleet.names[0]
        rollout = starts(world, 300.0, on_failure=OnFailure.ROLL_BACK)
        world.until_it_is_watched(rollout)
        fails(world, first)
        record = world.until_phase(rollout, ROLLED_BACK)
        assert f"RequestsFail at {first}" in evidence_of(record)
        assert {world.fleet.runs(name) for name in world.fleet.names} == {OLD}


def test_what_was_the_old_versions_is_no_new_page_when_the_agent_is_started_again(tmp_path: Path) -> None:
    """It fires for some seconds more, so that what flaps is one alert; nobody had it in the plan."""
    with rollout_world(tmp_path, rollout=RULE) as world:
        world.station()
        first = world.fleet.names[0]
        until(lambda: world.feed().overview().fleet.total == 4, world.log)
        fails(world, first)
        rollout = starts(world, 3.0)
        world.until_it_is_watched(rollout)
        world.kill_station()
        world.station()
        assert is_paged(world, first)
        until(lambda: world.record(rollout).wave_done == 1 or world.record(rollout).stopped, world.log)
        assert world.until_phase(rollout, DONE, HALTED).reason == ""
