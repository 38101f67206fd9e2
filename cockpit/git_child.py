"""One running git in a process group of its own: its clock, its output, its complaints, and its end."""

import contextlib
import fcntl
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from cockpit.errors import GitDeadlineError, GitError, GitTrouble
from cockpit.git_complaint import complaint_of

if TYPE_CHECKING:
    from git.cmd import Git

CHUNK_BYTES = 1 << 18
"""Most that is read from a stream at once."""

RUN_AHEAD_BYTES = 1 << 20
"""What git may print before anybody reads it; the most a user of Linux may ask for."""

COMPLAINT_BYTES = 8192
"""How much of the end of a complaint is kept."""

LINGER_S = 1.0
"""How long a helper that left the group may keep the pipe for complaints open before it is ignored."""


class GitChild:
    """One running git with its whole process group."""

    def __init__(self, handle: "Git.AutoInterrupt", shown: str, deadline_s: float) -> None:
        if handle.proc is None:
            raise GitError("git could not be started", where=shown)
        self._process: subprocess.Popen[bytes] = handle.proc
        self._handle = handle
        self._shown = shown
        self._deadline_s = deadline_s
        self._late = False
        self._cut_short = False
        self._lock = threading.Lock()
        self._complaint = bytearray()
        self._heard: Callable[[bytes], None] | None = None
        self._threads: list[threading.Thread] = []
        self._timer = threading.Timer(deadline_s, self._expire)
        self._timer.daemon = True

    def begin(self, given: bytes | None, heard: Callable[[bytes], None] | None = None) -> None:
        """Start the clock, hand over the input and listen for complaints, of which `heard` is told too."""
        self._heard = heard
        self._timer.start()
        self._background(self._listen)
        if given is not None:
            self._background(lambda: self._feed(given))

    def let_it_run_ahead(self) -> None:
        """Give the pipe room, where the system has it, so that git goes on while its reader stores what came."""
        if self._process.stdout is not None and hasattr(fcntl, "F_SETPIPE_SZ"):
            with contextlib.suppress(OSError):
                fcntl.fcntl(self._process.stdout, fcntl.F_SETPIPE_SZ, RUN_AHEAD_BYTES)

    def chunks(self) -> Iterator[bytes]:
        """Yield what it prints until it prints no more."""
        output = self._process.stdout
        while output is not None and (chunk := os.read(output.fileno(), CHUNK_BYTES)):
            yield chunk

    def finish(self, good: Sequence[int]) -> None:
        """Wait for its end and raise what it has to complain about."""
        with contextlib.suppress(ChildProcessError):
            os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        cut_short = self._cut_short
        self.end()
        if self._late:
            raise GitDeadlineError(
                f"no end after {self._deadline_s:g} s",
                where=self._shown,
                next_step="It is asked again by itself; look whether the remote answers: git ls-remote",
                trouble=GitTrouble.UNREACHABLE,
            )
        if cut_short:
            raise GitError("stopped before it was done", where=self._shown, trouble=GitTrouble.STOPPED)
        if self._process.returncode not in good:
            raise complaint_of(bytes(self._complaint), self._process.returncode, self._shown)

    def end(self) -> None:
        """End whatever is left of the group and wait for it; may be called from any thread, more than once."""
        self._timer.cancel()
        with self._lock:
            if self._process.returncode is None:
                self._cut_short = True
                # The leader is not reaped yet, so its group id cannot belong to anybody else.
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(LINGER_S)

    def close(self) -> None:
        """Give back the pipes; only for the thread that reads."""
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def _expire(self) -> None:
        self._late = True
        self.end()

    def _listen(self) -> None:
        errors = self._process.stderr
        with contextlib.suppress(OSError, ValueError):
            while errors is not None and (chunk := os.read(errors.fileno(), 4096)):
                self._complaint += chunk
                del self._complaint[:-COMPLAINT_BYTES]
                if self._heard is not None:
                    self._heard(chunk)

    def _feed(self, given: bytes) -> None:
        with contextlib.suppress(BrokenPipeError):
            if self._process.stdin is not None:
                with self._process.stdin as pipe:
                    pipe.write(given)

    def _background(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        self._threads.append(thread)
