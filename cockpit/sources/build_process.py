"""Runs one command of a build: no shell, a session of its own, low priority, a time limit, and no survivors."""

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from cockpit.plain_environment import plain_environment
from cockpit.sources.kept_log import KeptLog

MARK = "COCKPIT_BUILDS"
"""Set in the environment of everything a build starts; by it a later agent proves that a leftover is its own."""

_GRACE_S = 2.0
_LOOK_S = 0.2
_PROC = Path("/proc")


class Ended(Enum):
    """How a command came to its end."""

    BY_ITSELF = "by itself"
    TIME_OVER = "time over"
    STOPPED = "stopped"
    """Because the agent stops."""


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of one command."""

    how: Ended
    exit_status: int
    """Negative for the signal that ended it."""
    duration_s: float


def environment_for(builds: Path, tree: Path, temporary: Path, commit_id: str) -> dict[str, str]:
    """Return the environment of a build over the checkout `tree`."""
    return plain_environment() | {
        "CI": "true",
        "TERM": "dumb",
        "TMPDIR": str(temporary),
        "COCKPIT_COMMIT": commit_id,
        "GIT_CEILING_DIRECTORIES": str(tree.parent),
        MARK: str(builds),
    }


def run_build(
    argv: Sequence[str],
    tree: Path,
    environment: Mapping[str, str],
    log: KeptLog,
    timeout_s: float,
    stop: threading.Event,
) -> Ending:
    """Run `argv` in `tree` until it ends, `timeout_s` are over or `stop` is set; blocks.

    Raises OSError when it cannot be started.
    """
    started = time.monotonic()
    process = subprocess.Popen(
        [*_low_priority(), *argv],
        cwd=tree,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    with process:
        try:
            how = _follow(process, log, started + timeout_s, stop)
        finally:
            _end_group(process)
            end_marked(environment[MARK])
        _drain(process, log)
    return Ending(how, process.returncode, time.monotonic() - started)


def end_marked(builds: str) -> int:
    """End every process that carries the mark of this folder of builds; return how many there were.

    Finds also what has left the build's process group. Where /proc is missing it finds nothing.
    """
    mark, ended = f"{MARK}={builds}".encode(), 0
    for _ in range(10):  # a process that forks while we look is caught in the next round
        found = [pid for pid in _processes() if pid != os.getpid() and mark in _environment_of(pid)]
        if not found:
            break
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
                ended += 1
        time.sleep(0.02)
    return ended


def _low_priority() -> list[str]:
    nice = ["nice", "-n", "10"] if shutil.which("nice") else []
    return nice + (["ionice", "-c", "3", "-t"] if shutil.which("ionice") else [])


def _follow(process: subprocess.Popen[bytes], log: KeptLog, ends_at: float, stop: threading.Event) -> Ended:
    assert process.stdout is not None  # noqa: S101 – Popen was given a pipe
    os.set_blocking(process.stdout.fileno(), False)
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while process.poll() is None:
            if stop.is_set():
                return Ended.STOPPED
            if time.monotonic() >= ends_at:
                return Ended.TIME_OVER
            if not selector.get_map():
                stop.wait(_LOOK_S)
            elif selector.select(_LOOK_S) and not _take(process, log):
                selector.unregister(process.stdout)
    return Ended.BY_ITSELF


def _take(process: subprocess.Popen[bytes], log: KeptLog) -> bool:
    """Move what the pipe holds to the log; False at its end."""
    assert process.stdout is not None  # noqa: S101 – Popen was given a pipe
    try:
        chunk = os.read(process.stdout.fileno(), 65536)
    except BlockingIOError:
        return True
    log.write(chunk)
    return bool(chunk)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """The command may have ended and left children behind in its group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_S)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _drain(process: subprocess.Popen[bytes], log: KeptLog) -> None:
    """Take what is still in the pipe, at most as much as the largest pipe holds: a survivor could fill it for ever."""
    assert process.stdout is not None  # noqa: S101 – Popen was given a pipe
    with contextlib.suppress(BlockingIOError):
        for _ in range(16):
            log.write(os.read(process.stdout.fileno(), 65536))


def _processes() -> list[int]:
    try:
        return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]
    except OSError:
        return []


def _environment_of(pid: int) -> list[bytes]:
    try:
        return (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return []
