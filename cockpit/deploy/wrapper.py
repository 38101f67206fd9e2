"""Runs one step and outlives whoever asked for it: `python -m cockpit.deploy.wrapper FOLDER`, with the step's lock.

It holds the servers' locks, keeps the output, watches the time, and leaves a result that is on the disk before the
locks are given back. Standard library and the journal alone: one is started for every step.
"""

import contextlib
import errno
import fcntl
import os
import resource
import select
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from cockpit.deploy.journal import StepFolder, read_note
from cockpit.deploy.kept_output import KeptOutput
from cockpit.deploy.launched import PIPE_BYTES, Launched
from cockpit.deploy.living import called, end_all, session_members
from cockpit.deploy.locks import ServerLocks, give_back, my_note, note_of, take_all
from cockpit.text import clean

ALIVE_FD = 3
"""Number under which a wrapper inherits the lock of its step."""

LOCK_PATIENCE_S = 10.0
"""How long it waits for servers that another step holds."""

GRACE_S = 5.0
"""Between asking a program to end and killing it."""

RESULT_PATIENCE_S = 60.0
"""How long it tries to leave a result on a disk that is full; the servers stay locked."""

INHERITED_MOST = 4096
"""Descriptors above this are not inherited by accident."""

_REASON_CHARACTERS = 300


class Wrapper:
    """One step from the locks to the result."""

    def __init__(self, step: StepFolder, order: dict[str, Any]) -> None:
        self._step = step
        self._order = order
        self._to_end = False
        self._prints = True
        self.has_ended = True
        """Whether nothing of the program lives, so that the locks may be given back."""
        self._wake, self._waker = os.pipe()

    def run(self) -> None:
        """Do all of it; whatever the system refuses ends in a result that says so, or in none."""
        self._hear_signals()
        open_files = _room_for(len(self._order["servers"]))
        locks = ServerLocks(self._step.locks)
        taken, obstacle = take_all(
            locks, self._order["servers"], note_of(self._step), LOCK_PATIENCE_S, lambda: self._to_end
        )
        try:
            if self._to_end:
                self._leave("failed", "ended on request before it began")
            elif obstacle:
                self._leave("failed", f"nothing was run: {obstacle}")
            else:
                self._launch(taken, open_files)
        finally:
            if self.has_ended:
                give_back(taken)

    def _launch(self, taken: list[int], open_files: int) -> None:
        for descriptor in taken:
            os.set_inheritable(descriptor, True)
        self._step.reserve()
        child = Launched(self._order, open_files)
        began_at = _now()
        try:
            child.record(self._step, {"at": began_at, "time": time.monotonic(), "timeout_s": self._order["timeout_s"]})
        except BaseException:
            child.call_off()
            raise
        ends_at = time.monotonic() + self._order["timeout_s"]
        self.has_ended = False
        trouble = child.let_go()
        with contextlib.suppress(OSError):
            fcntl.fcntl(child.output, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        if trouble:
            os.waitpid(child.pid, 0)
            self.has_ended = True
            self._leave("failed", f"{self._order['argv'][0]} could not be run: {os.strerror(trouble)}", 127, began_at)
            return
        self._follow(child, KeptOutput(self._step.log), ends_at, began_at)

    def _follow(self, child: Launched, kept: KeptOutput, ends_at: float, began_at: str) -> None:
        how = self._wait(child, kept, ends_at)
        # The leader is not reaped yet, so its number, and that of its session, cannot belong to anybody else.
        survivors = end_all(lambda: session_members(child.pid), GRACE_S, lambda: self._take(child, kept))
        status = os.waitstatus_to_exitcode(os.waitpid(child.pid, 0)[1]) if child.pid not in survivors else 0
        self._take(child, kept)
        state, reason = self._told(how, status, kept)
        if survivors:
            state, reason = "failed", f"{reason or 'ended'}; could not be ended: process {called(survivors)}"
        self._leave(state, reason, status, began_at)
        self.has_ended = not survivors

    def _wait(self, child: Launched, kept: KeptOutput, ends_at: float) -> str:
        """Wait for the end of the program and of all that it left in its session; returns how it came.

        What a program has left that failed is not waited for: it is ended.
        """
        noted = False
        while not self._to_end:
            ended = os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            self._take(child, kept)
            left = session_members(child.pid) if ended else []
            if ended and (not left or ended.si_status != 0):
                return "by itself"
            if left and not noted:
                noted = True
                kept.write(_WAITS % called(left).encode())
            remaining_s = ends_at - time.monotonic()
            if remaining_s <= 0:
                return f"left running: process {called(left)}" if left else "time over"
            heard = [child.output, self._wake] if self._prints else [self._wake]
            select.select(heard, (), (), min(remaining_s, 0.2 if ended else 3600.0))
            self._hush()
        return "asked"

    def _told(self, how: str, status: int, kept: KeptOutput) -> tuple[str, str]:
        limit = f"{self._order['timeout_s']:g} s"
        last = kept.last_line()
        if how == "asked":
            return "failed", "ended on request"
        if how == "time over":
            return "timed out", f"no end after {limit}" + (f": {last}" if last else "")
        if how != "by itself":
            return "timed out", f"no end after {limit}, {how}; a service that is to stay needs a session of its own"
        if status == 0:
            return "succeeded", ""
        ending = f"exit status {status}" if status > 0 else f"ended by {_signal_name(-status)}"
        return "failed", f"{ending}: {last}" if last else ending

    def _take(self, child: Launched, kept: KeptOutput) -> None:
        """Move what the pipe holds to the log, at most so much that the clock is looked at in between."""
        with contextlib.suppress(BlockingIOError):
            for _ in range(64):
                chunk = os.read(child.output, 65536)
                kept.write(chunk)
                if not chunk:
                    self._prints = False
                    break

    def _leave(self, state: str, reason: str, status: int = 0, began_at: str = "") -> None:
        result = {
            "state": state,
            "exit_status": status,
            "reason": clean(reason, _REASON_CHARACTERS),
            "began_at": began_at,
            "ended_at": _now(),
        }
        self._step.leave_result(result, RESULT_PATIENCE_S)

    def _hear_signals(self) -> None:
        for descriptor in (self._wake, self._waker):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.signal(signal.SIGTERM, self._end)
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, signal.SIG_IGN)
        self._to_end = self._step.ending.exists()

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self._to_end = True

    def _hush(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake, 4096)


