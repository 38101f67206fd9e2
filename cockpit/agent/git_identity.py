"""Who git says sits here, kept for screens, which run no git."""

import contextlib
import json
from pathlib import Path

from cockpit.errors import GitError
from cockpit.git_terms import RemoteTerms
from cockpit.gitrun import GitRunner
from cockpit.text import clean


def read_git_identity(git_dir: Path) -> tuple[str, str]:
    """Return name and e-mail as the user's git would sign a commit in this repository, '' for what is not set."""
    runner = GitRunner(git_dir)
    return _setting(runner, "user.name"), _setting(runner, "user.email")


def keep_git_identity(path: Path, git_dir: Path) -> None:
    """Leave name and e-mail for screens; lost without harm."""
    with contextlib.suppress(OSError):
        path.write_text(json.dumps(read_git_identity(git_dir)), "utf-8")


def kept_git_identity(path: Path) -> tuple[str, str]:
    """Return what was kept, or nothing."""
    try:
        name, email = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, TypeError):
        return "", ""
    return clean(str(name), 100), clean(str(email), 100)


def _setting(runner: GitRunner, key: str) -> str:
    try:
        printed = runner.run("config", "--get", key, remote=RemoteTerms(), good=(0, 1))
    except GitError:
        return ""
    return clean(printed.strip(), 100)
