"""A remote that answers and needs long: people hear it at once, and what others decided arrives all the same."""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cockpit.agent.ledger_desk import LedgerDesk
from cockpit.agent.log import AgentLog
from cockpit.domain.decisions.bodies import Locked, Noted
from cockpit.domain.decisions.intent import Fate
from cockpit.domain.decisions.standing import LedgerHealth, LedgerState
from cockpit.ledger import bringing, chain
from cockpit.ledger.chain import LedgerRemote, PushAnswer
from tests.integration.ledger_world import Desk, make_remote, many_desks, push_raw, remote_at
from tests.integration.slow_remote import pile_up, slow_remote

ANSWER_S = 1.0

BEHIND = 120
CHARACTERS = 4_000
"""Of each commit, and no packing makes them fewer than half."""


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return make_remote(tmp_path / "remote.git")


@pytest.fixture
def desk(tmp_path: Path, remote: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Desk]]:
    monkeypatch.setattr(chain, "NETWORK_S", ANSWER_S)
    with many_desks(tmp_path, remote_at(remote)) as make:
        yield make


@pytest.fixture
def behind(desk: Callable[[str], Desk], remote: Path) -> Desk:
    """Jon's machine, which has seen how the ledger began; what came since takes some seconds on a slow link."""
    maria, jon = desk("maria"), desk("jon")
    maria.begin()
    jon.sync()
    pile_up(remote, BEHIND, CHARACTERS)
    return jon


def over(one: Desk, remote: LedgerRemote) -> None:
    one.chain.remote = remote


def gits_of(one: Desk) -> list[str]:
    return subprocess.run(["pgrep", "-f", f"git-dir={one.chain.path}"], capture_output=True, text=True).stdout.split()


def until_shared(one: Desk, within_s: float = 20.0) -> LedgerState:
    give_up_at = time.monotonic() + within_s
    while (state := one.sync()).health is not LedgerHealth.SHARED and time.monotonic() < give_up_at:
        time.sleep(0.1)
    return state


def test_who_is_far_behind_on_a_slow_link_hears_it_at_once_and_catches_up(behind: Desk, remote: Path) -> None:
    over(behind, slow_remote(remote))
    began = time.monotonic()
    state = behind.sync()
    assert time.monotonic() - began < ANSWER_S + 0.5
    assert (state.health, state.position) == (LedgerHealth.UNREACHABLE, 2)
    assert state.reason == "what others decided takes longer than 1 s to arrive: catching up"
    began = time.monotonic()
    lock = behind.decide("lock", "production", Locked("now"))
    note = behind.decide("note", "x", Noted("waits"))
    assert time.monotonic() - began < ANSWER_S / 2
    assert (lock.fate, note.fate) == (Fate.REFUSED, Fate.QUEUED)
    assert "catching up" in lock.reason
    assert len(gits_of(behind)) >= 1
    state = until_shared(behind)
    assert (state.health, state.position, state.queued) == (LedgerHealth.SHARED, BEHIND + 3, 0)


def test_one_large_event_arrives_over_a_slow_link(behind: Desk, remote: Path) -> None:
    assert behind.sync().position == BEHIND + 2
    push_raw(remote, random.Random(3).randbytes(200_000).hex())
    over(behind, slow_remote(remote))
    assert "catching up" in behind.sync().reason
    assert until_shared(behind).position == BEHIND + 3


def test_a_server_that_reads_for_long_before_it_sends_is_waited_for(behind: Desk, remote: Path) -> None:
    over(behind, slow_remote(remote, silence_s=2.5 * ANSWER_S, at_once=500, bytes_s=10_000_000))
    assert "catching up" in behind.sync().reason
    assert until_shared(behind).position == BEHIND + 2


def test_a_server_that_says_nothing_at_all_is_given_up_and_no_git_stays(behind: Desk, remote: Path) -> None:
    over(behind, slow_remote(remote, silence_s=60.0, at_once=0))
    assert "no end after 1 s" in behind.sync().reason
    assert gits_of(behind) == []