_WAITS = b"[cockpit: the program has ended; waiting for what it left in its session: %s]\n"


def main(folder: str) -> int:
    """Wrap the step in `folder`; its lock is inherited as descriptor 3. Returns the exit status."""
    os.closerange(ALIVE_FD + 1, INHERITED_MOST)
    with contextlib.suppress(OSError):
        os.setsid()
    step = StepFolder(Path(folder))
    if not _is_ours(step):
        print("the step's lock was not handed over", file=sys.stderr)
        return 2
    if step.began.exists() or step.result.exists():
        return 0
    try:
        return _wrap(step)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT) and not step.began.exists():
            step.take_back_start()
        raise


def _wrap(step: StepFolder) -> int:
    os.set_inheritable(ALIVE_FD, True)
    os.ftruncate(ALIVE_FD, 0)
    os.pwrite(ALIVE_FD, my_note(), 0)
    order = read_note(step.order)
    if not order:
        print("the order cannot be read", file=sys.stderr)
        return 2
    wrapper = Wrapper(step, {**order, "folder": order["folder"] or str(step.work)})
    wrapper.run()
    if wrapper.has_ended:
        fcntl.flock(ALIVE_FD, fcntl.LOCK_UN)
    return 0


def _is_ours(step: StepFolder) -> bool:
    try:
        here, there = os.fstat(ALIVE_FD), step.alive.stat()
        fcntl.flock(ALIVE_FD, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)


def _room_for(servers: int) -> int:
    """Allow as many descriptors as there are locks; returns what was allowed before, which is the program's due."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = servers + 64
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return soft


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _now() -> str:
    return datetime.now(UTC).isoformat()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
