"""Starts a process of the demo as a fork: it shares the memory of what is imported, and ends with the demo."""

import contextlib
import ctypes
import gc
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NoReturn

from cockpit.demo.folder import DemoFolder
from cockpit.demo.lifeline import Lifeline
from cockpit.errors import DemoError

_SET_PARENT_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


def start(
    role: str,
    folder: DemoFolder,
    work: Callable[[], object],
    gives_up: Lifeline | None = None,
    *,
    outlives_parent: bool = False,
) -> int:
    """Run `work` in a new session, away from the terminal, and return its process id; raises DemoError.

    `gives_up` is the lifeline whose write end the child must not hold: set by the demo process, which has one.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    gc.freeze()
    try:
        pid = os.fork()
    except OSError as error:
        raise DemoError(
            f"no process could be started: {error.strerror}", next_step="Ask for fewer --servers"
        ) from error
    if not pid:
        _be_child(folder.log(role), work, gives_up, outlives_parent=outlives_parent)
    folder.note_process(role, pid)
    return pid


def die_with_parent(number: signal.Signals = signal.SIGTERM) -> None:
    """Have the kernel send `number` to this process when its parent ends; does nothing where it cannot (not Linux)."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, int(number), 0, 0, 0)


def _be_child(log: Path, work: Callable[[], object], gives_up: Lifeline | None, *, outlives_parent: bool) -> NoReturn:
    status = 1
    try:
        if gives_up is not None:
            gives_up.keep_reading_only()
        if not outlives_parent:
            die_with_parent(signal.SIGKILL)
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        _leave_terminal(log)
        work()
        status = 0
    except BaseException:
        # Without its folder the demo is over, and whoever was still at work may stumble.
        if log.exists():
            traceback.print_exc()
        raise
    finally:
        # Nothing of the parent's may run here: no exit handler, no test report, no flush of its buffers.
        os._exit(status)


def _leave_terminal(log: Path) -> None:
    nowhere = os.open(os.devnull, os.O_RDONLY)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(nowhere, 0)
    os.dup2(written, 1)
    os.dup2(written, 2)
    os.close(nowhere)
    os.close(written)


def ended_within(pids: Iterable[int], seconds: float) -> None:
    """Wait for children to end; whoever is still there after `seconds` is ended by force."""
    deadline = time.monotonic() + seconds
    for pid in pids:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(pid, os.WNOHANG) == (0, 0):
                if time.monotonic() >= deadline:
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)
                    break
                time.sleep(0.005)
