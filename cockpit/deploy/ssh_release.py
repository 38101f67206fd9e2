"""Releases side by side on each server, and a link to the one that runs: the real OpenSSH client does the rest.

What is done on a server stands in `ssh_recipe`, which runs as the step's program.
"""

import json
import re
import sys
from pathlib import Path

from cockpit.config.rollout_settings import DeployTable, SshTable
from cockpit.config.trust import shown
from cockpit.deploy.deployer import DeployJob, environment_of, values_of
from cockpit.deploy.names import safe_name
from cockpit.deploy.order import StepOrder
from cockpit.deploy.ssh_recipe import Release, Target, ssh_command
from cockpit.deploy.template import all_filled, check_templates, filled
from cockpit.errors import ConfigError, DeployError
from cockpit.text import clean

_KEY = "rollout.deploy.ssh"
_HOST = re.compile(r"[A-Za-z0-9_\[][A-Za-z0-9_.:%\[\]-]*")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@+-]*")
_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})")


class SshDeployer:
    """Copies the artefact, checks it on the server, switches the link, restarts."""

    name = "ssh"

    def __init__(self, table: DeployTable, root: Path) -> None:
        """Raises ConfigError for settings that can never work."""
        if table.ssh is None:
            raise ConfigError("expected a table", where=_KEY, next_step="Name at least artefact and root")
        _check(table.ssh)
        self.per = table.per
        self._timeout_s = table.timeout_s
        self._ssh = table.ssh
        self._root = root

    def order(self, job: DeployJob, step_id: str) -> StepOrder:
        """Return the recipe's run for each server in its turn; raises DeployError for names that are not plain."""
        told = [[target.told(), release.told()] for target, release in map(self._of(job), job.servers)]
        package_parent = str(Path(__file__).parents[2])
        return StepOrder(
            step_id=step_id,
            servers=job.servers,
            argv=(sys.executable, "-P", "-m", "cockpit.deploy.ssh_recipe", json.dumps(told)),
            environment=environment_of(job, step_id) | {"PYTHONPATH": package_parent, "PYTHONUNBUFFERED": "1"},
            timeout_s=self._timeout_s,
            folder=str(self._root),
        )

    def shown(self, job: DeployJob) -> tuple[str, ...]:
        """Return what is done on each server, with the ssh command it is done through; raises DeployError."""
        lines: list[str] = []
        for target, release in map(self._of(job), job.servers):
            place = f"{release.root}/releases/{release.name}"
            lines.append(shown((*ssh_command(target), "sh")))
            lines.append(f"  copy {release.artefact} to {place} unless it is there; check {release.digest or 'sha256'}")
            lines.append(f"  link {release.root}/current -> releases/{release.name}")
            if release.restart:
                lines.append(f"  run {shown(tuple(release.restart))}")
            lines.append(f"  remove releases beyond the newest {release.keep}")
        return tuple(clean(line, 2000) for line in lines)

    def _of(self, job: DeployJob) -> "_Filling":
        return _Filling(self._ssh, job, self._root)


class _Filling:
    """Fills the settings in for one server after the other."""

    def __init__(self, ssh: SshTable, job: DeployJob, root: Path) -> None:
        self._ssh = ssh
        self._job = job
        self._root = root

    def __call__(self, server: str) -> tuple[Target, Release]:
        values = {**values_of(self._job), "server": server, "url": self._job.urls.get(server, "")}
        values["zone"] = self._job.zones.get(server, "")
        return self._target(server, values), self._release(values)

    def _target(self, server: str, values: dict[str, str]) -> Target:
        host, user = filled(self._ssh.host, values), filled(self._ssh.user, values)
        if not _HOST.fullmatch(host):
            raise DeployError(f"no plain name of a host: {clean(host, 100)!r}", where=f"{_KEY}.host")
        if user and not _USER.fullmatch(user):
            raise DeployError(f"no plain name of a user: {clean(user, 100)!r}", where=f"{_KEY}.user")
        port = self._ssh.ports.get(server, self._ssh.port)
        config = str(self._root / self._ssh.config) if self._ssh.config else ""
        return Target(server, host, user, port or 0, config)

    def _release(self, values: dict[str, str]) -> Release:
        job = self._job
        artefact = self._root / filled(self._ssh.artefact, values)
        root = filled(self._ssh.root, values)
        _check_path(root)
        return Release(
            name=safe_name(job.version),
            before=safe_name(job.release_before) if job.release_before else "",
            artefact=str(artefact),
            digest=_digest(job.digests.get(artefact.name) or job.digest),
            root=root,
            restart=list(all_filled(self._ssh.restart, values)),
            keep=self._ssh.keep,
            token=job.token,
        )


def _check(ssh: SshTable) -> None:
    texts = {"host": [ssh.host], "user": [ssh.user], "artefact": [ssh.artefact], "root": [ssh.root]}
    for key, templates in (texts | {"restart": ssh.restart}).items():
        check_templates(templates, f"{_KEY}.{key}", one_server=True)
    if not ssh.root.startswith("/"):
        raise ConfigError("expected a path that begins with '/'", where=f"{_KEY}.root")
    if ssh.restart and not ssh.restart[0]:
        raise ConfigError("expected a program and its arguments", where=f"{_KEY}.restart")


def _check_path(path: str) -> None:
    """A value that was filled in must not lead elsewhere."""
    if ".." in path.split("/"):
        raise DeployError(f"leads out of its folder: {clean(path, 100)!r}", where=f"{_KEY}.root")


def _digest(text: str) -> str:
    """Return 'sha256:' and 64 digits; empty where none is recorded. Raises DeployError for what cannot be checked."""
    if not text:
        return ""
    if (match := _DIGEST.fullmatch(text.lower())) is None:
        raise DeployError(f"no sha256 digest, so it cannot be checked on the server: {clean(text, 100)!r}")
    return f"sha256:{match[1]}"
