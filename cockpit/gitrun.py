"""The one hardened way to run git: nothing that a clone, a remote or a name says makes it run a program.

Built on GitPython's `Git` command class, which is imported with the first command: the import takes about 50 ms and
runs `git version` once. Two sets of terms:

- *Local* commands read no configuration but the clone's own, and know nothing of the network.
- *Remote* commands also read the local user's and the system's configuration, so that credential helpers, proxies,
  certificates and ssh settings work as they do for the user's own git, and keep the ssh agent's address. Nothing of
  the followed repository's configuration is ever read here.

Of the environment only `KEPT` goes through; a helper may ask nobody, since there is nobody at a terminal.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cockpit.errors import GitDeadlineError, GitError, GitTrouble
from cockpit.git_complaint import complaint_of, without_credentials
from cockpit.text import clean

if TYPE_CHECKING:
    from git.cmd import Git

QUICK_S = 5.0
"""Deadline of a command that has little to do, in seconds."""

LONG_S = 600.0
"""Deadline of a command that may read or fetch a whole history, in seconds."""

CHUNK_BYTES = 1 << 18
"""Most that is read from a stream at once."""

RUN_AHEAD_BYTES = 1 << 20
"""What git may print before anybody reads it; the most a user of Linux may ask for."""

COMPLAINT_BYTES = 8192
"""How much of the end of a complaint is kept."""

LINGER_S = 1.0
"""How long a helper that left the group may keep the pipe for complaints open before it is ignored."""

KEPT = frozenset({"HOME", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER"})
"""Variables of the environment that every git command sees."""

KEPT_FOR_REMOTES = KEPT | {
    "ALL_PROXY", "CURL_CA_BUNDLE", "DBUS_SESSION_BUS_ADDRESS", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM",
    "GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GNUPGHOME", "HTTPS_PROXY", "HTTP_PROXY", "KRB5CCNAME", "NO_PROXY",
    "SSH_AUTH_SOCK", "SSL_CERT_DIR", "SSL_CERT_FILE", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "all_proxy",
    "http_proxy", "https_proxy", "no_proxy",
}  # fmt: skip
"""Variables that a command needs to reach a remote as the user does."""

ALWAYS = {
    "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",
    "GIT_ASKPASS": "",
    "GIT_FLUSH": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LANGUAGE": "C",
    "LC_ALL": "C.UTF-8",
    "SSH_ASKPASS_REQUIRE": "never",
}
"""Variables that every git command is given."""

HARDENED = {
    "color.ui": "false",
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.quotePath": "false",
    "fetch.recurseSubmodules": "false",
    "fetch.writeCommitGraph": "false",
    "gc.auto": "0",
    "http.lowSpeedLimit": "1",
    "http.lowSpeedTime": "4",
    "log.showSignature": "false",
    "maintenance.auto": "false",
    "protocol.ext.allow": "never",
    "submodule.recurse": "false",
}
"""Configuration that stands above every file of configuration."""

SSH_OPTIONS = "-oBatchMode=yes -oConnectTimeout=4 -oServerAliveInterval=5 -oServerAliveCountMax=2"
"""So that ssh neither asks nor hangs."""


@dataclass(frozen=True, slots=True)
class RemoteTerms:
    """What one remote needs besides the usual; values travel in the environment and never in arguments."""

    config: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


class GitRunner:
    """Runs git in `git_dir`, each command in a process group of its own with a deadline; safe from any thread."""

    def __init__(self, git_dir: Path) -> None:
        self.git_dir = git_dir
        self._lock = threading.Lock()
        self._running: set[_Child] = set()
        self._stopped = False

    def run(
        self,
        *args: str,
        deadline_s: float = QUICK_S,
        input: bytes | None = None,
        remote: RemoteTerms | None = None,
        good: Sequence[int] = (0,),
    ) -> bytes:
        """Return what `git ARGS` printed.

        Raises GitError when it ends with a code not in `good` or `stop()` was called, GitDeadlineError when it was
        ended after `deadline_s` seconds.
        """
        return b"".join(self.stream(*args, deadline_s=deadline_s, input=input, remote=remote, good=good))

    def stream(
        self,
        *args: str,
        deadline_s: float = LONG_S,
        input: bytes | None = None,
        remote: RemoteTerms | None = None,
        good: Sequence[int] = (0,),
    ) -> Generator[bytes, None, None]:
        """Yield what `git ARGS` prints, in chunks as they come; the process ends when the iterator is closed.

        Raises what `run` raises, after the last chunk.
        """
        child = self._start(args, remote, deadline_s, has_input=input is not None)
        try:
            child.begin(input)
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
    ) -> "_Child":
        environment = _environment(remote)
        command = [*_leaving_out(remote, environment), "git", f"--git-dir={self.git_dir}", *args]
        with self._lock:
            if self._stopped:
                raise GitError("stopped before it was done", where=_shown(args), trouble=GitTrouble.STOPPED)
            child = _Child(self._popen(command, environment, has_input=has_input), _shown(args), deadline_s)
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


class _Child:
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
        self._threads: list[threading.Thread] = []
        self._timer = threading.Timer(deadline_s, self._expire)
        self._timer.daemon = True

    def begin(self, given: bytes | None) -> None:
        """Start the clock, hand over the input and listen for complaints."""
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

    def _feed(self, given: bytes) -> None:
        with contextlib.suppress(BrokenPipeError):
            if self._process.stdin is not None:
                with self._process.stdin as pipe:
                    pipe.write(given)

    def _background(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        self._threads.append(thread)


def _environment(remote: RemoteTerms | None) -> dict[str, str]:
    config = dict(HARDENED)
    environment = dict(ALWAYS)
    if remote is None:
        environment |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    else:
        config |= remote.config
        environment |= remote.environment
    environment["GIT_CONFIG_COUNT"] = str(len(config))
    for number, (key, value) in enumerate(config.items()):
        environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return environment


def _leaving_out(remote: RemoteTerms | None, environment: Mapping[str, str]) -> list[str]:
    """GitPython hands on the whole environment, so `env` takes away what is not meant for git; names, no values."""
    kept = KEPT if remote is None else KEPT_FOR_REMOTES
    unwanted = [name for name in os.environ if name not in kept and name not in environment]
    return ["env", *(word for name in unwanted for word in ("-u", name))] if unwanted else []


def _shown(args: Sequence[str]) -> str:
    return clean(without_credentials("git " + " ".join(args)), 100)
