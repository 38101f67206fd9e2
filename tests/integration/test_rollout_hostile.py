"""Plans that somebody may start and that no station may carry out, and what a station finds of another's."""

from pathlib import Path

import pytest

from cockpit.agent.rollout.journal import Journal
from cockpit.deploy.order import StepOrder, StepState
from cockpit.deploy.steps import Steps
from cockpit.domain.decisions.rollout_bodies import RolledBack
from cockpit.domain.decisions.rollout_record import RolloutPhase
from cockpit.domain.rollout.plan import Running, Wave
from cockpit.domain.rollout.progress import Direction, Ending, ServerProgress, Stage
from tests.integration.rollout_world import NEW, OLD, RolloutWorld, rollout_world, until

MOMENT = "2026-11-26T10:00:00+00:00"


@pytest.fixture
def world(tmp_path: Path):  # noqa: ANN201
    with rollout_world(tmp_path, servers=2) as made:
        yield made


@pytest.mark.parametrize("name", ["../../etc/passwd", "-oProxyCommand=reboot", "{version}", "mars-9"])
def test_a_server_that_the_settings_do_not_name_is_not_deployed_to(world: RolloutWorld, name: str) -> None:
    """Not even the servers that they do name: it is not the plan that anybody was shown."""
    world.station()
    rollout = world.start(world.plan(Wave(1, "all", (name, *world.fleet.names), parallel=3)))
    words = world.until_it_waits_for(rollout, "cockpit.toml names no such server in production")
    assert name in words
    assert not world.fleet.deployments()


def test_who_may_act_in_one_environment_does_not_reach_servers_of_another(world: RolloutWorld) -> None:
    settings = world.root / "cockpit.toml"
    lines = settings.read_text().replace("[policy]", '[servers.environments]\nus = "staging"\n[policy]')
    settings.write_text(lines)
    world.trust()
    world.station()
    rollout = world.start()
    world.until_it_waits_for(rollout, "cockpit.toml names no such server in production: us-0")
    assert not world.fleet.deployments()


def test_nothing_goes_to_another_address_than_was_planned(world: RolloutWorld) -> None:
    """Whoever may change cockpit.toml would have the second server deployed, and tested, where the first is."""
    first, second = (world.fleet.url(name) for name in world.fleet.names)
    plan, settings = world.plan(), world.root / "cockpit.toml"
    settings.write_text(settings.read_text().replace(second, first))
    world.trust()
    world.station()
    rollout = world.start(plan)
    world.until_it_waits_for(rollout, "its servers have other addresses in cockpit.toml than when it was planned")
    assert not world.fleet.deployments()


def test_nothing_goes_back_to_what_a_server_never_ran(world: RolloutWorld) -> None:
    """The plan says what servers ran before: a version that was never cut would come onto them by a roll back."""
    world.station()
    before = {name: Running("6.6.6") for name in world.fleet.names}
    rollout = world.start(world.plan(before=before))
    words = world.until_it_waits_for(rollout, "start it anew")
    assert words == f"{world.fleet.names[0]} runs {OLD}, and 6.6.6 when it was planned: start it anew"
    world.say("rollout.rollback", rollout, RolledBack("never mind"))
    world.until_phase(rollout, RolloutPhase.ROLLED_BACK)
    assert not world.fleet.deployments()


def test_what_another_rollout_of_this_name_left_is_not_of_this_one(world: RolloutWorld) -> None:
    """A ledger that was made anew counts from the beginning, and the state of the machine is still there."""
    rollout = world.start()
    record = world.record(rollout)
    journal = Journal(world.places.rollouts / "journal", rollout)
    journal.note_of(MOMENT)
    for name in world.fleet.names:
        journal.note_server(ServerProgress(name, Direction.FORWARD, 1, Stage.READY, Ending.PASSED, record.started.at))
    steps, step = Steps(world.places.rollouts), f"{rollout}.f1.{world.fleet.names[0]}.deploy"
    steps.begin(StepOrder(step, world.fleet.names[:1], ("/bin/true",), {}, 10.0))
    until(lambda: steps.look(step).state is StepState.SUCCEEDED, "no step")
    world.station()
    world.until_phase(rollout, RolloutPhase.DONE)
    assert {world.fleet.runs(name) for name in world.fleet.names} == {NEW}
