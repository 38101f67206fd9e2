"""The team's own playbook through the real Ansible, on loopback."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from step_world import StepWorld

from cockpit.config.rollout_settings import DeployTable
from cockpit.deploy.ansible import AnsibleDeployer
from cockpit.deploy.deployer import DeployJob
from cockpit.deploy.order import StepState

INVENTORY = """
[app]
eu-1 ansible_connection=local ansible_python_interpreter=auto_silent
eu-2 ansible_connection=local ansible_python_interpreter=auto_silent
eu-3 ansible_connection=local ansible_python_interpreter=auto_silent
"""

PLAYBOOK = """
- hosts: app
  gather_facts: false
  tasks:
    - name: write what runs
      ansible.builtin.raw: >-
        printf '%s' {{ (cockpit_version ~ ' ' ~ cockpit_direction) | quote }} >
        {{ (playbook_dir ~ '/' ~ inventory_hostname) | quote }}
    - name: fail where asked
      ansible.builtin.raw: "false"
      when: cockpit_version == 'bad'
    - name: hang where asked
      ansible.builtin.raw: sleep 120
      when: cockpit_version == 'slow'
"""


@pytest.fixture
def root(need_program: Callable[[str, str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    need_program("ansible-playbook", "ansible-core, from PyPI")
    # A terminal's language that Ansible refuses is no business of these tests.
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("COCKPIT_SECRET_TOKEN", "hidden")
    (tmp_path / "hosts.ini").write_text(INVENTORY)
    (tmp_path / "deploy.yml").write_text(PLAYBOOK)
    return tmp_path


@pytest.fixture
def world(tmp_path: Path) -> Iterator[StepWorld]:
    world = StepWorld(tmp_path / "rollouts")
    yield world
    world.end_all()


def deployer(root: Path, timeout_s: float = 90.0, **more: object) -> AnsibleDeployer:
    table = DeployTable(
        kind="ansible", playbook="deploy.yml", inventory="hosts.ini", per="wave", timeout_s=timeout_s, **more
    )  # type: ignore[arg-type]
    return AnsibleDeployer(table, root)


def job(version: str, *servers: str) -> DeployJob:
    return DeployJob("production-1", "production", servers, version)


def test_a_playbook_reaches_the_servers_of_the_wave_and_no_other(root: Path, world: StepWorld) -> None:
    order = deployer(root).order(job("1.0 it's {new}", "eu-1", "eu-2"), f"{world.rollout}.f1.wave-1.deploy")
    assert "COCKPIT_SECRET_TOKEN" not in order.environment
    world.steps.begin(order)
    result = world.wait(order.step_id, 90)
    assert result.state is StepState.SUCCEEDED, result.log.read_text()
    assert (root / "eu-1").read_text() == "1.0 it's {new} forward"
    assert (root / "eu-2").read_text() == "1.0 it's {new} forward"
    assert not (root / "eu-3").exists()
    assert "PLAY RECAP" in result.log.read_text()


def test_a_playbook_that_fails_or_knows_no_such_server_has_failed(root: Path, world: StepWorld) -> None:
    for number, (version, server) in enumerate((("bad", "eu-1"), ("1.0", "us-9"))):
        order = deployer(root).order(job(version, server), f"{world.rollout}.f{number}.wave-1.deploy")
        world.steps.begin(order)
        result = world.wait(order.step_id, 90)
        assert result.state is StepState.FAILED
        assert result.reason.startswith("exit status ")


def test_a_playbook_that_hangs_is_ended_with_all_that_it_started(root: Path, world: StepWorld) -> None:
    order = deployer(root).order(job("slow", "eu-1"), f"{world.rollout}.f1.wave-1.deploy")
    world.steps.begin(order)
    world.until_it_prints(order.step_id, "hang where asked", 60)
    world.steps.end(order.step_id)
    result = world.wait(order.step_id, 60)
    assert (result.state, result.reason) == (StepState.FAILED, "ended on request")
    world.until(lambda: not world.steps.is_locked("eu-1"))
