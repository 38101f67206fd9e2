"""Real steps in a folder of their own: begun, looked at, killed."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from cockpit.deploy.journal import StepFolder
from cockpit.deploy.living import MARK, send
from cockpit.deploy.locks import wrapper_of
from cockpit.deploy.names import rollout_of
from cockpit.deploy.order import StepOrder, StepResult, StepState
from cockpit.deploy.steps import Steps


class StepWorld:
    """A journal, and shell commands as steps."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.steps = Steps(folder)
        self.number = 0
        self.rollout = f"production-{uuid.uuid4().hex[:12]}"
        """Of this world alone: the end of one test must not be that of another."""

    def order(
        self, script: str, *servers: str, step_id: str = "", timeout_s: float = 20.0, folder: str = ""
    ) -> StepOrder:
        self.number += not step_id
        step_id = step_id or f"{self.rollout}.f{self.number}.eu-1.deploy"
        environment = {"PATH": os.environ["PATH"]}
        return StepOrder(step_id, servers or ("eu-1",), ("sh", "-c", script), environment, timeout_s, folder)

    def begin(self, script: str, *servers: str, step_id: str = "", timeout_s: float = 20.0) -> str:
        order = self.order(script, *servers, step_id=step_id, timeout_s=timeout_s)
        self.steps.begin(order)
        return order.step_id

    def step(self, step_id: str) -> StepFolder:
        return StepFolder(self.folder / "steps" / rollout_of(step_id) / step_id)

    def wait(self, step_id: str, patience_s: float = 20.0) -> StepResult:
        """Return how the step stands once it is not running."""
        self.until(lambda: self.steps.look(step_id).state is not StepState.RUNNING, patience_s)
        return self.steps.look(step_id)

    def run(self, script: str, *servers: str, timeout_s: float = 20.0) -> StepResult:
        return self.wait(self.begin(script, *servers, timeout_s=timeout_s))

    def wrapper(self, step_id: str) -> int:
        """Return the number of the step's wrapper, once it has said who it is."""
        self.until(lambda: self.step(step_id).alive.stat().st_size > 0)
        return int(json.loads(self.step(step_id).alive.read_bytes())["pid"])

    def program(self, step_id: str) -> int:
        """Return the number of the step's program, once it has begun."""
        self.until(self.step(step_id).began.exists)
        return int(json.loads(self.step(step_id).began.read_bytes())["pid"])

    def until_it_prints(self, step_id: str, line: str, patience_s: float = 20.0) -> None:
        log = self.step(step_id).log
        self.until(lambda: log.exists() and line in log.read_text("utf-8", "replace"), patience_s)

    def kill_wrapper(self, step_id: str) -> None:
        """End the wrapper as the system does when memory is short, and wait until it is gone."""
        self.wrapper(step_id)
        pid = wrapper_of(self.step(step_id))
        send(pid, signal.SIGKILL, lambda: wrapper_of(self.step(step_id)) == pid)
        self.until(lambda: wrapper_of(self.step(step_id)) < 0)

    def until(self, holds: Callable[[], object], patience_s: float = 20.0) -> None:
        give_up_at = time.monotonic() + patience_s
        while not holds():
            assert time.monotonic() < give_up_at, "did not happen in time"
            time.sleep(0.005)

    def end_all(self) -> None:
        """End what is left of every step, whatever became of it; only what carries the mark of a step of ours."""
        ids = {path.parent.name for path in self.folder.glob("steps/*/*/order.json")}
        for step_id in ids:
            for entry in Path("/proc").glob("[0-9]*/environ"):
                try:
                    if f"{MARK}={step_id}".encode() in entry.read_bytes().split(b"\0"):
                        os.kill(int(entry.parent.name), signal.SIGKILL)
                except OSError:
                    continue


BEGIN = """
import json, sys
from pathlib import Path
from cockpit.deploy.order import StepOrder
from cockpit.deploy.steps import Steps
folder, *fields = json.loads(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
Steps(Path(folder)).begin(StepOrder(*fields))
print("begun", flush=True)
"""


def caller_of(world: StepWorld, order: StepOrder) -> "subprocess.Popen[bytes]":
    """Return another process that begins the step once it is sent a line."""
    fields = [order.step_id, order.servers, order.argv, dict(order.environment), order.timeout_s, order.folder]
    caller = subprocess.Popen(
        [sys.executable, "-c", BEGIN, json.dumps([str(world.folder), *fields])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert caller.stdout is not None
    assert caller.stdout.readline() == b"ready\n"
    return caller


def is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False
