"""A release desk for tests of faults: a repository, a server, the agent, and the screen on a real terminal."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from bench.terminal import Terminal

from cockpit.agent.lock import holder
from cockpit.config.places import Places, find_repository, places_for

DEAF = (
    "import signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); from cockpit.cli import main; sys.exit(main())"
)
"""A screen that was started with `nohup`."""

BUILD = (
    "import pathlib; pathlib.Path('junit.xml').write_text({junit!r}); pathlib.Path('coverage.xml').write_text({xml!r})"
)
JUNIT = '<testsuite><testcase classname="pay" name="total"/></testsuite>'
COBERTURA = '<coverage line-rate="0.9" lines-valid="100" lines-covered="90"/>'


class Desk:
    """One repository under `folder`, with everything that is started over it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "payments"
        self.root.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")
        self.commit("feat: pay by card (#1)")
        self.git("tag", "v1.0.0")
        self.commit("fix: round to cents (#2)")
        self.agent: subprocess.Popen[bytes] | None = None

    @property
    def places(self) -> Places:
        return places_for(find_repository(self.root))

    def git(self, *args: str, given: bytes | None = None) -> str:
        done = subprocess.run(["git", *args], cwd=self.root, input=given, capture_output=True, check=True)
        return done.stdout.decode("utf-8", "replace").strip()

    def commit(self, message: str | bytes, file: str = "pay.py", author: str = "Ada Tester") -> None:
        with (self.root / file).open("ab") as opened:
            opened.write(message if isinstance(message, bytes) else message.encode() + b"\n")
        self.git("add", "-A")
        given = message if isinstance(message, bytes) else message.encode()
        self.git("commit", "-q", "--cleanup=verbatim", f"--author={author} <a@example.invalid>", "-F", "-", given=given)

    def settings(self, more: str = "") -> None:
        """Write settings that look often, and trust the command in them."""
        (self.root / "cockpit.toml").write_text(f"[git]\nevery_s = 0.5\n{more}")
        command = [sys.executable, "-m", "cockpit", "-C", str(self.root), "trust", "--yes"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def start_agent(self) -> None:
        """Start it as our own child, so that it is the one that works and ends with the test."""
        command = [sys.executable, "-m", "cockpit", "-C", str(self.root), "agent"]
        self.agent = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(self._has_a_pulse)

    def screen(self, *options: str, program: str = "", size: tuple[int, int] = (120, 36)) -> Terminal:
        """Open the screen on a terminal of its own."""
        start = ["-c", program] if program else ["-m", "cockpit"]
        terminal = Terminal([sys.executable, *start, "-C", str(self.root), *options], size=size)
        shows(terminal, "Branch", "round to cents")
        return terminal

    def heartbeat_us(self) -> int:
        """Return when the agent last gave a sign of life."""
        return int(self.query("SELECT observed_at FROM heartbeat")[0][0])

    def _has_a_pulse(self) -> bool:
        try:
            return bool(self.query("SELECT 1 FROM heartbeat"))
        except sqlite3.OperationalError:
            return False

    def query(self, statement: str) -> list[tuple[object, ...]]:
        """Read the cache with nothing of the cockpit's own."""
        uri = f"{self.places.database.as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=5)) as cache:
            return cache.execute(statement).fetchall()

    def end(self) -> None:
        """End the agent, ours or one that a screen started."""
        if self.agent is not None:
            self.agent.kill()
            self.agent.wait()
        at_work = holder(self.places.agent_lock).get("pid", "")
        if at_work.isdigit():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(at_work), signal.SIGKILL)


def until(holds: Callable[[], object], within_s: float = 40.0, say: Callable[[], str] = lambda: "") -> None:
    """Wait until it holds."""
    give_up_at = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < give_up_at, f"did not happen in time {say()}"
        time.sleep(0.05)


def shows(terminal: Terminal, *words: str, within_s: float = 40.0) -> None:
    """Read the terminal until all these words are on it."""

    def are_there() -> bool:
        terminal.read(0.2)
        text = terminal.text()
        return all(word in text for word in words)

    until(are_there, within_s, terminal.text)


def local_ci() -> str:
    """Return settings with a build that passes and is covered."""
    program = BUILD.format(junit=JUNIT, xml=COBERTURA)
    command = [sys.executable, "-c", program]
    quoted = ", ".join("'''" + word + "'''" for word in command)
    return f'[ci.local]\ncommand = [{quoted}]\njunit = "junit.xml"\ncoverage = "coverage.xml"\n'
