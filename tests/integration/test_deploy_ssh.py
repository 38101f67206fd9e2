"""Releases side by side on a server, through the real OpenSSH client and server."""

import hashlib
import io
import json
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ssh_server import SshServer, ssh_server
from step_world import StepWorld

from cockpit.config.rollout_settings import DeployTable, SshTable
from cockpit.deploy.deployer import DeployJob
from cockpit.deploy.order import StepResult, StepState
from cockpit.deploy.ssh_release import SshDeployer

RESTART = ["sh", "-c", "echo restarted $1 in $(pwd -P); cat app", "sh", "{version}"]


class Desk:
    """One server, releases on this machine, and a journal."""

    def __init__(self, folder: Path, server: SshServer) -> None:
        self.folder = folder
        self.root = folder / "srv" / "app"
        self.server = server
        self.world = StepWorld(folder / "rollouts")
        self.digests: dict[str, str] = {}
        self.table = SshTable(
            host="127.0.0.1",
            config=str(server.config),
            artefact="dist/app-{version}.tar.gz",
            root=str(self.root),
            restart=RESTART,
            keep=2,
        )

    def build(self, version: str, content: str = "") -> str:
        """Make an artefact; returns its digest."""
        (self.folder / "dist").mkdir(exist_ok=True)
        path = self.folder / "dist" / f"app-{version}.tar.gz"
        body = (content or f"this is {version}\n").encode()
        with tarfile.open(path, "w:gz") as archive:
            entry = tarfile.TarInfo("app")
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))
        self.digests[version] = f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
        return self.digests[version]

    def job(self, version: str, **more: object) -> DeployJob:
        job = DeployJob("production-1", "production", ("eu-1",), version, digest=self.digests.get(version, ""))
        return replace(job, **more)  # type: ignore[arg-type]

    def deploy(self, version: str, timeout_s: float = 60.0, **more: object) -> StepResult:
        deployer = SshDeployer(DeployTable(kind="ssh", ssh=self.table, timeout_s=timeout_s), self.folder)
        self.world.number += 1
        step_id = f"{self.world.rollout}.f{self.world.number}.eu-1.deploy"
        self.world.steps.begin(deployer.order(self.job(version, **more), step_id))
        return self.world.wait(step_id, 60)

    def current(self) -> str:
        return str((self.root / "current").readlink())

    def releases(self) -> set[str]:
        return {entry.name for entry in (self.root / "releases").iterdir()}


@pytest.fixture
def desk(need_program: Callable[[str, str], Path], tmp_path: Path) -> Iterator[Desk]:
    with ssh_server(need_program, tmp_path) as server:
        desk = Desk(tmp_path, server)
        yield desk
        desk.world.end_all()


def test_a_release_is_copied_checked_switched_to_and_restarted(desk: Desk) -> None:
    digest = desk.build("1.0")
    result = desk.deploy("1.0")
    assert (result.state, result.reason) == (StepState.SUCCEEDED, "")
    assert desk.current() == "releases/1.0"
    assert (desk.root / "current" / "app").read_text() == "this is 1.0\n"
    assert (desk.root / "current" / ".cockpit-digest").read_text() == f"{digest}\n"
    log = result.log.read_text()
    assert f"restarted 1.0 in {desk.root}/releases/1.0\nthis is 1.0" in log
    assert sorted(entry.name for entry in desk.root.iterdir() if "incoming" in entry.name) == []


def test_the_way_back_moves_the_link_and_copies_nothing(desk: Desk) -> None:
    for version in ("1.0", "1.1"):
        desk.build(version)
        assert desk.deploy(version).state is StepState.SUCCEEDED
    (desk.folder / "dist" / "app-1.0.tar.gz").unlink()
    result = desk.deploy("1.0", direction="back", release_before="1.1")
    assert result.state is StepState.SUCCEEDED, result
    assert desk.current() == "releases/1.0"
    assert "copying" not in result.log.read_text()


