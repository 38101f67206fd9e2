"""Decisions of separate clones over a real git remote: nothing lost, nothing doubled, one order for all."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cockpit.cache.feed import open_feed
from cockpit.domain.decisions.bodies import ControlsTaken, Locked, Noted, Unlocked
from cockpit.domain.decisions.intent import Fate
from cockpit.domain.decisions.records import ControlsRecord, LockRecord
from cockpit.domain.decisions.standing import LedgerHealth
from cockpit.domain.terms import Terms
from cockpit.errors import LedgerError
from cockpit.ledger.thawing import accept_head, put_back
from cockpit.ui.feed import Query
from tests.integration.ledger_world import EMPTY_TREE, REF, Desk, make_remote, many_desks, remote_at


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return make_remote(tmp_path / "remote.git")


@pytest.fixture
def desk(tmp_path: Path, remote: Path) -> Iterator[Callable[[str], Desk]]:
    with many_desks(tmp_path, remote_at(remote)) as make:
        yield make


def git(repository: Path, *args: str) -> str:
    done = subprocess.run(["git", f"--git-dir={repository}", *args], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_without_a_ledger_there_is_none_and_nothing_is_decided(desk: Callable[[str], Desk]) -> None:
    maria = desk("maria")
    assert maria.sync().health is LedgerHealth.NONE


def test_a_decision_reaches_every_clone_in_one_order(desk: Callable[[str], Desk], remote: Path) -> None:
    maria, jon = desk("maria"), desk("jon")
    maria.begin()
    assert maria.decide("lock", "production", Locked("bad deploy")).fate is Fate.SHARED
    assert jon.sync().health is LedgerHealth.SHARED
    assert jon.decide("unlock", "production", Unlocked()).fate is Fate.SHARED
    maria.sync()
    assert maria.decided.tables() == jon.decided.tables()
    assert git(remote, "rev-list", "--count", REF) == "4"
    assert "jon unlocked production" in git(remote, "log", "-1", "--format=%s", REF)


def test_the_loser_is_told_who_was_quicker_and_its_event_never_reaches_the_chain(
    desk: Callable[[str], Desk], remote: Path
) -> None:
    maria, jon = desk("maria"), desk("jon")
    maria.begin()
    jon.sync()
    seen = {"controls:production": ""}
    assert maria.decide("controls.take", "production", ControlsTaken(), expect=seen).fate is Fate.SHARED
    late = jon.decide("controls.take", "production", ControlsTaken(), expect=seen)
    assert late.fate is Fate.REFUSED
    assert "maria was quicker, at 3" in late.reason
    assert git(remote, "rev-list", "--count", REF) == "3"
    controls = jon.decided.get(ControlsRecord, "production")
    assert controls is not None
    assert controls.holder == "maria"


def test_nothing_is_refused_by_what_was_seen_a_while_ago(desk: Callable[[str], Desk]) -> None:
    """What stood in its way may be gone, or be another's by now: whoever is refused is told how things stand."""
    maria, jon = desk("maria"), desk("jon")
    maria.begin()
    maria.decide("lock", "production", Locked("bad deploy"))
    jon.sync()
    maria.decide("unlock", "production", Unlocked())
    late = jon.decide("lock", "production", Locked("emergency"))
    assert (late.fate, late.reason) == (Fate.REFUSED, "lock production has changed: it is no more")
    assert jon.decide("lock", "production", Locked("emergency")).fate is Fate.SHARED
    maria.decide("lock", "production", Locked("mine"))
    maria.sync()
    jon.decide("unlock", "production", Unlocked())
    jon.decide("lock", "production", Locked("another"))
    known = {"lock:production": maria.decided.token("lock:production")}
    late = maria.decide("lock", "production", Locked("mine"), expect=known)
    assert "jon was quicker, at 7" in late.reason


