"""The team's own playbook, limited to the servers whose turn it is."""

import json
import re
from pathlib import Path

from cockpit.config.rollout_settings import DeployTable
from cockpit.config.trust import shown
from cockpit.deploy.deployer import DeployJob, environment_of, values_of
from cockpit.deploy.order import StepOrder
from cockpit.deploy.template import all_filled, check_templates
from cockpit.errors import ConfigError, DeployError
from cockpit.text import clean

VARIABLES = (
    "ANSIBLE_CONFIG", "ANSIBLE_HOME", "ANSIBLE_INVENTORY", "ANSIBLE_ROLES_PATH", "ANSIBLE_COLLECTIONS_PATH",
    "ANSIBLE_VAULT_PASSWORD_FILE", "ANSIBLE_PRIVATE_KEY_FILE",
)  # fmt: skip
"""Where Ansible finds what is its own; paths, and no secrets."""

_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_TEMPLATE_MARKS = ("{{", "{%", "{#")


class AnsibleDeployer:
    """Runs `ansible-playbook PLAYBOOK -i INVENTORY --limit SERVERS -e {…}` in the repository's folder."""

    name = "ansible"

    def __init__(self, table: DeployTable, root: Path) -> None:
        """Raises ConfigError for settings that can never run."""
        for key in ("playbook", "inventory"):
            value = getattr(table, key)
            if not value or value.startswith("-"):
                raise ConfigError("expected a path", where=f"rollout.deploy.{key}")
            check_templates([value], f"rollout.deploy.{key}", one_server=table.per == "server")
        check_templates(table.extra, "rollout.deploy.extra", one_server=table.per == "server")
        self.per = table.per
        self._table = table
        self._root = root

    def order(self, job: DeployJob, step_id: str) -> StepOrder:
        """Return the playbook's run; raises DeployError for names that Ansible would not take as they are."""
        environment = environment_of(job, step_id, VARIABLES)
        return StepOrder(
            step_id=step_id,
            servers=job.servers,
            argv=self._argv(job),
            environment=environment | {"ANSIBLE_NOCOLOR": "1", "PYTHONUNBUFFERED": "1"},
            timeout_s=self._table.timeout_s,
            folder=str(self._root),
        )

    def shown(self, job: DeployJob) -> tuple[str, ...]:
        """Return the run as one would type it; raises DeployError."""
        return (shown(self._argv(job)),)

    def _argv(self, job: DeployJob) -> tuple[str, ...]:
        values = values_of(job)
        playbook, inventory = all_filled((self._table.playbook, self._table.inventory), values)
        extra = all_filled(self._table.extra, values)
        return (
            "ansible-playbook", playbook, "-i", inventory,
            "--limit", _limit(job.servers), "--extra-vars", _variables(values), *extra,
        )  # fmt: skip


def _limit(servers: tuple[str, ...]) -> str:
    """Return the servers as a pattern of theirs that can mean nothing else: no ranges, no files, no negations."""
    for server in servers:
        if not _HOST.fullmatch(server) or server in ("all", "ungrouped"):
            raise DeployError(
                f"no name that Ansible's --limit takes as one host: {clean(server, 100)!r}",
                next_step="Name the server in cockpit.toml as the inventory does",
            )
    return ",".join(servers)


def _variables(values: dict[str, str]) -> str:
    """Return the variables as JSON: in the other form a blank in a value begins a variable of its own.

    Ansible evaluates templates in them, so a value with the marks of one is refused.
    """
    for name, value in values.items():
        if any(mark in value for mark in _TEMPLATE_MARKS):
            raise DeployError(f"{name} would be evaluated by Ansible: {clean(value, 100)!r}")
    return json.dumps({f"cockpit_{name}": value for name, value in values.items()})
