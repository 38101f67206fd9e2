"""The terminal goes away, freezes, or shows an agent that died: the screen ends or tells, and the agent goes on."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults_desk import DEAF, Desk, local_ci, shows, until

from cockpit.agent.lock import is_held
from cockpit.agent.presence import open_screens
from tests.removing import remove_in_use


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.end()


@pytest.mark.parametrize("program", ["", DEAF], ids=["", "with SIGHUP ignored"])
def test_a_screen_whose_terminal_is_gone_ends_and_the_agent_goes_on(desk: Desk, program: str) -> None:
    desk.start_agent()
    terminal = desk.screen(program=program)
    until(lambda: open_screens(desk.places) == 1)
    before = desk.heartbeat_us()
    os.close(terminal.fd)
    terminal.fd = os.open(os.devnull, os.O_RDWR)
    try:
        until(lambda: open_screens(desk.places) == 0, within_s=10)
        until(lambda: os.waitpid(terminal.pid, os.WNOHANG)[0] == terminal.pid, within_s=10)
    finally:
        os.close(terminal.fd)
    until(lambda: desk.heartbeat_us() > before)
    assert is_held(desk.places.agent_lock)


def test_a_terminal_that_is_not_read_holds_up_nobody_and_shows_the_present_when_it_is_read_again(desk: Desk) -> None:
    desk.settings()
    desk.start_agent()
    with desk.screen() as terminal, desk.screen() as other:
        before = desk.heartbeat_us()
        thaw_at = time.monotonic() + 10
        while time.monotonic() < thaw_at:
            # Each new size is a whole frame, so that nothing more fits into the terminal's buffer.
            terminal.resize(118 + int(time.monotonic() * 10) % 3, 36)
            time.sleep(0.1)
            if time.monotonic() > thaw_at - 5 and not desk.git("log", "--oneline", "--grep=while frozen"):
                desk.commit("feat: paid while frozen (#3)")
        terminal.resize(120, 36)
        assert desk.heartbeat_us() > before, "the agent stood still"
        shows(other, "paid while frozen")
        shows(terminal, "paid while frozen")


def test_a_dead_agent_turns_the_verdict_unknown_by_itself(desk: Desk) -> None:
    desk.settings(f"{local_ci()}[limits]\nflaky_max = 1\n")
    desk.start_agent()
    assert desk.agent is not None
    with desk.screen() as terminal:
        shows(terminal, "✔ GO")
        os.kill(desk.agent.pid, signal.SIGKILL)
        desk.agent.wait()
        shows(terminal, "UNKNOWN", within_s=60)
        assert "✔ GO" not in terminal.text()


def test_an_open_screen_starts_an_agent_where_one_died_and_where_the_cache_was_deleted(desk: Desk) -> None:
    desk.start_agent()
    assert desk.agent is not None
    with desk.screen() as terminal:
        desk.agent.kill()
        desk.agent.wait()
        until(lambda: is_held(desk.places.agent_lock))
        desk.commit("feat: after the fall (#3)")
        shows(terminal, "after the fall")
        remove_in_use(desk.places.cache)
        desk.commit("feat: after the fire (#4)")
        shows(terminal, "after the fire")


def test_a_dead_agent_is_replaced_by_the_next_screen(desk: Desk) -> None:
    desk.start_agent()
    assert desk.agent is not None
    desk.screen().end()
    desk.agent.kill()
    desk.agent.wait()
    with desk.screen() as terminal:
        until(lambda: is_held(desk.places.agent_lock))
        desk.commit("feat: after the fall (#3)")
        shows(terminal, "after the fall")
