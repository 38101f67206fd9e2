"""A decision that rests on how things stand, and that nobody takes up, is taken back and never counts later."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cockpit.agent.lock import holder
from cockpit.agent.taking_back import waited_for
from cockpit.bootstrap import decide, locate
from cockpit.cli import main
from cockpit.commands.receipt import NOT_KNOWN, tell
from cockpit.config.places import Places
from cockpit.domain.decisions.bodies import Locked, Noted
from cockpit.domain.decisions.intent import Fate, Receipt
from cockpit.domain.decisions.records import LockRecord
from cockpit.domain.decisions.standing import LedgerHealth
from cockpit.ledger.spool import MAY_BE_SHARED, Spool
from tests.integration.ledger_world import OPEN_DOOR, Desk, make_remote, remote_at, team_clone


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return team_clone(tmp_path, OPEN_DOOR)


@pytest.fixture
def maria(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "maria", remote_at(make_remote(tmp_path / "remote.git")), "maria")
    desk.begin()
    yield desk
    desk.close()


@contextmanager
def agent_of(root: Path) -> Iterator[Callable[[signal.Signals], None]]:
    """An agent at work, to which signals can be sent."""
    process = subprocess.Popen([sys.executable, "-m", "cockpit", "-C", str(root), "agent"], stderr=subprocess.DEVNULL)
    try:
        lock = locate(str(root))[1].agent_lock
        until(lambda: holder(lock).get("pid") == str(process.pid))
        assert decide(str(root), "note", "x", Noted("at work")).fate is Fate.SHARED
        yield lambda which: os.kill(process.pid, which)
    finally:
        process.kill()
        process.wait()


def until(is_so: Callable[[], bool], within_s: float = 20.0) -> None:
    give_up_at = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


def test_a_lock_that_a_stopped_agent_does_not_take_up_is_told_and_never_counts(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places: Places = locate(str(root))[1]
    with agent_of(root) as send:
        send(signal.SIGSTOP)
        capsys.readouterr()
        code = main(["-C", str(root), "lock", "production", "--reason", "data centre moves"])
        said = capsys.readouterr().err
        waits = decide(str(root), "note", "x", Noted("waits"), wait_s=0.2)
        assert (code, waits.fate, waits.may_be_refused) == (1, Fate.QUEUED, False)
        assert "nothing was decided: the agent here did not take it up within 5 s, so it was taken back" in said
        assert "See whether the agent is busy or stopped: it is process " in said
        send(signal.SIGCONT)
        until(lambda: Spool(places.spool).receipt(waits.event_id) is not None)
    capsys.readouterr()
    assert main(["-C", str(root), "locks"]) == 0
    assert capsys.readouterr().out == "Nothing is locked.\n"


def test_an_agent_that_was_held_up_before_it_offered_a_decision_offers_none_that_was_taken_back(
    maria: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id = maria.intend("lock", "production", Locked("now"))
    note = maria.intend("note", "x", Noted("goes"))
    told, taken = maria.spool.tell_why, []

    def held_up(event: str, reason: str, next_step: str) -> None:
        if not taken:
            taken.append(maria.spool.take_back(Receipt(event_id, Fate.REFUSED, reason="nobody took it up")))
        told(event, reason, next_step)

    monkeypatch.setattr(maria.spool, "tell_why", held_up)
    assert (maria.sync().health, taken) == (LedgerHealth.SHARED, [True])
    assert maria.decided.get(LockRecord, "production") is None
    receipts = [maria.spool.receipt(one) for one in (event_id, note)]
    assert [receipt and receipt.fate for receipt in receipts] == [Fate.REFUSED, Fate.SHARED]


def test_a_decision_that_may_be_shared_is_not_taken_back(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    places: Places = locate(str(root))[1]
    desk = Desk(places.spool.parent / "desk", remote_at(root.parent / "remote.git"), "maria")
    desk.sync()
    desk.spool = Spool(places.spool)
    event_id = desk.intend("lock", "production", Locked("now"))
    desk.spool.tell_why(event_id, MAY_BE_SHARED, "")
    receipt = waited_for(places, event_id, 0.1)
    assert (receipt.fate, receipt.may_be_refused, desk.spool.holds(event_id)) == (Fate.QUEUED, True, True)
    assert tell(receipt, "Production is locked.") == NOT_KNOWN
    assert capsys.readouterr().err == (
        "Not known yet: whether it was shared is not known until the remote answers.\n"
        "  Before you decide again look whether it counts: cockpit ledger\n"
    )
    desk.close()


def test_what_was_settled_meanwhile_stays_so(maria: Desk) -> None:
    event_id = maria.intend("lock", "production", Locked("now"))
    maria.sync()
    assert not maria.spool.take_back(Receipt(event_id, Fate.REFUSED))
    receipt = maria.spool.receipt(event_id)
    assert receipt is not None
    assert receipt.fate is Fate.SHARED
