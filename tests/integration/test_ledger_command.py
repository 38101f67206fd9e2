"""What was decided can be listed, looked at and taken away from the command line, over a real remote."""

import contextlib
import csv
import io
import json
import os
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cockpit.bootstrap import decide
from cockpit.cli import main
from cockpit.domain.decisions.bodies import Locked, Noted
from cockpit.domain.decisions.intent import Fate
from cockpit.ledger import chain
from cockpit.ledger.update_hook import update_hook
from tests.integration.ledger_world import push_raw

Answer = tuple[int, str, str]
Cockpit = Callable[..., Answer]

TEAM = """
[people.maria]
roles = ["administrator"]

[people.jon]
roles = ["lead"]
"""


def git(folder: Path, *args: str) -> str:
    return subprocess.run(["git", "-C", str(folder), *args], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    remote, root = tmp_path / "remote.git", tmp_path / "payments"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(remote)], check=True)
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    git(root, "config", "user.name", "maria")
    git(root, "commit", "-q", "--allow-empty", "-m", "chore: begin")
    git(root, "remote", "add", "origin", str(remote))
    (root / "cockpit.toml").write_text(TEAM)
    return root


@pytest.fixture
def cockpit(repository: Path, capsys: pytest.CaptureFixture[str]) -> Cockpit:
    def run(*arguments: str, actor: str = "maria") -> Answer:
        git(repository, "config", "user.name", actor)
        code = main(["-C", str(repository), *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def ledger(cockpit: Cockpit, repository: Path) -> Cockpit:
    """Five events: genesis, policy, a lock, a note of jon's, and a lock that a modified client of jon's pushed."""
    assert cockpit("ledger", "init", "--yes")[0] == 0
    start = str(repository)
    assert decide(start, "lock", "production", Locked("=1+1 freeze")).fate is Fate.SHARED
    git(repository, "config", "user.name", "jon")
    assert decide(start, "note", "w47", Noted("looks well")).fate is Fate.SHARED
    forge(repository, "jon decided", kind="unlock", actor="jon", id="FORGED0001", expect={"lock:production": "3"})
    return cockpit


def forge(repository: Path, line: str, **changes: object) -> None:
    """Push one more commit as a client does that asks nobody."""
    ref = "refs/heads/cockpit/ledger"
    git(repository, "fetch", "-q", "origin", f"+{ref}:refs/forged")
    last = git(repository, "log", "-1", "--format=%B", "refs/forged").splitlines()[2]
    payload = json.dumps({**json.loads(last), "target": "production", "body": {}, **changes}, ensure_ascii=False)
    tree = subprocess.run(["git", "-C", str(repository), "mktree"], input=b"", capture_output=True, check=True)
    made = git(
        repository, "commit-tree", tree.stdout.decode().strip(), "-p", "refs/forged", "-m", f"{line}\n\n{payload}\n"
    )
    git(repository, "push", "-q", "origin", f"{made}:{ref}")


def positions(answer: Answer) -> list[int]:
    return [row["position"] for row in json.loads(answer[1])["rows"]]


def test_a_ledger_is_begun_once(cockpit: Cockpit) -> None:
    code, said, _ = cockpit("ledger", "init", "--yes")
    assert code == 0
    assert "administrator: maria" in said
    code, said, _ = cockpit("ledger", "init", "--yes", actor="jon")
    assert (code, said.startswith("There is a ledger already, at ")) == (0, True)
    assert said.rstrip().endswith("; maria began it.")


def test_the_log_says_who_did_what_and_what_does_not_count(ledger: Cockpit) -> None:
    code, said, _ = ledger("ledger", "log")
    assert code == 0
    forged, note, lock, *_ = (line.split(maxsplit=4) for line in said.splitlines())
    assert [line.split()[0] for line in said.splitlines()] == ["5", "4", "3", "2", "1"]
    assert forged[1] == "✘"
    assert forged[4].startswith("jon")
    assert "void: jon may not in production: it takes" in forged[4]
    assert (note[1], note[4].split()[:3]) == ("✔", ["jon", "claimed", "noted"])
    assert "locked production" in lock[4]
    assert "freeze" in lock[4]


NARROWED = (
    (("--kind", "lock"), [3]),
    (("--actor", "jon"), [5, 4]),
    (("--actor", "jo"), []),
    (("--void",), [5]),
    (("--since", "3"), [5, 4, 3]),
    (("--limit", "2"), [5, 4]),
    (("--limit", "0"), [5, 4, 3, 2, 1]),
    (("--filter", "well looks"), [4]),
    (("--filter", "%"), []),
    (("--actor", "maria", "--since", "2", "--kind", "policy"), [2]),
)


def test_the_log_can_be_narrowed(ledger: Cockpit) -> None:
    for options, expected in NARROWED:
        assert positions(ledger("ledger", "log", "--json", *options)) == expected, options


def test_one_event_is_shown_whole_by_position_id_or_commit(ledger: Cockpit) -> None:
    row = json.loads(ledger("ledger", "show", "3", "--json")[1])
    assert (row["schema"], row["kind"], row["body"]["reason"]) == ("cockpit.event/1", "lock", "=1+1 freeze")
    assert row["expect"] == {"lock:production": ""}
    for name in (row["event"], row["event"].lower()[:25], row["commit"][:12]):
        assert json.loads(ledger("ledger", "show", name, "--json")[1]) == row
    said = ledger("ledger", "show", "3")[1]
    assert said.splitlines()[0] == "3  maria locked production"
    assert "reason: =1+1 freeze" in said
    assert "lock:production at nothing" in said


def test_an_event_that_is_not_there_is_said_not_to_be(ledger: Cockpit) -> None:
    for name in ("0", "6", "99999999", "FORGED0002", "x", "%%%%", "____"):
        code, said, wrong = ledger("ledger", "show", name)
        assert (code, said) == (2, "")
        assert f"the ledger holds no event {name}" in wrong


def test_everything_is_exported_in_the_order_of_the_chain(ledger: Cockpit) -> None:
    lines = ledger("ledger", "export")[1].splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["position"] for row in rows] == [1, 2, 3, 4, 5]
    assert [row["effective"] for row in rows] == [True, True, True, True, False]
    table = list(csv.DictReader(io.StringIO(ledger("ledger", "export", "--format", "csv")[1])))
    assert [row["kind"] for row in table] == ["genesis", "policy", "lock", "note", "unlock"]
    assert json.loads(table[2]["body"])["reason"] == "=1+1 freeze"


def test_no_cell_of_the_table_is_a_formula(ledger: Cockpit, repository: Path) -> None:
    forge(repository, "evil", kind="note", actor="@SUM(1)", target="=cmd", id="EVIL000001")
    row = list(csv.DictReader(io.StringIO(ledger("ledger", "export", "--format", "csv")[1])))[-1]
    assert (row["actor"], row["target"]) == ("'@SUM(1)", "'=cmd")


def test_nothing_that_a_terminal_obeys_comes_out_of_an_event(ledger: Cockpit, repository: Path) -> None:
    forge(
        repository, "evil", kind="\x1b[2Jkind", actor="\u202eevil", target="a\nb", id="EVIL000002", body={"x": "\x07"}
    )
    for command in (("log",), ("show", "6")):
        said = ledger("ledger", *command)[1]
        assert all(line.isprintable() for line in said.splitlines())
        assert "evil" in said


def verified(answer: Answer) -> tuple[int, list[str]]:
    row = json.loads(answer[1])
    assert row["fine"] == (answer[0] == 0)
    return answer[0], [trouble["what"] for trouble in row["trouble"]]


def heads(repository: Path) -> list[str]:
    """Every commit of the chain at the remote, newest first."""
    return git(repository.parent / "remote.git", "rev-list", "refs/heads/cockpit/ledger").split()


def set_head(repository: Path, *change: str) -> None:
    git(repository.parent / "remote.git", "update-ref", *change)


def test_a_ledger_that_only_grew_is_well_and_its_alarms_are_listed(ledger: Cockpit, repository: Path) -> None:
    forge(repository, "evil", kind="lock", ledger="another", id="EVIL000003")
    code, said, _ = ledger("ledger", "verify")
    assert code == 0
    assert "6: 4 count, 2 are void" in said
    assert "1 event to look at; none of them counts:" in said
    assert "ALARM: it belongs to another ledger" in said
    assert said.rstrip().endswith("✔ the chain is what this machine takes it for")
    row = json.loads(ledger("ledger", "verify", "--json")[1])
    assert row["head"] == row["pinned"] == row["remote_head"] == heads(repository)[0]


def test_a_rewritten_a_rolled_back_and_a_deleted_ledger_are_told_with_both_heads(
    ledger: Cockpit, repository: Path
) -> None:
    assert verified(ledger("ledger", "verify", "--json")) == (0, [])
    ref, seen, former = "refs/heads/cockpit/ledger", *heads(repository)[:2]
    set_head(repository, ref, former)
    rolled_back = f"the ledger was rewritten: the remote is at {former[:10]}; this machine saw {seen[:10]} last"
    assert verified(ledger("ledger", "verify", "--json")) == (1, [rolled_back])
    forge(repository, "another history", id="OTHER00001")
    assert f"the remote is at {heads(repository)[0][:10]}" in ledger("ledger", "verify")[1]
    set_head(repository, "-d", ref)
    assert verified(ledger("ledger", "verify", "--json"))[1] == [
        f"the ledger's branch is gone; this machine saw {seen[:10]} last"
    ]
    set_head(repository, ref, seen)
    assert verified(ledger("ledger", "verify", "--json")) == (0, [])


def test_a_remote_that_does_not_answer_is_told_and_what_is_here_is_verified(ledger: Cockpit, repository: Path) -> None:
    ledger("ledger", "log")
    (repository.parent / "remote.git").rename(repository.parent / "away.git")
    code, said, wrong = ledger("ledger", "verify")
    assert code == 1
    assert "remote.git" in said + wrong


def test_a_cache_that_says_something_else_is_found_out(ledger: Cockpit) -> None:
    ledger("ledger", "log")
    [database] = Path(os.environ["XDG_CACHE_HOME"]).rglob("cache.db")
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE decisions SET body = replace(body, 'freeze', 'thaw')")
    assert verified(ledger("ledger", "verify", "--json")) == (1, ["the cache does not say what the chain says"])


def test_whoever_acts_at_once_on_a_new_clone_judges_also_what_stands_before_the_checkpoint(
    ledger: Cockpit, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ledger("ledger", "checkpoint") == (
        0,
        "Checkpoint 6 covers everything before it: new clones begin there.\n",
        "",
    )
    monkeypatch.setattr(chain, "FIRST_COMMITS", 2)
    git(repository, "remote", "set-url", "origin", f"file://{repository.parent}/remote.git")
    monkeypatch.setenv("XDG_CACHE_HOME", str(repository.parent / "another"))
    monkeypatch.setenv("XDG_STATE_HOME", str(repository.parent / "machine"))
    assert positions(ledger("ledger", "log", "--json")) == [6, 5, 4, 3, 2, 1]
    row = json.loads(ledger("ledger", "verify", "--json")[1])
    assert (row["fine"], row["begins_at"], row["events"]) == (True, 1, 6)


def test_who_may_make_no_checkpoint_is_told_so(ledger: Cockpit) -> None:
    code, _, wrong = ledger("ledger", "checkpoint", actor="jon")
    assert code == 1
    assert "jon may not" in wrong


def test_the_hook_is_printed_as_it_is_to_be_installed(cockpit: Cockpit) -> None:
    assert cockpit("ledger", "hook") == (0, update_hook("cockpit/ledger"), "")


def test_without_a_ledger_there_is_nothing_to_list(cockpit: Cockpit) -> None:
    assert cockpit("ledger", "log") == (0, "No event of the ledger fits.\n", "")
    assert cockpit("ledger", "export")[1] == ""
    code, said, _ = cockpit("ledger", "verify")
    assert (code, said.splitlines()[-1]) == (3, "There is no ledger yet.")


def test_an_alarm_is_acknowledged_and_stays_in_the_log_with_who_has_looked(ledger: Cockpit, repository: Path) -> None:
    junk = push_raw(repository.parent / "remote.git", "junk")
    position = positions(ledger("ledger", "log", "--json"))[0]
    code, said, _ = ledger("ledger", "acknowledge", str(position), "--note", "a hook went astray")
    assert (code, said) == (0, f"Acknowledged the alarm of event {position}: no event: it holds no event.\n")
    assert json.loads(ledger("ledger", "show", junk, "--json")[1])["acknowledged_by"] == "maria"
    assert "acknowledged by maria" in ledger("ledger", "log")[1]
    assert "0 events to look at, 1 acknowledged" in ledger("ledger", "verify")[1]
    code, _, wrong = ledger("ledger", "acknowledge", "1")
    assert code == 2
    assert "raised no alarm" in wrong
