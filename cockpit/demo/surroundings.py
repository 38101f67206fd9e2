"""What programs of the demo see around them: a home of their own, and nothing of the user's git settings."""

import os
import shutil
import site
import subprocess
from collections.abc import Mapping
from pathlib import Path

from cockpit.demo.cleaning import MARK
from cockpit.demo.folder import DemoFolder
from cockpit.errors import DemoError

GIT_SETTINGS = """\
[user]
\tname = Robin Vega
\temail = robin@example.org
[init]
\tdefaultBranch = main
[gc]
\tauto = 0
[maintenance]
\tauto = false
[commit]
\tgpgSign = false
[core]
\tfsync = none
"""

DEADLINE_S = 30.0


def own_places(folder: DemoFolder) -> dict[str, str]:
    """Return the variables that lead to the demo's own home; enough to look at a kept demo."""
    home = folder.home
    return {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_STATE_HOME": str(home / ".local" / "state"),
    }


def environment(folder: DemoFolder) -> dict[str, str]:
    """Return the environment of every program that the demo starts."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    own = {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        # Another home must not hide what the user has installed for himself.
        "PYTHONUSERBASE": site.getuserbase(),
        MARK: str(folder.root),
    }
    return inherited | own_places(folder) | own


def furnish(folder: DemoFolder) -> None:
    """Write the settings of git that everybody in the demo shares; raises DemoError without git."""
    if shutil.which("git") is None:
        raise DemoError("git is not installed", next_step="Install git 2.30 or newer")
    (folder.home / ".gitconfig").write_text(GIT_SETTINGS)


def git(
    folder: DemoFolder, where: Path, *arguments: str, fed: bytes = b"", more: Mapping[str, str] | None = None
) -> str:
    """Run git in `where` and return what it printed; raises DemoError."""
    try:
        done = subprocess.run(
            ["git", "-C", str(where), *arguments],
            input=fed,
            env=environment(folder) | dict(more or {}),
            capture_output=True,
            timeout=DEADLINE_S,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise DemoError(f"git {arguments[0]} did not end within {DEADLINE_S:g} s", where=str(where)) from error
    except subprocess.CalledProcessError as error:
        words = error.stderr.decode("utf-8", "replace").strip().splitlines() or ["no word"]
        raise DemoError(f"git {arguments[0]} failed: {words[-1]}", where=str(where)) from error
    except OSError as error:
        raise DemoError(f"git cannot be run: {error.strerror}", where=str(where)) from error
    return done.stdout.decode("utf-8", "replace")