def test_cache_and_clone_may_be_deleted_and_everything_decided_comes_back(desk: Callable[[str], Desk]) -> None:
    maria = desk("maria")
    maria.begin()
    maria.decide("lock", "*", Locked("freeze"))
    before = maria.decided.tables()
    maria.close()
    for name in ("cache.db", "cache.db-wal", "cache.db-shm"):
        (maria.folder / name).unlink(missing_ok=True)
    shutil.rmtree(maria.folder / "ledger.git")
    again = Desk(maria.folder, maria.chain.remote, "maria")
    assert again.sync().position == 3
    assert again.decided.tables() == before
    again.close()


def test_the_fold_goes_on_from_the_cache(desk: Callable[[str], Desk]) -> None:
    maria = desk("maria")
    maria.begin()
    maria.decide("lock", "*", Locked("freeze"))
    maria.close()
    again = Desk(maria.folder, maria.chain.remote, "maria")
    assert again.sync().position == 3
    assert again.decide("unlock", "*", Unlocked()).position == 4
    assert again.decided.get(LockRecord, "*") is None
    again.close()


def test_the_same_intent_twice_is_one_event(desk: Callable[[str], Desk], remote: Path) -> None:
    maria = desk("maria")
    maria.begin()
    event_id = maria.intend("note", "x", Noted("once"))
    waiting = maria.spool.waiting()
    maria.spool.put(waiting[0])
    maria.sync()
    maria.spool.put(waiting[0])
    maria.sync()
    receipt = maria.spool.receipt(event_id)
    assert receipt is not None
    assert receipt.position == 3
    assert git(remote, "rev-list", "--count", REF) == "3"


def test_without_the_remote_what_can_wait_waits_and_the_rest_is_refused(
    desk: Callable[[str], Desk], remote: Path
) -> None:
    maria = desk("maria")
    maria.begin()
    remote.rename(remote.with_name("away.git"))
    note = maria.decide("note", "x", Noted("offline"))
    assert (note.fate, bool(note.reason)) == (Fate.QUEUED, True)
    lock = maria.decide("lock", "production", Locked("now"))
    assert lock.fate is Fate.REFUSED
    state = maria.sync()
    assert (state.health, state.queued) == (LedgerHealth.UNREACHABLE, 1)
    remote.with_name("away.git").rename(remote)
    state = maria.sync()
    assert (state.health, state.queued, state.position) == (LedgerHealth.SHARED, 0, 3)


@pytest.mark.parametrize("deed", ["rewritten", "rolled back", "deleted"])
def test_a_chain_that_did_not_only_grow_freezes_and_is_never_healed_silently(
    desk: Callable[[str], Desk], remote: Path, deed: str
) -> None:
    maria = desk("maria")
    maria.begin()
    maria.decide("lock", "*", Locked("freeze"))
    head = git(remote, "rev-parse", REF)
    if deed == "deleted":
        git(remote, "update-ref", "-d", REF)
    else:
        git(remote, "update-ref", REF, f"{REF}~1")
    if deed == "rewritten":
        other = desk("mallory")
        other.sync()
        other.decide("note", "x", Noted("instead"))
    rewritten = "" if deed == "deleted" else git(remote, "rev-parse", REF)
    state = maria.sync()
    assert state.health is LedgerHealth.FROZEN
    assert head[:10] in state.reason
    assert rewritten[:10] in state.reason
    assert maria.decided.get(LockRecord, "*") is not None
    assert maria.decide("unlock", "*", Unlocked()).fate is Fate.REFUSED
    assert maria.decide("note", "x", Noted("waits")).fate is Fate.QUEUED
    assert maria.sync().health is LedgerHealth.FROZEN
    assert ("" if deed == "deleted" else git(remote, "rev-parse", REF)) == rewritten


def test_a_freeze_ends_by_somebodys_own_word_alone(desk: Callable[[str], Desk], remote: Path) -> None:
    maria = desk("maria")
    maria.begin()
    maria.decide("lock", "*", Locked("freeze"))
    git(remote, "update-ref", REF, f"{REF}~1")
    assert maria.sync().health is LedgerHealth.FROZEN
    with pytest.raises(LedgerError, match="not the remote's head"):
        accept_head(maria.chain, maria.pin_path, maria.keeper.place, "0" * 40)
    accept_head(maria.chain, maria.pin_path, maria.keeper.place, git(remote, "rev-parse", REF)[:12])
    state = maria.sync()
    assert (state.health, state.position) == (LedgerHealth.SHARED, 2)
    assert maria.decided.get(LockRecord, "*") is None


