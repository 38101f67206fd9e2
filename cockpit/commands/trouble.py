"""How a command says that it failed: what happened, and what to do about it."""

import contextlib
import errno
import os
import sys

from cockpit.errors import CockpitError
from cockpit.text import clean

_OUTPUT_TROUBLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})


def report(error: Exception) -> int:
    """Write `error` to stderr for people and return the exit code; a traceback, without locals, only on request."""
    if os.environ.get("COCKPIT_DEBUG") == "1":
        import traceback

        traceback.print_exception(error)
    if isinstance(error, CockpitError):
        _say(f"cockpit: {place_and_fact(error)}")
        if error.next_step:
            _say(f"  {clean(error.next_step)}")
        return error.exit_code
    _say(f"cockpit: unexpected {type(error).__name__}: {clean(str(error))}")
    _say("  This is a fault in cockpit, please report it; COCKPIT_DEBUG=1 shows where it happened.")
    return 1


def is_of_output(error: Exception) -> bool:
    """Tell whether the answer could not be written: such an error of the system names no file."""
    return isinstance(error, OSError) and error.filename is None and error.errno in _OUTPUT_TROUBLE


def report_lost_answer(error: Exception) -> int:
    """Say that nobody got the answer, and return an exit code that is not GO."""
    _say(f"cockpit: the answer cannot be written: {clean(getattr(error, 'strerror', '') or str(error))}")
    _say("  Write it to a place that has room, or read it on the screen.")
    return 1


def place_and_fact(error: CockpitError) -> str:
    """Return 'where: what', cleaned."""
    return clean(f"{error.where}: {error.what}" if error.where else error.what)


def _say(line: str) -> None:
    """Where nobody can be told, the exit code still says what happened."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{line}\n")
