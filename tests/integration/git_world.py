"""Real repositories for tests of what git tells, and a sink that keeps what it is told."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from cockpit.config.places import find_repository
from cockpit.config.settings import Settings
from cockpit.domain.change import Change
from cockpit.domain.commit import BranchState
from cockpit.domain.facts import BranchSeen, ChangesSeen, Facts
from cockpit.sources.git import GitSource
from cockpit.sources.source import Observation

F = TypeVar("F")


class World:
    """One repository under a folder of its own."""

    def __init__(self, folder: Path, *init: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.git("init", "-q", "-b", "main", *init)
        self._second = 1_700_000_000

    def git(self, *args: str, given: bytes | None = None, **environment: str) -> str:
        """Run git there as a user would."""
        return self.raw(*args, given=given, **environment).decode("utf-8", "replace").strip()

    def raw(self, *args: str, given: bytes | None = None, **environment: str) -> bytes:
        """Run git there and return the very bytes it printed."""
        return subprocess.run(
            ["git", *args],
            cwd=self.folder,
            input=given,
            capture_output=True,
            check=True,
            env={**os.environ, **environment},
        ).stdout

    def commit(self, message: str | bytes, *, author: str = "Ada Tester", **files: str) -> str:
        """Commit `files` (dots in names as `__`) and return the commit's id; every commit is a minute later."""
        for name, text in (files or {"file__txt": str(message)}).items():
            path = self.folder / name.replace("__", ".").replace("_of_", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("add", "-A")
        self._second += 60
        given = message.encode() if isinstance(message, str) else message
        date = f"{self._second} +0000"
        self.git(
            "commit", "-q", "--allow-empty", "--cleanup=verbatim", "-F", "-", given=given,
            GIT_AUTHOR_NAME=author, GIT_AUTHOR_DATE=date, GIT_COMMITTER_DATE=date,
        )  # fmt: skip
        return self.git("rev-parse", "HEAD")

    def merge(self, branch: str, message: str) -> str:
        """Merge `branch` as a code host would, and return the commit's id."""
        self._second += 60
        date = f"{self._second} +0000"
        self.git("merge", "-q", "--no-ff", "-m", message, branch, GIT_AUTHOR_NAME="Host", GIT_COMMITTER_DATE=date)
        return self.git("rev-parse", "HEAD")


class KeepingSink:
    """Keeps every fact in order."""

    def __init__(self) -> None:
        self.facts: list[Facts] = []

    def put(self, facts: Facts) -> None:
        """Keep `facts`."""
        self.facts.append(facts)

    def all(self, kind: type[F]) -> list[F]:
        """Return the facts of one kind."""
        return [facts for facts in self.facts if isinstance(facts, kind)]

    @property
    def branch(self) -> BranchState:
        """The state of the branch told last."""
        return self.all(BranchSeen)[-1].state

    @property
    def changes(self) -> list[Change]:
        """The change list told last, newest first."""
        return list(self.all(ChangesSeen)[-1].changes)[::-1]


def settings(**git: str) -> Settings:
    """Return settings with these keys in the table of git."""
    return msgspec.convert({"git": git}, Settings)


def source_of(folder: Path, clone: Path, wanted: Settings | None = None) -> GitSource:
    """Return the source of the repository that holds `folder`."""
    return GitSource(wanted or Settings(), find_repository(folder), clone)


async def told(source: GitSource, cursor: Mapping[str, str] | None = None) -> tuple[KeepingSink, Observation]:
    """Ask until there is nothing left to read."""
    sink = KeepingSink()
    observation = Observation(cursor or {})
    for _ in range(20):
        observation = await source.observe(sink, observation.cursor)
        if observation.again_in_s is None:
            break
    return sink, observation
