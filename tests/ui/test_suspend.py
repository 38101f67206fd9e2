"""Ctrl-Z and Ctrl-C on a real terminal: the shell gets it back as it was, and `fg` brings the whole picture."""

import os
import shutil
import signal
import sys
import termios
import time
from pathlib import Path

import pytest
from pty_screen import LONGEST_S, PtyScreen, on_a_pty, only_linux

PROGRAM = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import payments_world as world
from cockpit.ui.app import CockpitApp
app = CockpitApp(world.feed(), world.context())
app.run()
raise SystemExit(app.return_code or 0)
"""

ALTERNATE, NORMAL = b"\x1b[?1049h", b"\x1b[?1049l"
FIRST, LAST = b"payments", b"filter"


def until_stopped(screen: PtyScreen) -> None:
    end = time.monotonic() + LONGEST_S
    while time.monotonic() < end:
        pid, status = os.waitpid(screen.pid, os.WNOHANG | os.WUNTRACED)
        if pid:
            assert os.WIFSTOPPED(status)
            return
        time.sleep(0.02)
    raise AssertionError("the program does not stop")


def until_a_job_is_stopped(screen: PtyScreen) -> None:
    end = time.monotonic() + LONGEST_S
    while time.monotonic() < end:
        screen.send(b"jobs\n")
        if b"Stopped" in screen.quiet_for(0.5):
            return
    raise AssertionError("the shell tells of no stopped job")


def is_raw(screen: PtyScreen) -> bool:
    return not termios.tcgetattr(screen.master)[3] & termios.ICANON


def test_ctrl_z_gives_the_terminal_to_the_shell_and_continuing_paints_everything_again() -> None:
    with on_a_pty(PROGRAM, columns=120, lines=36) as screen:
        screen.read_until(LAST)
        screen.quiet_for(0.5)
        for _ in range(2):
            screen.send(b"\x1a")
            screen.read_until(NORMAL)
            until_stopped(screen)
            assert not is_raw(screen)
            os.kill(screen.pid, signal.SIGCONT)
            again = screen.read_until(LAST)
            assert ALTERNATE in again
            assert FIRST in again
            screen.quiet_for(0.5)
            assert is_raw(screen)
        screen.send(b"w")
        screen.read_until(b"Why")


def test_a_screen_stopped_from_outside_goes_on_with_one_ear() -> None:
    with on_a_pty(PROGRAM, columns=120, lines=36) as screen:
        screen.read_until(LAST)
        screen.quiet_for(0.5)
        os.kill(screen.pid, signal.SIGSTOP)
        until_stopped(screen)
        os.kill(screen.pid, signal.SIGCONT)
        assert FIRST in screen.read_until(LAST)
        screen.send(b"w")
        screen.read_until(b"Why")
        screen.send(b"qq")
        screen.read_until(NORMAL)
        screen.read_all()
        assert screen.wait() == 0


@only_linux
def test_a_screen_goes_on_also_when_the_kernel_tells_another_thread_of_it() -> None:
    with on_a_pty(PROGRAM, columns=120, lines=36) as screen:
        screen.read_until(LAST)
        screen.quiet_for(0.5)
        screen.signal_beside(signal.SIGCONT)
        assert FIRST in screen.read_until(LAST)
        screen.quiet_for(0.5)
        screen.signal_beside(signal.SIGTSTP)
        screen.read_until(NORMAL)
        until_stopped(screen)
        os.kill(screen.pid, signal.SIGCONT)
        assert ALTERNATE in screen.read_until(LAST)


@pytest.mark.parametrize("keys", [b"", b":", b"/", b"w"], ids=["main", "command", "filter", "why"])
def test_ctrl_c_leaves_from_everywhere(keys: bytes) -> None:
    with on_a_pty(PROGRAM, columns=120, lines=36) as screen:
        screen.read_until(LAST)
        screen.send(keys)
        screen.quiet_for(0.5)
        screen.send(b"\x03")
        screen.read_until(NORMAL)
        screen.read_all()
        assert screen.wait() == 0


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs a shell with job control")
@pytest.mark.parametrize("began", ["", " &"], ids=["in the foreground", "in the background"])
def test_a_shell_may_put_the_screen_into_the_background_and_bring_it_back(began: str, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, "utf-8")
    shell = "import os; os.environ['PS1'] = 'ask> '; os.execvp('bash', ['bash', '--norc', '--noprofile', '-i'])"
    with on_a_pty(shell, columns=120, lines=36) as screen:
        screen.read_until(b"ask> ")
        screen.send(f"{sys.executable} {program}{began}\n".encode())
        if not began:
            screen.read_until(LAST)
            screen.quiet_for(0.5)
            screen.send(b"\x1a")
            screen.read_until(b"Stopped")
            screen.send(b"bg\n")
        until_a_job_is_stopped(screen)
        screen.send(b"fg\n")
        screen.read_until(LAST)
        screen.quiet_for(0.5)
        screen.send(b"\x03")
        # Leaving throws away what was typed before the shell asks again.
        screen.read_until(b"ask> ")
        screen.send(b"echo left with $?\n")
        screen.read_until(b"left with 0")
