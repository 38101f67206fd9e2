"""The demo's station: the agent that executes rollouts, kept running as a service manager would."""

import signal
import subprocess
import sys
import time
from functools import partial

from cockpit.agent.lock import is_held
from cockpit.config.places import Places
from cockpit.demo.child import die_with_parent
from cockpit.demo.folder import DemoFolder
from cockpit.demo.lifeline import Lifeline
from cockpit.demo.rollout_table import STATION
from cockpit.demo.surroundings import environment

LOOK_EVERY_S = 0.2
RESTART_AFTER_S = 1.0
END_WITHIN_S = 3.0


def keep_station(folder: DemoFolder, lifeline: Lifeline) -> None:
    """Keep it running until the demo is over; when it dies it is started again, and goes on where it was."""
    folder.temporary.mkdir(mode=0o700, exist_ok=True)
    while True:
        # -P: the clone's own folders must not be taken for ours.
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "cockpit", "-C", str(folder.clone), "agent", "--station", STATION],
            env=environment(folder) | {"TMPDIR": str(folder.temporary)},
            stdin=subprocess.DEVNULL,
            preexec_fn=partial(die_with_parent, signal.SIGKILL),  # noqa: PLW1509 - this process has one thread
        )
        folder.note_process("agent", process.pid)
        try:
            while process.poll() is None:
                if lifeline.over_within(LOOK_EVERY_S):
                    return
        finally:
            _end(process)
        if lifeline.over_within(RESTART_AFTER_S):
            return


def is_there_within(places: Places, seconds: float) -> bool:
    """Wait until an agent is at work: the screen would start another one, which executes nothing."""
    deadline = time.monotonic() + seconds
    while not is_held(places.agent_lock):
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.02)
    return True


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(END_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
