"""What commands say of decisions while the ledger's remote is away: never that there are none."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from cockpit.agent.lock import take_lock
from cockpit.bootstrap import decide, locate
from cockpit.cli import main
from cockpit.domain.decisions.bodies import CallHanded, ControlsTaken, Genesis, Locked, PolicySet
from cockpit.domain.decisions.intent import Fate
from cockpit.domain.decisions.policy import Cadence, Policy, TrainCalendar
from tests.integration.http_git import http_git

SHOWING = (("locks",), ("controls",), ("duty",), ("train",), ("call", "list"), ("call", "owner"))
POLICY = Policy(open_door=True, environments=("production",), calendar=TrainCalendar(cadence=Cadence.ON_DEMAND))

Cockpit = Callable[..., tuple[int, str, str]]


def git(folder: Path, *args: str) -> None:
    subprocess.run(["git", "-C", str(folder), *args], check=True, capture_output=True)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ExitStack]:
    """A repository whose remote is there until the stack is closed."""
    remote, root = tmp_path / "remote.git", tmp_path / "payments"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(remote)], check=True)
    git(remote, "config", "http.receivepack", "true")
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    git(root, "config", "user.name", "maria")
    git(root, "commit", "-q", "--allow-empty", "-m", "chore: begin")
    with ExitStack() as stack:
        git(root, "remote", "add", "origin", f"{stack.enter_context(http_git(tmp_path))}/remote.git")
        git(root, "push", "-q", "origin", "main")
        yield stack


@pytest.fixture
def cockpit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Cockpit:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["-C", str(tmp_path / "payments"), *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_with_an_empty_cache_nothing_is_told_as_a_fact(world: ExitStack, cockpit: Cockpit) -> None:
    world.close()
    for command in SHOWING:
        code, said, _ = cockpit(*command)
        assert (code, said.startswith("It is not known ")) == (3, True), said
        assert "the ledger's remote does not answer: " in said
        code, said, _ = cockpit(*command, "--json")
        answer = json.loads(said)
        assert (code, answer["as_of"], answer["ledger"]) == (3, None, "unreachable")
        rest = [value for name, value in answer.items() if name not in ("schema", "as_of", "ledger")]
        assert rest == [None]


def test_what_was_read_before_the_remote_went_away_is_told_with_its_age(
    world: ExitStack, cockpit: Cockpit, tmp_path: Path
) -> None:
    root = tmp_path / "payments"
    for kind, target, body in (
        ("genesis", "", Genesis("payments", "maria")),
        ("policy", "", PolicySet(POLICY)),
        ("lock", "production", Locked("data centre moves")),
        ("controls.take", "production", ControlsTaken()),
        ("call", "production", CallHanded("olu")),
    ):
        assert decide(str(root), kind, target, body).fate is Fate.SHARED
    fresh = json.loads(cockpit("locks", "--json")[1])
    assert (fresh["ledger"], cockpit("locks")[2]) == ("shared", "")
    world.close()
    alone = [cockpit(*command) for command in SHOWING]
    assert cockpit("controls")[0] == 0
    _, places = locate(str(root))
    lock = take_lock(places.agent_lock, "observer")
    assert lock is not None
    try:
        beside_an_agent = [cockpit(*command) for command in SHOWING]
        stale = json.loads(cockpit("locks", "--json")[1])
    finally:
        lock.release()
    for _, said, complaint in (*alone, *beside_an_agent):
        assert "not known" not in said
        assert complaint.startswith("cockpit: as of ")
        assert "newer decisions may be missing" in complaint
    assert (stale["ledger"], stale["as_of"] >= fresh["as_of"]) == ("unreachable", True)
    assert stale["rows"] == fresh["rows"]