def test_a_former_release_with_another_digest_is_copied_again(desk: Desk) -> None:
    for version in ("1.0", "1.1"):
        desk.build(version)
        desk.deploy(version)
    (desk.root / "releases" / "1.0" / ".cockpit-digest").write_text("sha256:" + "0" * 64 + "\n")
    result = desk.deploy("1.0", direction="back")
    assert result.state is StepState.SUCCEEDED, result
    assert "copying" in result.log.read_text()
    assert (desk.root / "current" / "app").read_text() == "this is 1.0\n"


def test_an_artefact_that_is_not_the_release_is_not_even_copied(desk: Desk) -> None:
    desk.build("1.0")
    desk.deploy("1.0")
    digest = desk.build("1.1")
    desk.build("1.1", "tampered with\n")
    result = desk.deploy("1.1", digest=digest)
    assert result.state is StepState.FAILED
    assert "not what was released" in result.reason
    assert desk.current() == "releases/1.0"
    assert desk.releases() == {"1.0"}


def test_a_copy_that_is_damaged_on_the_way_switches_nothing(desk: Desk) -> None:
    """A real ssh, with a program before it that loses a byte of what is copied."""
    desk.build("1.0")
    desk.deploy("1.0")
    desk.build("1.1")
    tools = desk.folder / "tools"
    tools.mkdir()
    lossy = tools / "ssh"
    lossy.write_text(f'#!/bin/sh\nhead -c -1 | exec {desk.server.client} "$@"\n')
    lossy.chmod(0o755)
    deployer = SshDeployer(DeployTable(kind="ssh", ssh=desk.table), desk.folder)
    order = deployer.order(desk.job("1.1"), f"{desk.world.rollout}.f9.eu-1.deploy")
    path = f"{tools}:{order.environment['PATH']}"
    desk.world.steps.begin(replace(order, environment={**order.environment, "PATH": path}))
    result = desk.world.wait(order.step_id, 60)
    assert result.state is StepState.FAILED
    assert "nothing was switched" in result.reason
    assert desk.current() == "releases/1.0"
    assert desk.releases() == {"1.0"}


def test_old_releases_go_and_the_one_before_stays_however_old(desk: Desk) -> None:
    for version in ("1.0", "1.1", "1.2", "1.3"):
        desk.build(version)
        assert desk.deploy(version, release_before="1.0").state is StepState.SUCCEEDED
    assert desk.releases() == {"1.0", "1.2", "1.3"}
    (desk.root / "releases" / "by-hand").mkdir()
    desk.build("1.4")
    assert desk.deploy("1.4").state is StepState.SUCCEEDED
    assert desk.releases() == {"1.3", "1.4", "by-hand"}


def test_a_restart_that_fails_says_so_and_says_that_it_is_switched(desk: Desk) -> None:
    desk.table = SshTable(
        host="127.0.0.1", config=desk.table.config, artefact=desk.table.artefact, root=desk.table.root,
        restart=["sh", "-c", "echo port in use >&2; exit 7"],
    )  # fmt: skip
    desk.build("1.0")
    result = desk.deploy("1.0")
    assert result.state is StepState.FAILED
    assert "switched to 1.0, but sh has failed with exit status 7: port in use" in result.reason


def test_a_service_that_the_restart_leaves_holds_neither_the_connection_nor_the_server(desk: Desk) -> None:
    pid_file = desk.folder / "service"
    desk.table = SshTable(
        host="127.0.0.1", config=desk.table.config, artefact=desk.table.artefact, root=desk.table.root,
        restart=["sh", "-c", f"setsid sleep 30 & echo $! > {pid_file}"],
    )  # fmt: skip
    desk.build("1.0")
    result = desk.deploy("1.0", timeout_s=20)
    assert result.state is StepState.SUCCEEDED, result
    desk.world.until(lambda: not desk.world.steps.is_locked("eu-1"))
    subprocess.run(["kill", pid_file.read_text().strip()], check=True)


def test_who_has_lost_the_controls_deploys_no_more(desk: Desk) -> None:
    for version in ("1.0", "1.1"):
        desk.build(version)
    assert desk.deploy("1.0", token=7).state is StepState.SUCCEEDED
    result = desk.deploy("1.1", token=6)
    assert result.state is StepState.FAILED
    assert "controls were taken over" in result.reason
    assert desk.current() == "releases/1.0"
    assert desk.deploy("1.1", token=7).state is StepState.SUCCEEDED


