"""What a person has set for git at large: where it leads to the remote it counts, and it changes nothing else."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cockpit.domain.decisions.bodies import Locked, Noted
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.intent import Fate
from cockpit.domain.decisions.standing import LedgerHealth
from tests.integration.ledger_world import EMPTY_TREE, REF, Desk, make_remote, many_desks, remote_at

ODD = """
[branch]
    autoSetupMerge = always
[color]
    ui = always
    advice = always
    push = always
    remote = always
    transport = always
[commit]
    gpgSign = true
[core]
    abbrev = 4
    bigFileThreshold = 1
    commitGraph = true
    logAllRefUpdates = always
    pager = false
    quotePath = true
    useReplaceRefs = true
[feature]
    experimental = true
    manyFiles = true
[fetch]
    all = true
    fsckObjects = true
    negotiationAlgorithm = noop
    output = compact
    parallel = 8
    prune = true
    pruneTags = true
    showForcedUpdates = true
    unpackLimit = 1
    writeCommitGraph = true
[format]
    pretty = oneline
[gpg]
    program = false
[i18n]
    commitEncoding = latin1
    logOutputEncoding = UTF-16
[log]
    decorate = full
    follow = true
    showRoot = false
    showSignature = true
[pack]
    packSizeLimit = 1
[protocol]
    version = 0
[push]
    default = nothing
    followTags = true
    gpgSign = if-asked
    negotiate = true
    pushOption = one
    pushOption = two
    recurseSubmodules = on-demand
    useForceIfIncludes = true
[receive]
    fsckObjects = true
[remote]
    pushDefault = elsewhere
[remote "cockpit"]
    fetch = +refs/heads/*:refs/heads/*
    mirror = true
    prune = true
    tagOpt = --tags
[safe]
    bareRepository = explicit
[submodule]
    recurse = true
[transfer]
    fsckObjects = true
    unpackLimit = 1
"""
"""Everything that changes what fetch, push, log, rev-list or commit-tree do or say."""


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return make_remote(tmp_path / "remote.git")


@pytest.fixture
def desk(tmp_path: Path, remote: Path) -> Iterator[Callable[[str], Desk]]:
    with many_desks(tmp_path, remote_at(remote, f"file://{remote}")) as make:
        yield make


@pytest.fixture
def set_at_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def put(lines: str) -> None:
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        (home / ".gitconfig").write_text(lines)
        monkeypatch.setenv("HOME", str(home))
        monkeypatch.delenv("GIT_CONFIG_GLOBAL", raising=False)

    return put


def push_malformed(remote: Path) -> None:
    """Put a commit onto the chain that git's own check would refuse: no blank stands before an address."""
    git = ["git", f"--git-dir={remote}"]
    head = subprocess.run([*git, "rev-parse", REF], capture_output=True, text=True, check=True).stdout.strip()
    commit = f"tree {EMPTY_TREE}\nparent {head}\nauthor m<m@l> 1 +0000\ncommitter m <m@l> 1 +0000\n\njunk\n"
    made = subprocess.run(
        [*git, "hash-object", "-t", "commit", "-w", "--literally", "--stdin"],
        input=commit, capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    subprocess.run([*git, "update-ref", REF, made], check=True)


def test_a_malformed_commit_stops_nobody_who_has_git_check_what_comes(
    desk: Callable[[str], Desk], remote: Path, set_at_large: Callable[[str], None]
) -> None:
    maria, jon = desk("maria"), desk("jon")
    maria.begin()
    jon.sync()
    push_malformed(remote)
    assert maria.sync().position == 3
    set_at_large("[transfer]\n\tfsckObjects = true\n[fetch]\n\tfsckObjects = true\n[receive]\n\tfsckObjects = true\n")
    for one in (jon, desk("sara")):
        assert (one.sync().health, one.decided.head) == (LedgerHealth.SHARED, maria.decided.head)
    assert jon.decide("lock", "production", Locked("now")).fate is Fate.SHARED


def test_push_options_do_not_keep_a_decision_from_a_plain_server(
    desk: Callable[[str], Desk], set_at_large: Callable[[str], None]
) -> None:
    maria = desk("maria")
    maria.begin()
    set_at_large("[push]\n\tpushOption = ci.skip\n")
    assert maria.decide("lock", "production", Locked("now")).fate is Fate.SHARED


def test_whatever_else_a_person_has_set_changes_no_answer(
    desk: Callable[[str], Desk], remote: Path, set_at_large: Callable[[str], None]
) -> None:
    maria, jon = desk("maria"), desk("jon")
    maria.begin()
    push_malformed(remote)
    set_at_large(ODD)
    assert (jon.sync().health, jon.decided.position) == (LedgerHealth.SHARED, 3)
    assert maria.decide("lock", "production", Locked("größer")).fate is Fate.SHARED
    assert jon.decide("note", "x", Noted("somebody was quicker")).fate is Fate.SHARED
    refused = jon.decide("lock", "production", Locked("mine"), expect={"lock:production": ""})
    assert (refused.fate, "maria was quicker" in refused.reason) == (Fate.REFUSED, True)
    maria.sync()
    assert maria.decided.tables() == jon.decided.tables() == whole(desk("sara")).tables()
    for one in (maria, jon):
        assert not (one.chain.path / "logs").exists()
        assert not list((one.chain.path / "objects" / "pack").iterdir())


def test_a_hook_that_refuses_is_told_in_its_own_words_without_colours(
    desk: Callable[[str], Desk], remote: Path, set_at_large: Callable[[str], None]
) -> None:
    maria = desk("maria")
    maria.begin()
    hook = remote / "hooks" / "update"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\necho error: closed for the night >&2\nexit 1\n")
    hook.chmod(0o755)
    set_at_large(ODD)
    receipt = maria.decide("lock", "production", Locked("now"))
    assert receipt.fate is Fate.REFUSED
    assert "hook declined; closed for the night" in receipt.reason


def test_another_address_for_the_remote_counts(
    desk: Callable[[str], Desk], remote: Path, set_at_large: Callable[[str], None]
) -> None:
    maria = desk("maria")
    maria.begin()
    moved = remote.rename(remote.with_name("moved.git"))
    assert maria.sync().health is LedgerHealth.UNREACHABLE
    set_at_large(f'[url "file://{moved}"]\n\tinsteadOf = file://{remote}\n')
    assert maria.sync().health is LedgerHealth.SHARED


def whole(one: Desk) -> Decided:
    one.sync()
    return one.decided
