"""A lead votes on the screen, leaves at once, and the ballot is in the ledger."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from test_cli_screen import COCKPIT, Terminal, places_of

from cockpit.agent.lock import holder
from cockpit.bootstrap import decide
from cockpit.domain.decisions.bodies import Genesis, PolicySet, TrainOpened
from cockpit.domain.decisions.intent import Fate
from cockpit.domain.decisions.policy import EVERYWHERE, Person, Policy, Role

LEADS = (Role.ADMINISTRATOR, Role.RELEASE_OWNER, Role.LEAD)
POLICY = Policy(people=(Person("jon", roles={EVERYWHERE: LEADS}),))

FEATURES = '[[feature]]\nid = "CSV-1"\ntitle = "Export to CSV"\n\n[[feature]]\nid = "PAY-2"\ntitle = "Pay later"\n'


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Path]:
    remote, root = tmp_path / "remote.git", tmp_path / "payments"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(remote)], check=True)
    subprocess.run(["git", "clone", "-q", str(remote), str(root)], check=True, capture_output=True)
    (root / "features.toml").write_text(FEATURES)
    for args in (
        ["config", "user.name", "jon"],
        ["add", "."],
        ["commit", "-q", "-m", "feat: begin"],
        ["push", "-q", "origin", "HEAD"],
    ):
        subprocess.run(["git", "-C", str(root), *args], check=True, capture_output=True)
    for kind, target, body in (
        ("genesis", "", Genesis("payments", "jon")),
        ("policy", "", PolicySet(POLICY)),
        ("train.open", "w47", TrainOpened()),
    ):
        assert decide(str(root), kind, target, body).fate is Fate.SHARED
    yield root
    at_work = holder(places_of(root).agent_lock).get("pid", "")
    if at_work.isdigit():
        with suppress(ProcessLookupError):
            os.kill(int(at_work), signal.SIGKILL)


def mine(root: Path) -> list[str]:
    done = subprocess.run([COCKPIT, "ballot", "--json"], cwd=root, capture_output=True, text=True, check=True)
    features: list[str] = json.loads(done.stdout)["mine"]
    return features


def until_mine(root: Path, features: list[str]) -> None:
    give_up_at = time.monotonic() + 30
    while mine(root) != features:
        assert time.monotonic() < give_up_at, mine(root)
        time.sleep(0.2)


def test_a_ballot_is_shared_a_moment_after_it_was_edited_and_also_when_the_screen_is_left_at_once(
    repository: Path,
) -> None:
    screen = Terminal([COCKPIT], repository)
    try:
        screen.read_until(b"Top five", b"Export to CSV", b" me ")
        os.write(screen.master, b"2b")
        screen.read_until(b"Your ballot for w47: shared")
        assert mine(repository) == ["CSV-1"]
        os.write(screen.master, b"jbKq")
        assert screen.wait() == 0
    finally:
        screen.close()
    until_mine(repository, ["PAY-2", "CSV-1"])
