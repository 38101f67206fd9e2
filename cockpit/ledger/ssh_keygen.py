"""Runs ssh-keygen in a process group of its own with a deadline; it asks nobody, and no secret is in its arguments."""

import contextlib
import os
import signal
import subprocess

from cockpit.errors import LedgerError
from cockpit.text import clean

DEADLINE_S = 30.0
"""Long enough to touch a token, or to allow the use of a key in the agent's own window."""

KEPT = ("HOME", "LOGNAME", "PATH", "SSH_AUTH_SOCK", "TMPDIR", "USER", "XDG_RUNTIME_DIR")
"""Variables of the environment that it sees."""

SET_UP = "Set signing_key in $XDG_CONFIG_HOME/cockpit/config.toml to a key that ssh-keygen can use"


def ssh_keygen(*arguments: str, given: bytes, deadline_s: float = DEADLINE_S) -> bytes:
    """Return what `ssh-keygen ARGUMENTS` prints of the bytes `given`; raises LedgerError."""
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    environment |= {"LC_ALL": "C.UTF-8", "SSH_ASKPASS_REQUIRE": "never"}
    try:
        process = subprocess.Popen(
            ["ssh-keygen", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        raise _nothing_signed(f"ssh-keygen could not be started: {error.strerror}", "Install OpenSSH") from error
    printed, complaint = _talk(process, given, deadline_s)
    if process.returncode != 0:
        raise _nothing_signed(*_why(complaint))
    return printed


def _talk(process: "subprocess.Popen[bytes]", given: bytes, deadline_s: float) -> tuple[bytes, bytes]:
    try:
        return process.communicate(given, timeout=deadline_s)
    except subprocess.TimeoutExpired:
        why = f"ssh-keygen did not end within {deadline_s:g} s"
        raise _nothing_signed(why, "Does your ssh-agent wait for a confirmation or a touch?") from None
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.returncode is None:
        # The leader is not reaped yet, so its group id cannot belong to anybody else.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _why(complaint: bytes) -> tuple[str, str]:
    text = complaint.decode("utf-8", "replace")
    lines = [clean(line, 200) for line in text.splitlines() if line.strip() and not line.startswith("Signing data")]
    what = lines[-1] if lines else "ssh-keygen failed"
    if "passphrase" in text.lower():
        return "the key is locked by a passphrase", "Give it to your ssh-agent first: ssh-add"
    return what, SET_UP


def _nothing_signed(what: str, next_step: str) -> LedgerError:
    return LedgerError(f"nothing was decided, for it could not be signed: {what}", next_step=next_step)
