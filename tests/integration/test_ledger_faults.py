"""The ledger's remote over http, silent, full, locked or gone; clocks that lie; a chain that says what is not known."""

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cockpit.domain.decisions.bodies import AlarmAcknowledged, BallotCast, ControlsTaken, Locked, Noted, TrainOpened
from cockpit.domain.decisions.event import Event
from cockpit.domain.decisions.intent import Fate
from cockpit.domain.decisions.records import BallotRecord, ControlsRecord, LockRecord, UnknownRecord
from cockpit.domain.decisions.standing import LedgerHealth
from cockpit.errors import LedgerError
from cockpit.git_terms import RemoteTerms
from cockpit.ledger.message import message_of, payload_of
from tests.campaign.ledger_team import desks, ledger
from tests.integration.http_git import http_git
from tests.integration.ledger_world import REF, Desk, make_remote, push_raw, remote_at
from tests.integration.small_disk import fill, mounted


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return make_remote(tmp_path / "served" / "remote.git")


@pytest.fixture
def desk(tmp_path: Path, remote: Path) -> Iterator[Callable[..., Desk]]:
    desks: list[Desk] = []

    def make(actor: str, url: str = "") -> Desk:
        desks.append(Desk(tmp_path / f"{actor}-{len(desks)}", remote_at(remote, url), actor))
        return desks[-1]

    yield make
    for one in desks:
        one.close()


def test_decisions_travel_over_smart_http(desk: Callable[..., Desk], remote: Path, tmp_path: Path) -> None:
    subprocess.run(["git", f"--git-dir={remote}", "config", "http.receivepack", "true"], check=True)
    with http_git(tmp_path / "served") as url:
        maria, jon = desk("maria", f"{url}/remote.git"), desk("jon", f"{url}/remote.git")
        maria.begin()
        assert maria.decide("lock", "production", Locked("bad")).fate is Fate.SHARED
        assert jon.sync().position == 3
        late = jon.decide("lock", "production", Locked("mine"), expect={"lock:production": ""})
        assert late.fate is Fate.REFUSED
        assert "maria was quicker, at 3" in late.reason


