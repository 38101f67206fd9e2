"""The one hardened way to run git: nothing that a clone, a remote or a name says makes it run a program.

Built on GitPython's `Git` command class, which is imported with the first command: the import takes about 50 ms and
runs `git version` once.
"""

import subprocess
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from cockpit.errors import GitError, GitTrouble
from cockpit.git_child import GitChild
from cockpit.git_complaint import without_credentials
from cockpit.git_terms import RemoteTerms, environment_of, leaving_out
from cockpit.text import clean

if TYPE_CHECKING:
    from git.cmd import Git

QUICK_S = 5.0
"""Deadline of a command that has little to do, in seconds."""

LONG_S = 600.0
"""Deadline of a command that may read or fetch a whole history, in seconds."""


class GitRunner:
    """Runs git in `git_dir`, each command in a process group of its own with a deadline; safe from any thread."""

    def __init__(self, git_dir: Path, *, tied: bool = False) -> None:
        """A git that is `tied` ends with the thread that started it, where the system has a way to say so."""
        self.git_dir = git_dir
        self._tie = _TIE if tied and _can_tie() else ()
        self._lock = threading.Lock()
        self._running: set[GitChild] = set()
        self._stopped = False

    def run(
        self,
        *args: str,
        deadline_s: float = QUICK_S,
        input: bytes | None = None,
        remote: RemoteTerms | None = None,
        good: Sequence[int] = (0,),
        heard: Callable[[bytes], None] | None = None,
    ) -> bytes:
        """Return what `git ARGS` printed; `heard` is told, from another thread, what it says of its progress.

        Raises GitError when it ends with a code not in `good` or `stop()` was called, GitDeadlineError when it was
        ended after `deadline_s` seconds.
        """
        return b"".join(self.stream(*args, deadline_s=deadline_s, input=input, remote=remote, good=good, heard=heard))

    def stream(
        self,
        *args: str,
        deadline_s: float = LONG_S,
        input: bytes | None = None,
        remote: RemoteTerms | None = None,
        good: Sequence[int] = (0,),
        heard: Callable[[bytes], None] | None = None,
    ) -> Generator[bytes, None, None]:
        """Yield what `git ARGS` prints, in chunks as they come; the process ends when the iterator is closed.

        Raises what `run` raises, after the last chunk.
        """
        child = self._start(args, remote, deadline_s, has_input=input is not None)
        try:
            child.begin(input, heard)
            child.let_it_run_ahead()
            yield from child.chunks()
            child.finish(good)
        finally:
            child.end()
            child.close()
            with self._lock:
                self._running.discard(child)

    def stop(self) -> None:
        """End every running command and refuse new ones until `resume()`."""
        with self._lock:
            self._stopped = True
            children = list(self._running)
        for child in children:
            child.end()

    def resume(self) -> None:
        """Take commands again."""
        with self._lock:
            self._stopped = False

    @property
    def stopped(self) -> bool:
        """Whether `stop()` was called and `resume()` was not."""
        return self._stopped

    def _start(
        self, args: Sequence[str], remote: RemoteTerms | None, deadline_s: float, *, has_input: bool
    ) -> GitChild:
        environment = environment_of(remote)
        command = [*leaving_out(remote, environment), *self._tie, "git", f"--git-dir={self.git_dir}", *args]
        with self._lock:
            if self._stopped:
                raise GitError("stopped before it was done", where=_shown(args), trouble=GitTrouble.STOPPED)
            child = GitChild(self._popen(command, environment, has_input=has_input), _shown(args), deadline_s)
            self._running.add(child)
        return child

    def _popen(self, command: Sequence[str], environment: Mapping[str, str], *, has_input: bool) -> "Git.AutoInterrupt":
        try:
            from git.cmd import Git

            return Git(str(self.git_dir)).execute(
                command,
                istream=subprocess.PIPE if has_input else None,
                as_process=True,
                env=environment,
                start_new_session=True,
            )
        except ImportError as error:
            raise GitError("no usable git program", where="PATH", next_step="Install git 2.31 or newer") from error
        except OSError as error:
            raise GitError(f"git could not be started: {error.strerror}", where=str(self.git_dir)) from error


_TIE = ("setpriv", "--pdeathsig", "KILL")


@cache
def _can_tie() -> bool:
    try:
        return subprocess.run([*_TIE, "true"], capture_output=True, check=False, timeout=QUICK_S).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _shown(args: Sequence[str]) -> str:
    return clean(without_credentials("git " + " ".join(args)), 100)
