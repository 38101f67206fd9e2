"""The team's own deployment command, for each server or once for a wave."""

from pathlib import Path

from cockpit.config.rollout_settings import DeployTable
from cockpit.config.trust import shown
from cockpit.deploy.deployer import DeployJob, environment_of, values_of
from cockpit.deploy.order import StepOrder
from cockpit.deploy.template import all_filled, check_templates
from cockpit.errors import ConfigError

_KEY = "rollout.deploy.command"


class CommandDeployer:
    """Runs an argument list in the repository's folder; no shell reads it."""

    name = "command"

    def __init__(self, table: DeployTable, root: Path) -> None:
        """Raises ConfigError for a command that can never run."""
        if not table.command or not table.command[0]:
            raise ConfigError("expected a program and its arguments", where=_KEY)
        check_templates(table.command, _KEY, one_server=table.per == "server")
        self.per = table.per
        self._table = table
        self._root = root

    def order(self, job: DeployJob, step_id: str) -> StepOrder:
        """Return the command, filled in."""
        return StepOrder(
            step_id=step_id,
            servers=job.servers,
            argv=self._argv(job),
            environment=environment_of(job, step_id),
            timeout_s=self._table.timeout_s,
            folder=str(self._root),
        )

    def shown(self, job: DeployJob) -> tuple[str, ...]:
        """Return the command as one would type it."""
        return (shown(self._argv(job)),)

    def _argv(self, job: DeployJob) -> tuple[str, ...]:
        return all_filled(self._table.command, values_of(job))