def test_a_server_that_is_not_reached_is_named_with_the_reason(desk: Desk) -> None:
    desk.build("1.0")
    desk.table = SshTable(
        host="127.0.0.1", config=desk.table.config, port=1, artefact=desk.table.artefact, root=desk.table.root
    )
    result = desk.deploy("1.0")
    assert result.state is StepState.FAILED
    assert "eu-1 was not reached by ssh" in result.reason
    assert "refused" in result.reason


@pytest.mark.parametrize(
    "version",
    ["1.0; touch /tmp/x", "$(id)", "`id`", "a b", "a'b\"c", "../../etc", ".hidden", "x\\y", "ünï\u202ecode", "!!"],
)
def test_no_version_is_more_than_a_name_on_the_server(desk: Desk, version: str) -> None:
    (desk.folder / "dist").mkdir()
    artefact = desk.folder / "dist" / "app.bin"
    artefact.write_bytes(b"binary")
    desk.table = SshTable(
        host="127.0.0.1", config=desk.table.config, artefact="dist/app.bin", root=str(desk.root / "it's $HOME"),
        restart=["printf", "<%s>\\n", "{version}"],
    )  # fmt: skip
    result = desk.deploy(version)
    assert result.state is StepState.SUCCEEDED, result
    root = desk.root / "it's $HOME"
    assert len(list((root / "releases").iterdir())) == 1
    assert (root / "current" / "app.bin").read_bytes() == b"binary"
    if version.isascii():
        assert f"<{version}>" in result.log.read_text()


@pytest.mark.parametrize("shell", ["bash", "dash", "csh", "fish", "zsh"])
def test_the_login_shell_of_a_server_makes_no_difference(shell: str) -> None:
    from shutil import which

    from cockpit.deploy.ssh_recipe import remote_command

    if which(shell) is None:
        pytest.skip(f"{shell} is not installed here")
    line = remote_command("printf '%s|' \"it's\" '$HOME' 'a\\b' '!!' \"\n\"; cat")
    done = subprocess.run([shell, "-c", line], input=b"given", capture_output=True, check=True)
    assert done.stdout == b"it's|$HOME|a\\b|!!|\n|given"


def test_what_would_be_done_is_shown_before_anything_is(desk: Desk) -> None:
    digest = desk.build("1.0")
    lines = SshDeployer(DeployTable(kind="ssh", ssh=desk.table), desk.folder).shown(desk.job("1.0"))
    text = "\n".join(lines)
    assert lines[0].startswith("ssh -T -x -F ")
    assert "BatchMode=yes" in lines[0]
    assert lines[0].endswith("-- 127.0.0.1 sh")
    assert digest in text
    assert f"{desk.root}/current -> releases/1.0" in text
    assert "sh 1.0" in text
    assert not desk.root.exists()


def test_a_deployment_that_is_ended_midway_leaves_the_server_as_it_was(desk: Desk) -> None:
    desk.build("1.0")
    desk.deploy("1.0")
    desk.build("1.1")
    tools = desk.folder / "tools"
    tools.mkdir()
    slow = tools / "ssh"
    slow.write_text(f'#!/bin/sh\n{{ head -c 10; sleep 30; }} | {desk.server.client} "$@"\n')
    slow.chmod(0o755)
    deployer = SshDeployer(DeployTable(kind="ssh", ssh=desk.table, timeout_s=2.0), desk.folder)
    order = deployer.order(desk.job("1.1"), f"{desk.world.rollout}.f9.eu-1.deploy")
    path = f"{tools}:{order.environment['PATH']}"
    desk.world.steps.begin(replace(order, environment={**order.environment, "PATH": path}))
    assert desk.world.wait(order.step_id, 60).state is StepState.TIMED_OUT
    assert desk.current() == "releases/1.0"
    assert desk.releases() == {"1.0"}
    assert json.loads(order.argv[-1])[0][1]["digest"] == desk.digests["1.1"]
