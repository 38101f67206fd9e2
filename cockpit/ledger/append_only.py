"""Whether the ledger's server lets it only grow, and how that is switched on."""

import os
from enum import Enum
from pathlib import Path

from cockpit.gitrun import GitRunner
from cockpit.ledger.chain import LedgerRemote
from cockpit.ledger.update_hook import MARK
from cockpit.text import clean

LARGEST_HOOK = 1 << 20
"""Bytes; of a larger one the beginning is looked at."""


class Guard(Enum):
    """What keeps the ledger from being rewritten or deleted."""

    HOOK = "its hook lets the ledger only grow"
    SETTINGS = "it takes neither rewritten nor deleted branches"
    NONE = "it would take a rewritten or deleted ledger"
    UNSEEN = "whether its host protects the ledger's branch cannot be seen from here"

    @property
    def holds(self) -> bool | None:
        """Whether it is guarded, None where nobody can tell."""
        return None if self is Guard.UNSEEN else self is not Guard.NONE


def guard_of(runner: GitRunner, remote: LedgerRemote) -> Guard:
    """Return what guards the ledger at its remote; raises GitError where the repository's settings cannot be read."""
    if remote.folder is None:
        return Guard.UNSEEN
    config = remote.folder / "config"
    if _has_hook(remote.folder, _setting(runner, config, "core.hooksPath")):
        return Guard.HOOK
    switches = ("receive.denyNonFastForwards", "receive.denyDeletes")
    is_strict = all(_setting(runner, config, key, "--type=bool") == "true" for key in switches)
    return Guard.SETTINGS if is_strict else Guard.NONE


def how_to_guard(remote: LedgerRemote) -> str:
    """Return how whoever keeps the server switches it on, for people."""
    branch = remote.ref.removeprefix("refs/heads/")
    if remote.folder is not None:
        hook = remote.folder / "hooks" / "update"
        return clean(f"cockpit ledger hook > {hook}; chmod +x {hook}")
    shown = remote.shown.lower()
    if "github" in shown:
        return clean(f"In the repository's rulesets: for branch {branch} restrict deletions and block force pushes")
    if "gitlab" in shown:
        return clean(
            f"In the repository's protected branches: add {branch}, allow force push off, whoever decides may push"
        )
    return clean(f"Protect branch {branch} from force pushes and deletion; a plain git server: cockpit ledger hook")


def _setting(runner: GitRunner, config: Path, key: str, *kind: str) -> str:
    """A value that is none of its kind is as good as not set."""
    printed = runner.run("config", "--file", str(config), "--no-includes", *kind, "--get", key, good=(0, 1, 128))
    return printed.decode("utf-8", "surrogateescape").rstrip("\n")


def _has_hook(folder: Path, hooks_path: str) -> bool:
    """Git runs hooks in the repository, so that a relative path begins there."""
    hook = folder / (os.path.expanduser(hooks_path) or "hooks") / "update"  # noqa: PTH111 - git knows '~user' too
    try:
        with hook.open("rb") as file:
            return MARK.encode() in file.read(LARGEST_HOOK) and os.access(hook, os.X_OK)
    except OSError:
        return False
