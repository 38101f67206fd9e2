"""What whoever has the right to push may put onto the chain: nobody's agent ends, and all come to the same."""

import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cockpit.cache.feed import open_feed
from cockpit.domain.decisions.bodies import Genesis, Locked, Noted
from cockpit.domain.decisions.event import Event
from cockpit.domain.decisions.intent import Fate
from cockpit.domain.decisions.records import LockRecord
from cockpit.domain.decisions.standing import LedgerHealth
from cockpit.domain.terms import Terms
from cockpit.ledger import chain
from cockpit.ledger.checkpoint import make_checkpoint
from cockpit.ledger.message import message_of, payload_of
from tests.integration.ledger_world import EMPTY_TREE, REF, Desk, make_remote, many_desks, push_raw, remote_at


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return make_remote(tmp_path / "remote.git")


@pytest.fixture
def desk(tmp_path: Path, remote: Path) -> Iterator[Callable[[str], Desk]]:
    with many_desks(tmp_path, remote_at(remote, f"file://{remote}")) as make:
        yield make


def git(remote: Path, *args: str, given: bytes = b"") -> str:
    command = ["git", f"--git-dir={remote}", "-c", "user.name=m", "-c", "user.email=m@localhost", *args]
    return subprocess.run(command, input=given, capture_output=True, check=True).stdout.decode().strip()


def in_the_cache(desk: Desk) -> tuple[str, bool]:
    """What a screen would be told: head of the fold, and whether production is locked."""
    feed = open_feed(desk.folder / "cache.db", lambda: Terms("payments"))
    try:
        decided = feed.decided()
        return decided.head, decided.get(LockRecord, "production") is not None
    finally:
        feed.close()


def again(desk: Desk) -> Desk:
    """The same machine with another agent."""
    desk.close()
    return Desk(desk.folder, desk.chain.remote, desk.actor)


def test_commits_with_zero_bytes_or_without_a_message_are_junk_and_nothing_ends(
    desk: Callable[[str], Desk], remote: Path
) -> None:
    maria = desk("maria")
    maria.begin()
    head = git(remote, "rev-parse", REF)
    for message in (b"", b"x\0y\n", b"\0", b"\n\n{\0}", b"\n\n{}", b'\xff\xfe\n\n{"v":1}'):
        head_line = f"tree {EMPTY_TREE}\nparent {head}\nauthor m <m@l> 1 +0000\ncommitter m <m@l> 1 +0000\n\n".encode()
        head = git(remote, "hash-object", "-t", "commit", "-w", "--literally", "--stdin", given=head_line + message)
    git(remote, "update-ref", REF, head)
    state = maria.sync()
    assert (state.health, state.position, state.alarms) == (LedgerHealth.SHARED, 8, 6)
    assert desk("jon").sync().position == 8


def test_a_chain_that_was_rewritten_under_a_merge_freezes(desk: Callable[[str], Desk], remote: Path) -> None:
    maria = desk("maria")
    maria.begin()
    maria.decide("lock", "production", Locked("freeze"))
    seen = git(remote, "rev-parse", REF)
    genesis = Event("evil", "", "eve", "genesis", "", datetime.now(UTC), Genesis("payments", "eve"), {"ledger": ""})
    evil = git(remote, "commit-tree", EMPTY_TREE, "-F", "-", given=message_of(payload_of(genesis)).encode())
    push_raw(remote, "both", evil, seen)
    assert maria.sync().health is LedgerHealth.FROZEN
    assert in_the_cache(maria) == (seen, True)
    (maria.folder / "cache.db").unlink()
    other = again(maria)
    assert other.sync().health is LedgerHealth.FROZEN
    assert other.decided.ledger is not None
    assert other.decided.ledger.administrator == "maria"
    other.close()


def test_two_who_begin_a_ledger_at_once_end_with_one(desk: Callable[[str], Desk]) -> None:
    maria, jon = desk("maria"), desk("jon")
    push, told = jon.chain.push, []

    def late(before: str, head: str) -> chain.PushAnswer:
        if not told:
            told.append(maria.begin())
        return push(before, head)

    jon.chain.push = late  # type: ignore[method-assign]
    assert jon.decide("genesis", "", Genesis("payments", "jon")).fate is Fate.REFUSED
    jon.sync()
    assert jon.decided.tables() == maria.decided.tables()
    assert jon.decide("note", "x", Noted("x")).fate is Fate.SHARED


