"""Asking every source once, in an order in which each finds what it reads."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from cockpit.agent.lock import is_held
from cockpit.bootstrap import feed, locate, settings_of, sync
from cockpit.config.places import Places, Repository
from cockpit.config.trust import trust
from cockpit.domain.source_state import SourceStatus
from cockpit.domain.verdict import Verdict


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "payments"
    root.mkdir()
    _git(root, "init", "-q", "-b", "main")
    (root / "features.toml").write_text('[[feature]]\nid = "csv"\ntitle = "Export"\n')
    _git(root, "add", ".")
    _git(root, "commit", "-q", "-m", "feat: begin")
    return root


def _git(folder: Path, *args: str) -> None:
    subprocess.run(["git", "-C", str(folder), *args], check=True, capture_output=True)


@contextlib.contextmanager
def _nobody_at_work(_repository: Path) -> Iterator[None]:
    yield


@contextlib.contextmanager
def _agent_at_work(repository: Path) -> Iterator[None]:
    places = locate(str(repository))[1]
    agent = subprocess.Popen([sys.executable, "-m", "cockpit", "-C", str(repository), "agent"])
    try:
        until = time.monotonic() + 30.0
        while not is_held(places.agent_lock) and time.monotonic() < until:
            time.sleep(0.05)
        yield
    finally:
        agent.terminate()
        agent.wait(30)


@pytest.mark.parametrize("surroundings", [_nobody_at_work, _agent_at_work])
def test_the_present_head_is_built_however_new_it_is(
    repository: Path, surroundings: Callable[[Path], AbstractContextManager[None]]
) -> None:
    (repository / "cockpit.toml").write_text('[ci.local]\ncommand = ["true"]\n')
    found, places = locate(str(repository))
    trust(places.trust, settings_of(found))
    with surroundings(repository):
        _commit_and_sync(repository, found, places)


def _commit_and_sync(repository: Path, found: Repository, places: Places) -> None:
    for subject in ("fix: one", "fix: two"):
        _git(repository, "commit", "-q", "--allow-empty", "-m", subject)
        states, in_time = sync(str(repository), 60.0)
        assert in_time
        assert {state.status for state in states} == {SourceStatus.OK}
        reader = feed(found, places, settings_of(found))
        branch = reader.overview().branch
        reader.close()
        assert branch.state is not None
        assert branch.state.head_subject == subject.removeprefix("fix: ")
        assert branch.verdict is Verdict.GO
        assert branch.builds[0].commit_id == branch.state.head


def test_who_reads_what_git_brings_does_not_wait_for_a_git_that_cannot_be_asked(repository: Path) -> None:
    (repository / "cockpit.toml").write_text('[git]\nremote = "nowhere"\n')
    states, in_time = sync(str(repository), 60.0)
    assert in_time
    assert {state.name: state.status for state in states} == {
        "git": SourceStatus.REFUSED,
        "features": SourceStatus.OK,
    }
