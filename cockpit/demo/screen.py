"""Runs the screen in this terminal, and gives the terminal back as it was whatever happens to the screen."""

import contextlib
import os
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from types import FrameType

from cockpit.demo.child import die_with_parent
from cockpit.demo.folder import DemoFolder
from cockpit.demo.surroundings import environment
from cockpit.errors import DemoError

PATIENCE_S = 3
"""A screen that was told to end is killed after so long."""

LINGER_S = "5"
"""The demo ends its agent itself; this is for the case that it cannot."""

_PLAIN_AGAIN = (
    "\x1b[?1049l\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1004l\x1b[?2004l\x1b[?2048l\x1b[<u\x1b[0m"
)
"""Leaves the second screen, shows the cursor, ends reports of mouse, focus, paste, size, keys (xterm's ctlseqs)."""


def run_screen(folder: DemoFolder) -> int:
    """Show the cockpit until the user leaves it; returns its exit code. Raises DemoError."""
    with _terminal_kept():
        try:
            process = subprocess.Popen(
                # -P: the clone's own folders must not be taken for ours.
                [sys.executable, "-P", "-m", "cockpit"],
                cwd=folder.clone,
                env=environment(folder) | {"COCKPIT_OBSERVER_LINGER_S": LINGER_S},
                preexec_fn=die_with_parent,  # noqa: PLW1509 - this process has one thread
            )
        except OSError as error:
            raise DemoError(f"the screen could not be started: {error.strerror}", where=sys.executable) from error
        with _signals_passed_on(process):
            status = _followed(process)
        if status < 0:
            _write_to_terminal(_PLAIN_AGAIN)
    return status if status >= 0 else 128 - status


def _followed(process: "subprocess.Popen[bytes]") -> int:
    """Wait for the screen; when it is suspended, so are we, and the shell gets its prompt."""
    while True:
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode
        os.kill(os.getpid(), signal.SIGSTOP)
        os.kill(process.pid, signal.SIGCONT)


@contextlib.contextmanager
def _signals_passed_on(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    def pass_on(_number: int, _frame: FrameType | None) -> None:
        process.terminate()
        signal.alarm(PATIENCE_S)

    def lose_patience(_number: int, _frame: FrameType | None) -> None:
        process.kill()

    def leave_to_screen(_number: int, _frame: FrameType | None) -> None:
        """Ctrl-C reaches the screen as well, and is a key there."""

    handlers = {
        signal.SIGTERM: pass_on,
        signal.SIGHUP: pass_on,
        signal.SIGALRM: lose_patience,
        signal.SIGINT: leave_to_screen,
    }
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        signal.alarm(0)
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _terminal_kept() -> Iterator[None]:
    try:
        settings = termios.tcgetattr(sys.stdin.fileno())
    except (OSError, ValueError, termios.error):
        yield
        return
    try:
        yield
    finally:
        with contextlib.suppress(OSError, termios.error):
            termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, settings)


def _write_to_terminal(text: str) -> None:
    with contextlib.suppress(OSError):
        if sys.stdout.isatty():
            sys.stdout.write(text)
            sys.stdout.flush()
