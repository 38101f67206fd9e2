"""The demo as a program of its own, without a screen, and what can be seen of it from outside."""

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from cockpit.config.loading import load_settings
from cockpit.demo.folder import DemoFolder
from cockpit.demo.surroundings import environment

needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks at processes through /proc")
WITHIN_S = 8.0


@dataclass
class Demo:
    process: "subprocess.Popen[str]"
    folder: DemoFolder

    @property
    def pids(self) -> list[int]:
        return [int(entry.name) for entry in self.folder.processes.iterdir()]

    @property
    def state(self) -> Path:
        return next(iter((self.folder.home / ".local/state/cockpit").glob("payments-*")), self.folder.root / "nowhere")

    def stations(self) -> list[int]:
        return [int(entry.name) for entry in self.folder.processes.iterdir() if entry.read_text() == "agent"]

    def cockpit(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command as who sits at the demo."""
        return subprocess.run(
            [sys.executable, "-P", "-m", "cockpit", *arguments],
            cwd=self.folder.clone,
            env=environment(self.folder),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def servers(self) -> dict[str, str]:
        zones = load_settings(self.folder.clone / "cockpit.toml").servers.zones
        return {name: url for zone in zones.values() for name, url in zone.items()}


@contextmanager
def demo(temporary: Path, *arguments: str) -> Iterator[Demo]:
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "cockpit", "demo", "--no-screen", *arguments],
        env=os.environ | {"TMPDIR": str(temporary)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    with process:
        assert process.stdout is not None
        line = process.stdout.readline()
        clone = re.match(r"cd (\S+) && ", line)
        assert clone, line
        try:
            yield Demo(process, DemoFolder(Path(clone[1]).parent))
        finally:
            process.terminate()
            process.wait(WITHIN_S * 2)


def until(holds: Callable[[], object], within_s: float = WITHIN_S, every_s: float = 0.05) -> bool:
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(every_s)
    return True


def is_alive(pid: int) -> bool:
    with suppress(OSError):
        # A zombie waits for its parent and does nothing any more.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def answer(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - loopback, from our own settings
            return str(response.read(), "utf-8")
    except urllib.error.HTTPError as error:
        with error:
            return str(error.read(), "utf-8")
    except OSError:
        return ""
