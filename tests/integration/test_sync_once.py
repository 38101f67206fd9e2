"""Asking every source once, in an order in which each finds what it reads."""

import subprocess
from pathlib import Path

import pytest

from cockpit.bootstrap import feed, locate, settings_of, sync
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


def test_the_present_head_is_built_however_new_it_is(repository: Path) -> None:
    (repository / "cockpit.toml").write_text('[ci.local]\ncommand = ["true"]\n')
    found, places = locate(str(repository))
    trust(places.trust, settings_of(found))
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
