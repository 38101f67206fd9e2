"""Which branch is released from, and which is the main one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cockpit.config.settings import Git
from cockpit.errors import GitError, GitTrouble
from cockpit.gitrun import GitRunner
from cockpit.sources.git_refs import RefSnapshot, read_refs
from cockpit.text import clean

DETACHED = "HEAD"
"""What stands for the branch when there is a commit and no branch."""

TRAINS = ("release/", "releases/")

_NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Branches:
    """The two branches that matter, with the commits they point to; empty where there is none."""

    release: str
    head: str
    main: str
    main_head: str


def choose_branches(snapshot: RefSnapshot, release: str, main: str, dates: Mapping[str, int] | None = None) -> Branches:
    """Return the release and the main branch of a repository.

    `release` and `main` are what is configured, empty for: `release`, the newest `release/*` by the numbers in its
    name and then by date, else the main branch; and what the origin's HEAD names, `main`, `master`, the only branch.
    `dates` are commit times by branch. Raises GitError when a configured branch does not exist.
    """
    branches = snapshot.branches
    main_name = _configured(branches, main, "main_branch") or detect_main(snapshot)
    release_name = (
        _configured(branches, release, "release_branch") or detect_release(branches, dates or {}) or main_name
    )
    if not release_name and not snapshot.head.startswith("refs/") and snapshot.head:
        return Branches(DETACHED, snapshot.head, "", "")
    return Branches(release_name, branches.get(release_name, ""), main_name, branches.get(main_name, ""))


def read_branches(runner: GitRunner, settings: Git) -> Branches:
    """Return the release and the main branch of our clone; raises GitError."""
    snapshot = read_refs(runner.git_dir)
    trains = [name for name in snapshot.branches if name.startswith(TRAINS)]
    versions = [_version(name) for name in trains]
    tied = bool(versions) and versions.count(max(versions)) > 1 and not settings.release_branch
    return choose_branches(
        snapshot, settings.release_branch, settings.main_branch, branch_dates(runner) if tied else None
    )


def branch_dates(runner: GitRunner) -> dict[str, int]:
    """Return when each branch was last committed to, in Unix seconds."""
    printed = runner.run("for-each-ref", "--format=%(refname)%00%(committerdate:unix)", "refs/heads", deadline_s=60.0)
    lines = (line.partition("\0") for line in printed.decode("utf-8", "surrogateescape").split("\n"))
    return {name.removeprefix("refs/heads/"): int(date) for name, _, date in lines if date.isdigit()}


def detect_main(snapshot: RefSnapshot) -> str:
    """Return the main branch, or empty."""
    branches = snapshot.branches
    likely = (snapshot.head.removeprefix("refs/heads/"), "main", "master", "trunk")
    found = next((name for name in likely if name in branches), "")
    return found or (next(iter(branches)) if len(branches) == 1 else "")


def detect_release(branches: Mapping[str, str], dates: Mapping[str, int]) -> str:
    """Return `release` or the newest `release/*`, or empty."""
    if "release" in branches:
        return "release"
    trains = [name for name in branches if name.startswith(TRAINS)]
    return max(trains, key=lambda name: (_version(name), dates.get(name, 0), name), default="")


def _version(name: str) -> tuple[int, ...]:
    return tuple(int(number[:18]) for number in _NUMBERS.findall(name))


def _configured(branches: Mapping[str, str], name: str, key: str) -> str:
    if name and name not in branches and branches:
        there = ", ".join(clean(branch, 60) for branch in sorted(branches)[:8])
        raise GitError(
            f"there is no branch called {clean(name, 100)}",
            where=f"cockpit.toml: git.{key}",
            next_step=f"Name one of the branches that are there: {there}",
            trouble=GitTrouble.REFUSED,
        )
    return name if name in branches else ""
