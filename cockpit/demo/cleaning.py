"""Takes a demo down that cannot do it itself any more: leftover processes first, then the folder."""

import contextlib
import json
import os
import signal
import time
from pathlib import Path

from cockpit.agent.lock import is_held
from cockpit.demo.folder import DemoFolder, dead_folders
from cockpit.demo.lifeline import Lifeline
from cockpit.deploy.steps import Steps

MARK = "COCKPIT_DEMO"
"""In the environment of every program the demo starts: the folder it belongs to."""

_MARKS = (f"{MARK}=".encode(), b"COCKPIT_BUILDS=")
_GRACE_S = 1.0
_PROC = Path("/proc")


def clean_after_the_dead() -> None:
    """Remove what demos have left behind that were killed together with their reaper."""
    for folder in dead_folders():
        clean_up(folder)


def reap(folder: DemoFolder, lifeline: Lifeline) -> None:
    """Wait for the end of the demo, then clean up; runs in a process of its own and outlives a killed demo."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    while not lifeline.over_within(3600.0):
        pass
    clean_up(folder)


def clean_up(folder: DemoFolder) -> None:
    """End agent, screen, builds and steps of this folder, then remove it unless it is to be kept."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if _gone_after(number, folder):
            break
    if not folder.keep.exists():
        folder.remove()


def _gone_after(number: signal.Signals, folder: DemoFolder) -> bool:
    deadline = time.monotonic() + _GRACE_S
    for pid in leftovers(folder):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
            # A suspended screen has to wake to end.
            os.kill(pid, signal.SIGCONT)
    while leftovers(folder):
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.03)
    return True


def leftovers(folder: DemoFolder) -> set[int]:
    """Return the programs that belong to the folder.

    They are the holders of its agents' locks, who carries its mark, and what its rollouts' journals say still runs.
    """
    agents = {_agent_of(lock) for lock in folder.home.glob(".cache/cockpit/*/agent.lock")} - {0}
    return agents | _marked(folder) | _in_steps(folder)


def _in_steps(folder: DemoFolder) -> set[int]:
    """Steps outlive who began them, and have nothing of the demo in their environment: their journals name them."""
    journals = folder.home.glob(".local/state/cockpit/*/rollouts")
    return {pid for journal in journals for pid in Steps(journal).living()}


def _agent_of(lock: Path) -> int:
    """The lock is held, so the process that wrote its id into it is alive and no other has taken that id; else 0."""
    try:
        return int(json.loads(lock.read_text())["pid"]) if is_held(lock) else 0
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _marked(folder: DemoFolder) -> set[int]:
    """Where /proc is missing nothing is found, and the lifeline alone has to do."""
    marks = tuple(mark + os.fsencode(folder.root) for mark in _MARKS)
    found = set()
    for entry in _PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if any(_carries(one, marks) for one in (entry / "environ").read_bytes().split(b"\0")):
                found.add(int(entry.name))
    return found - {os.getpid()}


def _carries(variable: bytes, marks: tuple[bytes, ...]) -> bool:
    return any(variable == mark or variable.startswith(mark + b"/") for mark in marks)