def test_a_lost_branch_is_put_back_by_somebodys_own_word_alone(desk: Callable[[str], Desk], remote: Path) -> None:
    maria = desk("maria")
    maria.begin()
    head = git(remote, "rev-parse", REF)
    with pytest.raises(LedgerError, match="the remote has a ledger"):
        put_back(maria.chain, maria.pin_path, maria.keeper.place)
    git(remote, "update-ref", "-d", REF)
    assert maria.sync().health is LedgerHealth.FROZEN
    assert put_back(maria.chain, maria.pin_path, maria.keeper.place) == head
    assert maria.sync().health is LedgerHealth.SHARED


def test_a_junk_or_merge_commit_is_void_and_an_alarm(desk: Callable[[str], Desk], remote: Path) -> None:
    maria = desk("maria")
    maria.begin()
    identity = ["-c", "user.name=m", "-c", "user.email=m@localhost"]
    junk = git(remote, *identity, "commit-tree", EMPTY_TREE, "-p", REF, "-m", "not an event")
    other = git(remote, *identity, "commit-tree", EMPTY_TREE, "-m", "elsewhere")
    merge = git(remote, *identity, "commit-tree", EMPTY_TREE, "-p", junk, "-p", other, "-m", "merge")
    git(remote, "update-ref", REF, merge)
    state = maria.sync()
    assert (state.health, state.position, state.alarms) == (LedgerHealth.SHARED, 4, 2)
    assert maria.decide("lock", "*", Locked("still works")).position == 5


def test_a_replaced_commit_is_not_seen(desk: Callable[[str], Desk], remote: Path) -> None:
    maria = desk("maria")
    maria.begin()
    maria.decide("lock", "*", Locked("freeze"))
    fake = git(remote, "-c", "user.name=m", "-c", "user.email=m@localhost", "commit-tree",
               EMPTY_TREE, "-p", f"{REF}~1", "-m", "fake")  # fmt: skip
    git(remote, "replace", REF, fake)
    git(maria.chain.path, "fetch", str(remote), "+refs/replace/*:refs/replace/*")
    jon = desk("jon")
    jon.sync()
    assert jon.decided.get(LockRecord, "*") is not None
    assert maria.sync().health is LedgerHealth.SHARED


def test_a_damaged_clone_is_made_again_and_the_spool_is_kept(desk: Callable[[str], Desk]) -> None:
    maria = desk("maria")
    maria.begin()
    maria.intend("note", "x", Noted("kept"))
    for path in (maria.chain.path / "objects").rglob("*"):
        if path.is_file():
            path.chmod(0o600)
            path.write_bytes(path.read_bytes()[:5])
    (maria.chain.path / "refs/cockpit/there").write_text("")
    for _ in range(3):
        state = maria.sync()
    assert (state.health, state.position, state.queued) == (LedgerHealth.SHARED, 3, 0)


def test_the_list_of_events_is_read_newest_first_and_filtered_by_all_they_say(desk: Callable[[str], Desk]) -> None:
    maria = desk("maria")
    maria.begin()
    maria.decide("lock", "production", Locked("Disk full"))
    maria.decide("note", "x", Noted("hello"))
    feed = open_feed(maria.folder / "cache.db", lambda: Terms("payments"))
    assert list(feed.told.order(Query())) == [4, 3, 2, 1]
    assert list(feed.told.order(Query("disk"))) == [3]
    assert list(feed.told.order(Query("disk", inverse=True))) == [4, 2, 1]
    [told] = feed.told.fetch([3])
    assert told is not None
    assert (told[0].event.body, told[1].is_effective) == (Locked("Disk full"), True)
    feed.close()
