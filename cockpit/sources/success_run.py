"""Whether a change does what it is for: its success command must fail before the change and pass at the candidate."""

import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cockpit.errors import SourceUnreachableError
from cockpit.sources.build_process import Ended, environment_for, run_build
from cockpit.sources.checkout import Checkout
from cockpit.sources.kept_log import KeptLog, last_line
from cockpit.text import clean

_NOT_RUNNABLE = (126, 127)


@dataclass(frozen=True, slots=True)
class SuccessRun:
    """How the command ended at one commit."""

    commit: str
    passed: bool
    said: str
    """Last line it printed."""


def run_success(
    clone: Path, command: Sequence[str], commit: str, timeout_s: float, variables: Mapping[str, str] | None = None
) -> SuccessRun:
    """Run `command` in a clean checkout of `commit`, without a shell and without the cockpit's tokens; blocks.

    `variables` are added to its environment. Raises SourceUnreachableError where it neither passed nor failed,
    GitError and OSError.
    """
    with tempfile.TemporaryDirectory(prefix="cockpit-success-") as name:
        folder = Path(name)
        tree, temporary = folder / "tree", folder / "tmp"
        tree.mkdir()
        temporary.mkdir()
        Checkout(clone, folder / "checkout.git").into(tree, commit)
        with KeptLog(folder / "log") as log:
            environment = environment_for(folder, tree, temporary, commit) | dict(variables or {})
            ending = run_build(command, tree, environment, log, timeout_s, threading.Event())
        said = clean(last_line(folder / "log"), 200)
    if ending.how is not Ended.BY_ITSELF or ending.exit_status in _NOT_RUNNABLE:
        why = "took too long" if ending.how is Ended.TIME_OVER else "could not be run"
        raise SourceUnreachableError(f"the command {why} at {commit[:7]}: {said}", where=clean(command[0], 100))
    return SuccessRun(commit, ending.exit_status == 0, said)
