"""Every way to deploy: those of the cockpit's own that the settings name, and those of the entry-point group."""

from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Protocol

from cockpit.config.rollout_settings import DeployTable, RolloutTable
from cockpit.deploy.ansible import AnsibleDeployer
from cockpit.deploy.command import CommandDeployer
from cockpit.deploy.deployer import Deployer
from cockpit.deploy.ssh_release import SshDeployer
from cockpit.errors import CockpitError, ConfigError, DeployError
from cockpit.text import clean

GROUP = "cockpit.deployers"
"""Entry points that name a `DeployerFactory`, by the word that `[rollout.deploy] kind` has for it."""

_BUILT_IN: Mapping[str, Callable[[DeployTable, Path], Deployer]] = {
    "command": CommandDeployer,
    "ansible": AnsibleDeployer,
    "ssh": SshDeployer,
}


class DeployerFactory(Protocol):
    """Makes the deployer of a plug-in."""

    def __call__(self, settings: RolloutTable, root: Path) -> Deployer:
        """Return it, or raise ConfigError with the key that is wrong."""


def build_deployer(settings: RolloutTable, root: Path, plugins: Iterable[EntryPoint] | None = None) -> Deployer:
    """Return what the settings ask for; nothing is run.

    Raises ConfigError, whose `where` is the key, for settings that cannot work, and DeployError for a plug-in that
    cannot be loaded.
    """
    table = settings.deploy
    if table is None:
        raise ConfigError(
            "nothing says how a version gets onto a server",
            where="rollout.deploy",
            next_step='Name the team\'s own way there: kind = "command", "ansible" or "ssh"',
        )
    if (built_in := _BUILT_IN.get(table.kind)) is not None:
        return built_in(table, root)
    found = [one for one in (entry_points(group=GROUP) if plugins is None else plugins) if one.name == table.kind]
    if not found:
        raise ConfigError(
            f"no way to deploy is called {clean(table.kind, 60)!r}",
            where="rollout.deploy.kind",
            next_step=f"There are {', '.join(_BUILT_IN)}, and plug-ins of the group {GROUP}",
        )
    return _of_plugin(found[0], settings, root)


def _of_plugin(plugin: EntryPoint, settings: RolloutTable, root: Path) -> Deployer:
    try:
        factory: DeployerFactory = plugin.load()
        return factory(settings, root)
    except CockpitError:
        raise
    except Exception as error:
        raise DeployError(
            f"the plug-in could not be loaded: {clean(f'{type(error).__name__}: {error}', 200)}",
            where=clean(f"{plugin.value} ({GROUP})"),
            next_step="Repair or uninstall this plug-in",
        ) from error