def test_a_remote_that_never_answers_is_told_within_five_seconds(desk: Callable[..., Desk], remote: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        maria = desk("maria")
        maria.begin()
        terms = RemoteTerms({"remote.cockpit.url": f"http://127.0.0.1:{silent.getsockname()[1]}/remote.git"})
        maria.chain.remote = replace(maria.chain.remote, terms=terms)
        event_id = maria.intend("lock", "production", Locked("now"))
        state = maria.sync()
        receipt = maria.spool.receipt(event_id)
        left = subprocess.run(["pgrep", "-f", str(maria.chain.path)], capture_output=True, text=True).stdout
    assert state.health is LedgerHealth.UNREACHABLE
    assert receipt is not None
    assert receipt.fate is Fate.REFUSED
    assert "no end after 4.5 s" in receipt.reason or "too slow" in receipt.reason
    assert left == ""


def test_a_lock_file_left_at_the_server_is_named_and_nothing_is_lost(desk: Callable[..., Desk], remote: Path) -> None:
    maria = desk("maria")
    maria.begin()
    lock = remote / f"{REF}.lock"
    lock.touch()
    note = maria.decide("note", "x", Noted("waits"))
    assert note.fate is Fate.QUEUED
    assert f"{REF}.lock" in note.reason
    assert maria.decide("lock", "production", Locked("now")).fate is Fate.REFUSED
    lock.unlink()
    assert maria.sync().queued == 0


def test_a_lock_file_left_in_our_own_clone_is_swept_away(desk: Callable[..., Desk]) -> None:
    maria = desk("maria")
    maria.begin()
    (maria.chain.path / "refs/cockpit/there.lock").touch()
    again = Desk(maria.folder, maria.chain.remote, "maria")
    assert again.decide("note", "x", Noted("goes")).fate is Fate.SHARED
    again.close()


def test_a_hook_that_refuses_is_told_in_its_own_words(desk: Callable[..., Desk], remote: Path) -> None:
    maria = desk("maria")
    maria.begin()
    hook = remote / "hooks" / "update"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\necho closed for the night >&2\nexit 1\n")
    hook.chmod(0o755)
    receipt = maria.decide("lock", "production", Locked("now"))
    assert receipt.fate is Fate.REFUSED
    assert "hook declined; closed for the night" in receipt.reason
    assert maria.decide("note", "x", Noted("waits")).fate is Fate.QUEUED


def test_clocks_a_year_off_change_no_order_and_no_answer(desk: Callable[..., Desk]) -> None:
    maria, ahead, behind = desk("maria"), desk("ahead"), desk("behind")
    maria.begin()
    maria.decide("train.open", "2026-W47", TrainOpened())
    ahead.sync()
    behind.sync()
    for one, years in ((ahead, 1), (behind, -1)):
        one.clock_off = timedelta(days=365 * years)
        assert one.decide("ballot", "2026-W47", BallotCast((f"seen-by-{one.actor}",))).fate is Fate.SHARED
    assert ahead.decide("controls.take", "production", ControlsTaken()).fate is Fate.SHARED
    maria.sync()
    behind.sync()
    assert maria.decided.tables() == behind.decided.tables()
    assert {ballot.train for ballot in maria.decided.all(BallotRecord)} == {"2026-W47"}
    controls = maria.decided.get(ControlsRecord, "production")
    assert controls is not None
    assert controls.by.at > datetime.now(UTC) + timedelta(days=300)


def test_an_unknown_kind_or_version_is_kept_and_stops_conditional_writes_of_this_version(
    desk: Callable[..., Desk], remote: Path
) -> None:
    maria = desk("maria")
    maria.begin()
    ledger = maria.decided.ledger
    assert ledger is not None
    event = Event("future", ledger.ledger, "maria", "teleport", "", datetime.now(UTC), {"to": "mars"}, {}, version=99)
    push_raw(remote, message_of(payload_of(event)))
    assert maria.sync().position == 3
    refused = maria.decide("lock", "production", Locked("now"))
    assert refused.fate is Fate.REFUSED
    assert "newer cockpit" in refused.reason
    assert (maria.sync().not_understood, maria.sync().alarms) == (1, 1)
    assert maria.decide("note", "x", Noted("still")).fate is Fate.SHARED
    strange = maria.decided.get(UnknownRecord, "teleport/99")
    assert strange is not None
    assert maria.decide("alarm.acknowledge", strange.commit, AlarmAcknowledged("a joke")).fate is Fate.SHARED
    assert (maria.sync().not_understood, maria.sync().alarms) == (0, 0)
    assert maria.decide("lock", "production", Locked("now")).fate is Fate.SHARED


def test_a_client_that_was_changed_gains_nothing(desk: Callable[..., Desk], remote: Path) -> None:
    maria = desk("maria")
    maria.begin()
    ledger = maria.decided.ledger
    assert ledger is not None
    event = Event("forged", "another-ledger", "maria", "lock", "*", datetime.now(UTC), Locked("x"), {"lock:*": ""})
    push_raw(remote, message_of(payload_of(event)))
    blind = Event("blind", ledger.ledger, "maria", "lock", "*", datetime.now(UTC), Locked("x"), {})
    push_raw(remote, message_of(payload_of(blind)))
    state = maria.sync()
    assert (state.position, state.alarms) == (4, 1)
    assert maria.decided.get(LockRecord, "*") is None


def test_hostile_text_on_the_chain_comes_out_harmless(desk: Callable[..., Desk], remote: Path) -> None:
    maria = desk("maria")
    maria.begin()
    ledger = maria.decided.ledger
    assert ledger is not None
    nasty = "\x1b]52;c;aGk=\x07\u202eevil\u200b[@click=app.quit]x"
    event = Event("nasty", ledger.ledger, "maria", "lock", "*", datetime.now(UTC), Locked(nasty), {"lock:*": ""})
    push_raw(remote, message_of(payload_of(event)))
    maria.sync()
    lock = maria.decided.get(LockRecord, "*")
    assert lock is not None
    assert lock.reason.isprintable()
    assert "\u202e" not in lock.reason


def test_two_threads_that_decide_at_once_are_two_events(desk: Callable[..., Desk]) -> None:
    maria = desk("maria")
    maria.begin()
    threads = [threading.Thread(target=maria.intend, args=("note", "x", Noted(str(n)))) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert maria.sync().position == 10


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes."""
    with mounted(tmp_path / "small", "2m") as folder:
        yield folder


def test_a_decision_on_a_full_disk_is_not_acknowledged_and_the_next_goes_on_when_there_is_room(
    small_disk: Path, remote: Path
) -> None:
    maria = Desk(small_disk / "maria", remote_at(remote), "maria")
    maria.begin()
    ballast = fill(small_disk)
    with pytest.raises(LedgerError, match="the decision was not kept: No space left"):
        maria.intend("lock", "production", Locked("now"))
    assert maria.spool.count() == 0
    ballast.unlink()
    assert maria.decide("lock", "production", Locked("now")).position == 3
    maria.close()


def test_a_holder_who_was_suspended_cannot_act_on_what_others_took_over(tmp_path: Path) -> None:
    with ledger(tmp_path) as remote, desks(tmp_path, remote, ["olu", "maria"]) as (olu, maria):
        olu.ask({"do": "controls.take", "target": "production", "text": "mine"})
        assert olu.answer("fate")["fate"] == "shared"
        os.kill(olu.process.pid, signal.SIGSTOP)
        maria.ask({"do": "sync"})
        maria.answer("head")
        maria.ask({"do": "controls.takeover", "target": "production", "text": "olu does not answer"})
        assert maria.answer("fate")["fate"] == "shared"
        os.kill(olu.process.pid, signal.SIGCONT)
        olu.ask({"do": "controls.leave", "target": "production", "text": "done"})
        told = olu.answer("fate")
    assert told["fate"] == "refused"
    assert "maria was quicker" in told["reason"]
