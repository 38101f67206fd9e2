"""The screen over a real ssh connection, as most teams will see it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bench.terminal import Terminal

from cockpit.agent.lock import is_held
from cockpit.agent.presence import open_screens
from cockpit.config.places import Places, find_repository, places_for

SERVER = """
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/user_key.pub
PidFile {folder}/sshd.pid
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
"""


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Path]:
    root = tmp_path / "payments"
    root.mkdir()
    for args in (["init", "-q", "-b", "main"], ["commit", "-q", "--allow-empty", "-m", "feat: pay by card (#1)"]):
        subprocess.run(["git", "-C", str(root), *args], check=True)
    yield root
    _end_agent(places_for(find_repository(root)))


@pytest.fixture
def ssh(need_program: Callable[[str, str], Path], tmp_path: Path) -> Iterator[list[str]]:
    """Return the command that leads to a server of our own, on loopback, for the user who runs the tests."""
    server = need_program("sshd", "openssh-server")
    client, keygen = need_program("ssh", "openssh-client"), need_program("ssh-keygen", "openssh-client")
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    for name in ("host_key", "user_key"):
        subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name], check=True)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    settings = tmp_path / "sshd_config"
    settings.write_text(SERVER.format(port=port, folder=tmp_path))
    log = tmp_path / "sshd.log"
    process = subprocess.Popen([server, "-f", settings, "-E", log, "-D"])
    options = ["IdentitiesOnly=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"]
    try:
        _wait_for(port, process, log)
        yield [
            str(client), "-tt", "-F", "/dev/null", "-p", str(port), "-i", str(tmp_path / "user_key"),
            *(word for option in options for word in ("-o", option)), "127.0.0.1",
        ]  # fmt: skip
    finally:
        process.terminate()
        process.wait()


def test_a_cut_connection_ends_the_screen_and_the_agent_goes_on(ssh: list[str], repository: Path) -> None:
    places = places_for(find_repository(repository))
    with Terminal([*ssh, _screen_command(repository)], size=(120, 36)) as terminal:
        _until(lambda: "pay by card" in _seen(terminal), terminal)
        assert open_screens(places) == 1
        # As when the network goes: the client is gone without a word.
        os.kill(terminal.pid, 9)
        _until(lambda: open_screens(places) == 0, terminal)
    assert is_held(places.agent_lock)


def test_leaving_the_screen_leaves_the_shell_as_it_was(ssh: list[str], repository: Path) -> None:
    with Terminal([*ssh, f"{_screen_command(repository)}; stty -a; echo code $?"], size=(120, 36)) as terminal:
        _until(lambda: "pay by card" in _seen(terminal), terminal)
        terminal.press("q")
        _until(lambda: "code 0" in _seen(terminal), terminal)
        after = _seen(terminal).rpartition("speed")[2]
        assert " icanon" in after
        assert " echo " in after


def _screen_command(repository: Path) -> str:
    kept = [f"{name}='{value}'" for name, value in os.environ.items() if name.startswith(("XDG_", "GIT_", "HOME"))]
    return f"{' '.join(kept)} {sys.executable} -m cockpit -C {repository}"


def _seen(terminal: Terminal) -> str:
    terminal.read(0.1)
    return terminal.text()


def _until(holds: Callable[[], bool], terminal: Terminal) -> None:
    give_up_at = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < give_up_at, terminal.text()
        time.sleep(0.02)


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    give_up_at = time.monotonic() + 30
    while time.monotonic() < give_up_at and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"sshd does not listen: {log.read_text() if log.exists() else process.poll()}")


def _end_agent(places: Places) -> None:
    from cockpit.agent.lock import holder

    pid = holder(places.agent_lock).get("pid", "")
    if pid.isdigit():
        os.kill(int(pid), 9)
