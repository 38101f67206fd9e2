"""How a command asks before it does what cannot be taken back."""

import shlex
import sys
from argparse import Namespace

from cockpit.commands.wrong_use import WrongUseError


def is_agreed(question: str, unasked: str) -> bool:
    """Ask and return the answer; raises WrongUseError where nobody is here, with the command to use `unasked`."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise WrongUseError("nobody is here to be asked", next_step=f"Read what it would do, then: {unasked}")
    sys.stdout.write(f"{question} [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def unasked(given: Namespace, otherwise: str) -> str:
    """Return the command as it was typed with --yes behind it, so that nothing of it is lost; else `otherwise`."""
    typed = getattr(given, "typed", ())
    return f"{shlex.join(['cockpit', *typed])} --yes" if typed else otherwise
