"""Which commands of a repository's `cockpit.toml` the local user has agreed to run.

The agreement is for the exact arguments: a commit by someone else that changes them suspends it.
"""

import hashlib
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from cockpit.config.rollout_settings import DeployTable, RolloutTable
from cockpit.config.settings import Settings
from cockpit.durable import write_durably
from cockpit.errors import TrustError
from cockpit.text import clean

SIZE_LIMIT_BYTES = 1024 * 1024
"""A trust file larger than this is not ours."""


@dataclass(frozen=True, slots=True)
class TrustedCommand:
    """One entry of `cockpit.toml` that makes this machine run something."""

    key: str
    """Where it stands: 'ci.local.command'."""
    argv: tuple[str, ...]


class TrustFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the user has agreed to; the commands are kept so that a difference can be shown."""

    format: int
    digest: str
    commands: dict[str, list[str]]


def commands_of(settings: Settings) -> tuple[TrustedCommand, ...]:
    """Return every entry that names a program to run; each new kind of command is listed here."""
    local = settings.ci.local
    builds = (TrustedCommand("ci.local.command", tuple(local.command)),) if local else ()
    gates = (TrustedCommand(f"gates.{gate.name}.command", tuple(gate.command)) for gate in settings.gates.commands)
    return (*builds, *gates, *_rollout_commands(settings.rollout))


def is_trusted(trust_file: Path, settings: Settings) -> bool:
    """Tell whether every command of `settings` may run."""
    return not why_untrusted(trust_file, settings)


def why_untrusted(trust_file: Path, settings: Settings) -> str:
    """Return why the commands may not run, in one line, or an empty text when they may."""
    commands = commands_of(settings)
    if not commands:
        return ""
    try:
        agreed = _read(trust_file)
    except TrustError as error:
        return error.what
    if agreed is None:
        return "nobody on this machine has trusted the commands of cockpit.toml"
    if agreed.digest != _digest(commands):
        return "the commands of cockpit.toml have changed since they were trusted"
    return ""


def trust(trust_file: Path, settings: Settings) -> None:
    """Agree to every command of `settings` as it stands now; raises TrustError when that cannot be kept."""
    commands = commands_of(settings)
    agreed = TrustFile(1, _digest(commands), {command.key: list(command.argv) for command in commands})
    try:
        _write(trust_file, msgspec.json.format(msgspec.json.encode(agreed)) + b"\n")
    except OSError as error:
        raise TrustError(
            f"the agreement could not be kept: {error.strerror}",
            where=str(trust_file),
            next_step="Make the folder writable and run again: cockpit trust",
        ) from error


def difference(trust_file: Path, settings: Settings) -> list[str]:
    """Return the lines that lead from what was trusted to what stands there now: '- key: old', '+ key: new'."""
    try:
        agreed = _read(trust_file)
    except TrustError:
        agreed = None
    before = {key: tuple(argv) for key, argv in agreed.commands.items()} if agreed else {}
    now = {command.key: command.argv for command in commands_of(settings)}
    lines: list[str] = []
    for key in sorted(before.keys() | now.keys()):
        if before.get(key) == now.get(key):
            continue
        if key in before:
            lines.append(f"- {clean(key)}: {shown(before[key])}")
        if key in now:
            lines.append(f"+ {key}: {shown(now[key])}")
    return lines


def shown(argv: tuple[str, ...]) -> str:
    """Return a command for people to judge; one with characters that hide is written with escapes."""
    line = shlex.join(argv)
    return line if clean(line, len(line) + 1) == line else ascii(list(argv))


def _rollout_commands(rollout: RolloutTable) -> Iterator[TrustedCommand]:
    """Yield what a rollout runs, asks and moves: whatever changes here changes what is done to the servers."""
    if rollout.deploy is not None:
        yield from _deploy_commands(rollout.deploy)
    for smoke in rollout.smoke:
        key = f"rollout.smoke.{smoke.name}"
        if smoke.command:
            yield TrustedCommand(f"{key}.command", tuple(smoke.command))
            yield TrustedCommand(
                f"{key}.runs", (f"per={smoke.per}", f"in={'checkout' if smoke.checkout else 'repository'}")
            )
        else:
            yield TrustedCommand(f"{key}.path", ("GET", smoke.path))
    if (traffic := rollout.traffic) is not None:
        names = (f"{server}={name}" for server, name in sorted(traffic.servers.items()))
        yield TrustedCommand("rollout.traffic", (traffic.kind, traffic.socket, traffic.backend, *names))


def _deploy_commands(deploy: DeployTable) -> Iterator[TrustedCommand]:
    key = "rollout.deploy"
    yield TrustedCommand(f"{key}.kind", (deploy.kind, *_words("per", deploy.per)))
    if deploy.command:
        yield TrustedCommand(f"{key}.command", tuple(deploy.command))
    if deploy.playbook or deploy.inventory or deploy.extra:
        playbook = ("ansible-playbook", deploy.playbook, "-i", deploy.inventory, *deploy.extra)
        yield TrustedCommand(f"{key}.playbook", playbook)
    if (ssh := deploy.ssh) is not None:
        to = (
            "ssh",
            ssh.host,
            *_words("user", ssh.user),
            *_words("port", ssh.port),
            *_words("config", ssh.config),
        )
        ports = (f"{server}:{port}" for server, port in sorted(ssh.ports.items()))
        yield TrustedCommand(f"{key}.ssh", (*to, *ports))
        yield TrustedCommand(f"{key}.ssh.artefact", (ssh.artefact, ssh.root, f"keep={ssh.keep}"))
        if ssh.restart:
            yield TrustedCommand(f"{key}.ssh.restart", tuple(ssh.restart))


def _words(name: str, *values: object) -> tuple[str, ...]:
    """Return a setting as arguments that people can read, none for an empty one."""
    return tuple(f"{name}={value}" for value in values if value not in ("", None))


def _digest(commands: tuple[TrustedCommand, ...]) -> str:
    canonical = msgspec.json.encode(sorted((command.key, command.argv) for command in commands))
    return hashlib.sha256(canonical).hexdigest()


def _read(trust_file: Path) -> TrustFile | None:
    """Return the agreement, None when there is none; raises TrustError for a file that cannot be believed."""
    try:
        with trust_file.open("rb") as file:
            content = file.read(SIZE_LIMIT_BYTES + 1)
        agreed = msgspec.json.decode(content, type=TrustFile)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise TrustError(f"the trust file cannot be read: {error.strerror}", where=str(trust_file)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise TrustError("the trust file is damaged", where=str(trust_file)) from error
    commands = tuple(TrustedCommand(key, tuple(argv)) for key, argv in agreed.commands.items())
    if agreed.format != 1 or agreed.digest != _digest(commands):
        raise TrustError("the trust file is damaged", where=str(trust_file))
    return agreed


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_durably(path, content)