def test_an_event_before_the_checkpoint_counts_once_also_for_who_began_there(
    desk: Callable[[str], Desk], remote: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "FIRST_COMMITS", 5)
    maria = desk("maria")
    maria.begin()
    maria.decide("checkpoint", "", make_checkpoint(maria.decided))
    maria.intend("note", "x", Noted("once"))
    message = message_of(maria.spool.waiting()[0].payload)
    maria.sync()
    for number in range(4):
        maria.decide("note", "x", Noted(str(number)))
    maria.decide("checkpoint", "", make_checkpoint(maria.decided))
    maria.decide("note", "x", Noted("last"))
    jon = desk("jon")
    jon.sync()
    other = again(jon)
    other.sync()
    push_raw(remote, message)
    for one in (maria, other):
        one.sync()
        (told,) = open_feed(one.folder / "cache.db", lambda: Terms("payments")).events(limit=1)
        assert told[1].reason == "the same event stands at 4"
    other.close()


def test_an_agent_survives_whatever_can_be_pushed(desk: Callable[[str], Desk], remote: Path) -> None:
    maria = desk("maria")
    maria.begin()
    assert maria.decided.ledger is not None
    said = f'"ledger":"{maria.decided.ledger.ledger}","actor":"eve","at":"2026-11-19T14:00:00Z"'
    for number, payload in enumerate(
        (
            '{"v":1,%s,"id":"e1","kind":"junk","target":"","body":[]}',
            '{"v":99999999999999999999,%s,"id":"e2","kind":"note","target":"","body":{"text":"x"}}',
            '{"v":1,%s,"id":"e3","kind":"odd","target":"","body":{"n":99999999999999999999999999}}',
            '{"v":1,%s,"id":"e4","kind":"note","target":"","body":' + "[" * 5000 + "]" * 5000 + "}",
            '{"v":1,%s,"id":"e5","kind":"note","target":"\\ud800","body":{"text":"x"}}',
            '{"v":1,%s,"id":"e6","kind":"genesis","target":"","expect":{"ledger":"1"},"body":'
            '{"project":"x","administrator":"eve"}}',
            '{"v":1,%s,"id":"","kind":"note","target":"","body":{"text":"x"}}',
            '{"v":1,%s,"id":"e8","kind":"checkpoint","target":"","body":{"position":99999999999999999999,"head":"",'
            '"records":{"lock":{"x":7},"nothing":{}},"events":{"a":99999999999999999999999}}}',
            '{"v":1,%s,"id":"e9","kind":"call.open","target":"d","expect":{"call:d":""},"body":{"environment":"x",'
            '"release":"","owner":"eve","deadline":"0001-01-01T00:00:00+14:00"}}',
        )
    ):
        push_raw(remote, f"{number}\n\n{payload.replace('%s', said)}\n")
    assert maria.sync().position == 11
    jon = desk("jon")
    jon.sync()
    assert jon.decided.tables() == maria.decided.tables()
    feed = open_feed(jon.folder / "cache.db", lambda: Terms("payments"))
    assert len(feed.events()) == 11
    feed.overview()
    feed.close()


@pytest.mark.parametrize("encoding", ["UTF-16LE", "ISO-8859-1", "UTF-7", "UTF-8", "nonsense"])
def test_a_commit_in_an_encoding_of_its_own_is_junk_whatever_git_can_convert(
    desk: Callable[[str], Desk], remote: Path, encoding: str
) -> None:
    maria = desk("maria")
    maria.begin()
    assert maria.decided.ledger is not None
    lock = Event("in-code", maria.decided.ledger.ledger, "eve", "lock", "production", datetime.now(UTC), Locked("x"),
                 {"lock:production": ""})  # fmt: skip
    message = message_of(payload_of(lock)).encode(encoding if encoding != "nonsense" else "ascii")
    head = git(remote, "rev-parse", REF)
    begin = f"tree {EMPTY_TREE}\nparent {head}\nauthor m <m@l> 1 +0000\ncommitter m <m@l> 1 +0000\nencoding {encoding}"
    given = begin.encode() + b"\n\n" + message
    git(
        remote,
        "update-ref",
        REF,
        git(remote, "hash-object", "-t", "commit", "-w", "--literally", "--stdin", given=given),
    )
    state = maria.sync()
    assert (state.health, state.position, state.alarms) == (LedgerHealth.SHARED, 3, 1)
    assert maria.decided.get(LockRecord, "production") is None
    (told,) = open_feed(maria.folder / "cache.db", lambda: Terms("payments")).events(limit=1)
    assert told[0].event.body == {"why": "it is written in an encoding of its own", "line": ""}