def test_a_server_that_falls_silent_is_given_up_too(
    behind: Desk, remote: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bringing, "STALLED_S", 2 * ANSWER_S)
    over(behind, slow_remote(remote, silence_s=60.0, at_once=150_000))
    assert "catching up" in behind.sync().reason
    time.sleep(3 * ANSWER_S)
    assert "no end after 2 s" in behind.sync().reason
    assert gits_of(behind) == []
    over(behind, remote_at(remote))
    assert behind.sync().position == BEHIND + 2


def test_the_agent_takes_in_what_arrives_at_once_and_leaves_no_git_behind(behind: Desk, remote: Path) -> None:
    over(behind, slow_remote(remote))

    async def follow(until: Callable[[], bool]) -> None:
        desk = LedgerDesk(lambda: behind.keeper, behind.spool, 3600.0, AgentLog(behind.folder / "log"))
        at_work = asyncio.create_task(desk.run())
        async with asyncio.timeout(20.0):
            while not until():  # noqa: ASYNC110 - what is waited for is another thread's
                await asyncio.sleep(0.05)
        at_work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await at_work

    asyncio.run(follow(lambda: behind.keeper.decided.position == BEHIND + 2))
    assert gits_of(behind) == []


def test_the_agent_that_ends_meanwhile_ends_the_fetch(behind: Desk, remote: Path) -> None:
    over(behind, slow_remote(remote))
    assert "catching up" in behind.sync().reason
    assert gits_of(behind)
    behind.keeper.stop()
    assert gits_of(behind) == []


def test_the_fetch_of_an_agent_that_was_killed_ends_by_itself(behind: Desk, remote: Path) -> None:
    over(behind, slow_remote(remote, bytes_s=20_000))
    behind.close()
    program = (
        "import sys, time; from pathlib import Path; from cockpit.ledger import chain; chain.NETWORK_S = 1.0\n"
        "from tests.integration.ledger_world import Desk; from tests.integration.slow_remote import slow_remote\n"
        "desk = Desk(Path(sys.argv[1]), slow_remote(Path(sys.argv[2]), bytes_s=20_000), 'jon')\n"
        "print(desk.sync().reason, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(behind.folder), str(remote)], stdout=subprocess.PIPE, text=True
    ) as agent:
        assert agent.stdout is not None
        assert "catching up" in agent.stdout.readline()
        assert gits_of(behind)
        os.kill(agent.pid, signal.SIGKILL)
    give_up_at = time.monotonic() + 10.0
    while gits_of(behind) and time.monotonic() < give_up_at:
        time.sleep(0.1)
    assert gits_of(behind) == []


def test_a_large_push_is_given_the_time_that_it_needs(behind: Desk, remote: Path) -> None:
    head = behind.chain.fetch()
    over(behind, slow_remote(remote, bytes_s=100_000))
    made = behind.chain.commit(head, random.Random(2).randbytes(200_000).hex())
    assert behind.chain.push(head, made) is PushAnswer.ACCEPTED


def test_a_small_push_that_nobody_answers_is_given_up_at_once(behind: Desk, remote: Path) -> None:
    head = behind.chain.fetch()
    over(behind, slow_remote(remote, at_once=0, silence_s=60.0))
    began = time.monotonic()
    made = behind.chain.commit(head, "small")
    assert behind.chain.push(head, made) is PushAnswer.UNKNOWN
    assert time.monotonic() - began < ANSWER_S + 1.0


def test_a_server_that_takes_long_to_accept_is_waited_for_longer_each_time(behind: Desk, remote: Path) -> None:
    head = behind.chain.fetch()
    over(behind, slow_remote(remote, at_once=0, silence_s=2.5 * ANSWER_S))
    made = behind.chain.commit(head, "small")
    answers = [behind.chain.push(head, made) for _ in range(3)]
    assert answers == [PushAnswer.UNKNOWN, PushAnswer.UNKNOWN, PushAnswer.ACCEPTED]
