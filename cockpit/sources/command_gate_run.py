"""One round of the team's own gates: a clean checkout of what is judged, and one command after the other in it."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from cockpit.config.settings import GateCommand
from cockpit.domain.command_gate import CommandEnd, CommandGate
from cockpit.domain.freshness import Freshness
from cockpit.errors import GitError, SourceUnreachableError
from cockpit.sources.build_process import Ended, Ending, environment_for, run_build
from cockpit.sources.checkout import Checkout
from cockpit.sources.kept_builds import KeptBuilds
from cockpit.sources.kept_log import KeptLog, last_line
from cockpit.text import clean

_NOT_RUNNABLE = (126, 127)
"""What `nice` and `ionice` exit with when the program is not there or may not be run."""

BETWEEN_RUNS_S = 60.0
"""How long a verdict counts beyond the time at which its command should have run again."""


@dataclass(frozen=True, slots=True)
class CommandGateRun:
    """How gates are run."""

    environment: str
    """Where it is to ship, as the settings name it; commands see it as COCKPIT_ENVIRONMENT."""
    checkout: Checkout
    kept: KeptBuilds

    def run(self, commands: Sequence[GateCommand], commit_id: str, stop: threading.Event) -> dict[str, CommandGate]:
        """Return the verdict of every command on this commit; blocks until all is ended and tidied.

        Those that were not reached when `stop` was set are left out. Raises SourceUnreachableError when there is no
        checkout to run them in.
        """
        try:
            tree, temporary = self.kept.prepare(commit_id)
            self.checkout.into(tree, commit_id)
            return self._each(commands, commit_id, tree, temporary, stop)
        except (GitError, OSError) as error:
            raise SourceUnreachableError(
                f"the checkout of {commit_id[:12]} could not be made: {clean(str(error), 200)}",
                where=str(self.kept.folder),
                next_step="See whether the disk is full, and whether the remote has this commit",
            ) from error
        finally:
            self.kept.tidy(commit_id)
            self.kept.prune()

    def _each(
        self, commands: Sequence[GateCommand], commit_id: str, tree: Path, temporary: Path, stop: threading.Event
    ) -> dict[str, CommandGate]:
        environment = environment_for(self.kept.folder, tree, temporary, commit_id)
        environment["COCKPIT_ENVIRONMENT"] = self.environment
        said: dict[str, CommandGate] = {}
        for command in commands:
            log_path = self.kept.log_of(commit_id).with_name(f"{quote(command.name, safe=' ')}.log")
            with KeptLog(log_path) as log:
                ending = run_build(command.command, tree, environment, log, command.timeout_s, stop)
            if ending.how is Ended.STOPPED:
                break
            said[command.name] = _told(command, commit_id, ending, log_path)
        return said


def _told(command: GateCommand, commit_id: str, ending: Ending, log_path: Path) -> CommandGate:
    now = datetime.now(UTC)
    lasts = timedelta(seconds=command.every_s + command.timeout_s + BETWEEN_RUNS_S)
    gate = CommandGate(
        name=command.name,
        commit=commit_id,
        end=CommandEnd.BY_ITSELF,
        exit_status=ending.exit_status,
        said=clean(last_line(log_path), 200),
        log=str(log_path),
        freshness=Freshness(now, now + lasts),
    )
    if ending.how is Ended.TIME_OVER:
        return replace(gate, end=CommandEnd.TIME_OVER)
    return replace(gate, end=CommandEnd.NOT_STARTED) if ending.exit_status in _NOT_RUNNABLE else gate
