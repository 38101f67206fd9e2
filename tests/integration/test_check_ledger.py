"""`cockpit check` says whether the ledger can be reached and whether its server lets it only grow."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cockpit.bootstrap import decide
from cockpit.cli import main
from cockpit.domain.decisions.bodies import Genesis
from cockpit.git_terms import RemoteTerms
from cockpit.gitrun import GitRunner
from cockpit.ledger.append_only import Guard, guard_of, how_to_guard
from cockpit.ledger.chain import LedgerRemote
from cockpit.ledger.update_hook import update_hook

Checked = Callable[[], dict[str, dict[str, object]]]


def git(folder: Path, *args: str) -> None:
    subprocess.run(["git", "-C", str(folder), *args], check=True, capture_output=True)


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    path = tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(path)], check=True)
    return path


@pytest.fixture
def repository(tmp_path: Path, remote: Path) -> Path:
    root = tmp_path / "payments"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    git(root, "config", "user.name", "maria")
    git(root, "commit", "-q", "--allow-empty", "-m", "chore: begin")
    git(root, "remote", "add", "origin", str(remote))
    git(root, "push", "-q", "origin", "main")
    return root


@pytest.fixture
def checked(repository: Path, capsys: pytest.CaptureFixture[str]) -> Checked:
    def run() -> dict[str, dict[str, object]]:
        main(["-C", str(repository), "check", "--json"])
        return {row["subject"]: row for row in json.loads(capsys.readouterr().out)["rows"]}

    return run


def test_a_ledger_is_none_then_there_and_then_told_to_be_rolled_back(
    checked: Checked, repository: Path, remote: Path
) -> None:
    row = checked()["ledger"]
    assert (row["fine"], row["next_step"]) == (None, "Begin one: cockpit policy apply")
    decide(str(repository), "genesis", "", Genesis("payments", "maria"))
    assert checked()["ledger"]["fine"] is True
    git(remote, "update-ref", "-d", "refs/heads/cockpit/ledger")
    row = checked()["ledger"]
    assert row["fine"] is False
    assert "the ledger's branch is gone" in str(row["says"])
    assert "cockpit ledger verify" in str(row["next_step"])


def install_hook(remote: Path, folder: str = "hooks") -> Path:
    hook = remote / folder / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(update_hook("cockpit/ledger"))
    hook.chmod(0o755)
    return hook


def test_a_server_that_takes_everything_is_told_with_what_to_do_and_then_is_well(
    checked: Checked, remote: Path
) -> None:
    row = checked()["ledger server"]
    assert (row["fine"], row["says"]) == (None, Guard.NONE.value)
    assert f"> {remote}/hooks/update; chmod +x" in str(row["next_step"])
    install_hook(remote)
    assert checked()["ledger server"] == {
        "subject": "ledger server",
        "fine": True,
        "says": Guard.HOOK.value,
        "next_step": "",
    }


def guard(remote: Path) -> Guard:
    return guard_of(GitRunner(remote), LedgerRemote(RemoteTerms(), "refs/heads/cockpit/ledger", str(remote), remote))


def test_only_both_settings_together_guard_a_ledger(remote: Path) -> None:
    git(remote, "config", "receive.denyNonFastForwards", "true")
    assert guard(remote) is Guard.NONE
    git(remote, "config", "receive.denyDeletes", "yes")
    assert guard(remote) is Guard.SETTINGS
    git(remote, "config", "receive.denyDeletes", "perhaps")
    assert guard(remote) is Guard.NONE


def test_a_hook_guards_where_git_looks_for_it_and_can_run_it(remote: Path) -> None:
    hook = install_hook(remote)
    hook.chmod(0o644)
    # Root may run nothing that nobody may run.
    assert guard(remote) is Guard.NONE
    hook.chmod(0o755)
    assert guard(remote) is Guard.HOOK
    git(remote, "config", "core.hooksPath", "elsewhere")
    assert guard(remote) is Guard.NONE
    install_hook(remote, "elsewhere")
    assert guard(remote) is Guard.HOOK
    hook = remote / "elsewhere" / "update"
    hook.write_text("#!/bin/sh\nexit 0\n")
    assert guard(remote) is Guard.NONE


@pytest.mark.parametrize(
    ("shown", "how"),
    [
        ("https://github.example.invalid/pay", "rulesets: for branch cockpit/ledger restrict deletions"),
        ("git@gitlab.example.invalid:pay.git", "protected branches: add cockpit/ledger"),
        ("https://git.example.invalid/pay", "Protect branch cockpit/ledger from force pushes and deletion"),
    ],
)
def test_what_a_host_enforces_cannot_be_seen_and_how_to_is_said(shown: str, how: str) -> None:
    hosted = LedgerRemote(RemoteTerms(), "refs/heads/cockpit/ledger", shown)
    assert guard_of(GitRunner(Path("/nowhere")), hosted) is Guard.UNSEEN
    assert how in how_to_guard(hosted)


def test_without_a_remote_decisions_are_said_to_stay_here(repository: Path, checked: Checked) -> None:
    git(repository, "remote", "remove", "origin")
    assert checked()["ledger"]["next_step"] == "Begin one: cockpit policy apply"
    decide(str(repository), "genesis", "", Genesis("payments", "maria"))
    assert checked()["ledger"]["fine"] is True
    row = checked()["ledger server"]
    assert (row["fine"], row["says"]) == (None, "no remote: decisions stay on this machine")
