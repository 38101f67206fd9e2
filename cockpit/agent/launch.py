"""Starts the agent, detached, when no other one is there: quick, and one however many screens start at once.

Standard library alone: a screen does this before it imports anything large.
"""

import fcntl
import os
import sys
from pathlib import Path

from cockpit import __version__
from cockpit.agent.lock import holder, is_held
from cockpit.config.places import Places

STARTING_FD = 3
"""Number under which a starting agent inherits the lock that keeps others from starting a second one."""

INHERITED_MOST = 4096
"""File numbers above this are not inherited by accident."""

STARTING_VARIABLE = "COCKPIT_STARTING_FD"


def ensure_agent(places: Places, root: Path) -> bool:
    """Start an observing agent for the repository at `root` unless one is there or being started.

    Returns False when none could be started: the place cannot be written, or programs cannot be run.
    """
    try:
        places.cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        starting = os.open(places.cache / "agent.starting", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return False
    try:
        fcntl.flock(starting, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not is_held(places.agent_lock):
            _start(places, root, starting)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(starting)
    return True


def strange_agent(places: Places) -> str:
    """Return what is odd about the agent at work, for people: another version than ours; empty when nothing is."""
    at_work = holder(places.agent_lock)
    version = at_work.get("version", __version__)
    if version == __version__:
        return ""
    return f"agent is version {version}, this is {__version__}; end it with: kill {at_work.get('pid', '?')}"


def drop_what_was_inherited() -> None:
    """In the agent, before it opens anything: a pipe that it kept open would hold up whoever reads from it."""
    if STARTING_VARIABLE in os.environ:
        os.closerange(STARTING_FD + 1, INHERITED_MOST)


def tell_started() -> None:
    """In the agent: let others look at the agent's own lock, which is held by now."""
    descriptor = os.environ.pop(STARTING_VARIABLE, "")
    if descriptor.isdigit():
        os.close(int(descriptor))


def _start(places: Places, root: Path, starting: int) -> None:
    """Let a shell start it in the background and end, so that the agent is nobody's child and leaves no zombie."""
    package_parent = str(Path(__file__).parents[2])
    agent = [sys.executable, "-m", "cockpit", "-C", str(root), "agent", "--observer"]
    shell = os.posix_spawn(
        "/bin/sh",
        ["sh", "-c", 'cd "$0" && "$@" &', package_parent, *agent],
        {**os.environ, STARTING_VARIABLE: str(STARTING_FD)},
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(places.agent_log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
            (os.POSIX_SPAWN_DUP2, starting, STARTING_FD),
        ],
        setsid=True,
    )
    os.waitpid(shell, 0)
