"""A station rolls a release out over real servers, by real steps, over a real ledger."""

from pathlib import Path

import pytest

from cockpit.domain.decisions.records import DeploymentCallRecord
from cockpit.domain.decisions.rollout_record import RolloutPhase
from tests.integration.rollout_world import (
    NEW,
    NEW_DIGEST,
    RolloutWorld,
    no_server_had_two_at_once,
    rollout_world,
    until,
)

DONE, HALTED, ROLLED_BACK = RolloutPhase.DONE, RolloutPhase.HALTED, RolloutPhase.ROLLED_BACK


@pytest.fixture
def world(tmp_path: Path):  # noqa: ANN201
    with rollout_world(tmp_path) as made:
        made.station()
        yield made


def test_a_release_reaches_every_server_wave_by_wave_and_asks_for_the_call(world: RolloutWorld) -> None:
    rollout = world.start()
    record = world.until_phase(rollout, DONE)
    assert [outcome.wave for outcome in record.waves] == [1, 2]
    assert {world.fleet.runs(name) for name in world.fleet.names} == {NEW}
    assert {world.fleet.digest(name) for name in world.fleet.names} == {NEW_DIGEST}
    first = next(line for line in world.fleet.deployments() if line[4] == "begins")
    assert first[2] == world.fleet.names[0]
    no_server_had_two_at_once(world.fleet)
    until(lambda: world.record(rollout) and world.jon.decided.get(DeploymentCallRecord, rollout), "no call was opened")
