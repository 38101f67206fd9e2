"""A real ssh server of our own, on loopback, for the user who runs the tests."""

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

SETTINGS = """
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

CLIENT = """
Host *
  Port {port}
  IdentityFile {folder}/user_key
  IdentitiesOnly yes
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  LogLevel ERROR
"""


@dataclass(frozen=True, slots=True)
class SshServer:
    """One that listens."""

    port: int
    client: Path
    """The program `ssh`."""
    config: Path
    """What the client needs to know: `ssh -F CONFIG 127.0.0.1`."""


@contextlib.contextmanager
def ssh_server(need_program: Callable[[str, str], Path], folder: Path) -> Iterator[SshServer]:
    """Start one in `folder`, and end it."""
    server = need_program("sshd", "openssh-server")
    client, keygen = need_program("ssh", "openssh-client"), need_program("ssh-keygen", "openssh-client")
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    for name in ("host_key", "user_key"):
        subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    settings, log, config = folder / "sshd_config", folder / "sshd.log", folder / "ssh_config"
    settings.write_text(SETTINGS.format(port=port, folder=folder))
    config.write_text(CLIENT.format(port=port, folder=folder))
    process = subprocess.Popen([server, "-f", settings, "-E", log, "-D"])
    try:
        _wait_for(port, process, log)
        yield SshServer(port, client, config)
    finally:
        process.terminate()
        process.wait()


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
