"""A commit by someone else that changes a command suspends it until the local user has trusted it again."""

import subprocess
import sys
from pathlib import Path

import pytest

from cockpit.config.loading import load_settings
from cockpit.config.places import Places, Repository, find_repository, places_for
from cockpit.config.trust import difference, trust
from cockpit.domain.build import BuildResult
from cockpit.domain.facts import BuildSeen, Facts
from cockpit.errors import SourceRefusedError
from cockpit.sources.registry import build_sources


class Builds:
    """A sink that keeps the builds among the facts."""

    def __init__(self) -> None:
        self.results: list[BuildResult] = []

    def put(self, facts: Facts) -> None:
        if isinstance(facts, BuildSeen):
            self.results.append(facts.build.result)


def commit_command(root: Path, code: str) -> None:
    (root / "cockpit.toml").write_text(f"[ci.local]\ncommand = ['{sys.executable}', '-c', '''{code}''']\n")
    subprocess.run(["git", "-C", root, "add", "-A"], check=True)
    subprocess.run(["git", "-C", root, "commit", "-q", "-m", "chore: another command"], check=True)


async def build_head(repository: Repository, places: Places) -> list[BuildResult]:
    """What git and local CI make of the repository as it is now."""
    kept = Builds()
    sources = build_sources(load_settings(repository.root / "cockpit.toml"), repository, places, plugins=[])
    try:
        for name in ("git", "ci"):
            await next(source for source in sources if source.name == name).observe(kept, {})
    finally:
        for source in sources:
            await source.close()
    return kept.results


async def test_a_changed_command_does_not_run_until_it_is_trusted_again(tmp_path: Path) -> None:
    root = tmp_path / "payments"
    subprocess.run(["git", "init", "-q", "-b", "main", root], check=True)  # noqa: ASYNC221 – a moment
    repository = find_repository(root)
    places = places_for(repository)
    commit_command(root, "pass")
    with pytest.raises(SourceRefusedError, match="cockpit trust"):
        await build_head(repository, places)

    trust(places.trust, load_settings(root / "cockpit.toml"))
    assert await build_head(repository, places) == [BuildResult.RUNNING, BuildResult.PASSED]

    canary = tmp_path / "canary"
    commit_command(root, f'open("{canary}", "w")')
    with pytest.raises(SourceRefusedError, match="cockpit trust"):
        await build_head(repository, places)
    assert not canary.exists()
    before, now = difference(places.trust, load_settings(root / "cockpit.toml"))
    assert before.endswith("-c pass")
    assert str(canary) in now

    trust(places.trust, load_settings(root / "cockpit.toml"))
    assert await build_head(repository, places) == [BuildResult.RUNNING, BuildResult.PASSED]
    assert canary.exists()
