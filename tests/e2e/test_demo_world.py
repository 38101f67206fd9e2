"""The whole demo as a program: what it starts, what it leaves behind when it ends in any way."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from cockpit.deploy.order import StepOrder
from cockpit.deploy.steps import Steps
from tests.e2e.demo_program import WITHIN_S, answer, demo, is_alive, needs_proc, until


def test_twelve_servers_serve_two_versions_under_load(tmp_path: Path) -> None:
    with demo(tmp_path) as world:
        servers = world.servers()
        assert len(servers) == 12
        assert until(lambda: all(answer(url + "/healthz") == "ok\n" for url in servers.values()))
        versions = {json.loads(answer(url + "/version"))["version"] for url in servers.values()}
        assert versions == {"v1.42.0", "v1.43.0"}
        url = next(iter(servers.values()))
        assert until(lambda: re.search(r'http_requests_total\{code="200"\} [1-9]', answer(url + "/metrics")))


@needs_proc
def test_every_socket_is_on_loopback(tmp_path: Path) -> None:
    with demo(tmp_path) as world:
        assert until(lambda: len(listening(world.pids)) > 12)
        assert set(listening(world.pids)) == {"0100007F"}


def test_the_team_pushes_and_faults_come(tmp_path: Path) -> None:
    with demo(tmp_path, "--speed", "40") as world:
        head = (world.folder.remote / "refs/heads/release").read_text
        before = head()
        assert until(lambda: head() != before)
        assert until(lambda: (world.folder.root / "log" / "faults.log").read_text().count("Trouble(") >= 3)


def test_colleagues_keep_deciding_and_nothing_of_theirs_is_left(tmp_path: Path) -> None:
    with demo(tmp_path, "--speed", "40", "--servers", "1") as world:
        head = (world.folder.remote / "refs/heads/cockpit/ledger").read_text
        before = head()
        assert until(lambda: head() != before)
        decided = world.folder.log("colleagues").read_text
        assert until(lambda: decided().count(": shared") >= 5)
        assert ": refused" not in decided()
        pids = world.pids
    assert not world.folder.root.exists()
    assert not any(map(is_alive, pids))


def test_whoever_replaces_the_file_of_a_server_deploys(tmp_path: Path) -> None:
    with demo(tmp_path, "--servers", "3") as world:
        url = world.servers()["eu-1-01"] + "/version"
        assert until(lambda: "v1.43.0" in answer(url))
        new = world.folder.fleet / "new"
        new.write_text('{"version": "v9.9.9", "commit": "abc1234"}')
        new.replace(world.folder.fleet / "eu-1-01.json")
        assert until(lambda: "v9.9.9" in answer(url))


def test_a_killed_server_refuses_and_comes_back(tmp_path: Path) -> None:
    with demo(tmp_path, "--servers", "3") as world:
        url = world.servers()["us-1-01"] + "/healthz"
        assert until(lambda: answer(url))
        fault = world.folder.faults / "us-1-01.json"
        fault.write_text('{"killed": true}')
        assert until(lambda: not answer(url))
        fault.unlink()
        assert until(lambda: answer(url))


def test_hundred_servers_listen(tmp_path: Path) -> None:
    with demo(tmp_path, "--servers", "100") as world:
        servers = world.servers()
        assert len(servers) == 100
        assert until(lambda: all(answer(url + "/version") for url in servers.values()))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything(tmp_path: Path, number: signal.Signals) -> None:
    with demo(tmp_path) as world:
        pids = world.pids
        world.process.send_signal(number)
        assert world.process.wait(WITHIN_S) == 0
        assert not world.folder.root.exists()
        assert not any(map(is_alive, pids))


@needs_proc
def test_kill_leaves_no_process_and_no_folder(tmp_path: Path) -> None:
    with demo(tmp_path) as world:
        pids = world.pids
        assert len(pids) >= 5
        world.process.kill()
        assert until(lambda: not any(map(is_alive, pids)))
        assert until(lambda: not world.folder.root.exists())


@needs_proc
def test_a_step_that_outlived_its_station_ends_with_a_killed_demo(tmp_path: Path) -> None:
    with demo(tmp_path, "--servers", "1") as world:
        assert world.state.exists()
        steps = Steps(world.state / "rollouts")
        order = StepOrder(
            "production-1.f1.eu-1-01.deploy", ("eu-1-01",), ("sh", "-c", "trap '' TERM; sleep 600"), {}, 600
        )
        steps.begin(order)
        assert until(lambda: len(steps.living()) >= 3)
        step = steps.living()
        world.process.kill()
        assert until(lambda: not any(map(is_alive, step)))
        assert until(lambda: not world.folder.root.exists())


@needs_proc
def test_the_station_is_started_again_when_it_dies(tmp_path: Path) -> None:
    with demo(tmp_path, "--servers", "1") as world:
        assert until(lambda: [pid for pid in world.stations() if is_alive(pid)])
        (first,) = world.stations()
        os.kill(first, signal.SIGKILL)
        assert until(lambda: len(world.stations()) == 2)


@needs_proc
def test_the_next_demo_cleans_up_after_one_that_died_with_its_reaper(tmp_path: Path) -> None:
    with demo(tmp_path) as dead:
        for pid in dead.pids:
            if (dead.folder.processes / str(pid)).read_text() == "reaper":
                os.kill(pid, signal.SIGKILL)
        dead.process.kill()
        dead.process.wait()
    assert dead.folder.root.exists()
    with demo(tmp_path) as living:
        assert not dead.folder.root.exists()
        assert living.folder.root.exists()


def test_a_living_demo_is_left_alone_by_the_next(tmp_path: Path) -> None:
    with demo(tmp_path, "--servers", "1") as first, demo(tmp_path, "--servers", "1"):
        assert first.folder.root.exists()
        assert first.process.poll() is None


def test_keep_leaves_the_folder_and_ends_the_processes(tmp_path: Path) -> None:
    with demo(tmp_path, "--keep", "--servers", "2") as world:
        pids = world.pids
        world.process.terminate()
        world.process.wait(WITHIN_S)
    assert (world.folder.clone / "cockpit.toml").exists()
    assert not any(map(is_alive, pids))
    with demo(tmp_path, "--servers", "1"):
        assert world.folder.root.exists()


def test_an_unwritable_place_is_told_with_a_next_step(tmp_path: Path) -> None:
    (tmp_path / "a-file").touch()
    script = f"import tempfile; tempfile.tempdir = {str(tmp_path / 'a-file')!r}\n"
    script += "from cockpit.demo.folder import create_folder; create_folder(keep=False)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "no folder for the demo" in done.stderr
    assert "TMPDIR" in done.stderr


def test_missing_git_is_told(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "cockpit", "demo", "--no-screen"],
        env={**os.environ, "PATH": str(tmp_path), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "git is not installed" in done.stderr
    assert not list(tmp_path.glob("cockpit-demo-*"))


def listening(pids: list[int]) -> list[str]:
    """Return the hexadecimal address of every socket that one of these processes listens on."""
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    addresses = {row[9]: row[1].split(":")[0] for row in rows if row[3] == "0A"}
    inodes = set()
    for pid in pids:
        with suppress(OSError):
            for entry in Path(f"/proc/{pid}/fd").iterdir():
                with suppress(OSError):
                    inodes.add(entry.readlink().name)
    return [address for inode, address in addresses.items() if f"socket:[{inode}]" in inodes]
