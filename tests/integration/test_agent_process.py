"""The agent as a process of its own, over a real repository and a real cache."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cockpit.agent.launch import STARTING_VARIABLE, ensure_agent
from cockpit.agent.lock import holder, is_held
from cockpit.agent.presence import announce_screen, open_screens
from cockpit.agent.upkeep import AgentWatch, wake_agent
from cockpit.cache.feed import open_feed
from cockpit.config.places import Places, Repository, find_repository, places_for
from cockpit.domain.overview import Overview
from cockpit.domain.source_state import SourceState, SourceStatus
from cockpit.domain.terms import Terms
from cockpit.requests import Asked, Request, put_request
from tests.removing import remove_in_use


class World:
    """One repository, its places, and the agents started over it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "payments"
        self.root.mkdir()
        self.git("init", "-q", "-b", "main")
        self.commit("feat: pay by card (#1)")
        self.git("tag", "v1.0.0")
        self.commit("fix: round to cents (#2)")
        self.repository: Repository = find_repository(self.root)
        self.places: Places = places_for(self.repository)
        self.started: list[subprocess.Popen[bytes]] = []

    def git(self, *args: str) -> str:
        done = subprocess.run(["git", "-C", str(self.root), *args], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, subject: str) -> None:
        with (self.root / "pay.py").open("a") as file:
            file.write(f"# {subject}\n")
        self.git("add", ".")
        self.git("commit", "-q", "-m", subject)

    def agent(self, *options: str, **environment: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "cockpit", "-C", str(self.root), "agent", *options],
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self.started.append(process)
        return process

    def overview(self, later: timedelta = timedelta()) -> Overview:
        terms = Terms("payments")
        return open_feed(self.places.database, lambda: terms, clock=lambda: datetime.now(UTC) + later).overview()

    def source(self, name: str) -> SourceState | None:
        return next((state for state in self.overview().sources if state.name == name), None)

    def log(self) -> str:
        return self.places.agent_log.read_text() if self.places.agent_log.exists() else ""

    def end(self) -> None:
        at_work = holder(self.places.agent_lock).get("pid", "")
        ours = {str(process.pid) for process in self.started}
        if at_work.isdigit() and at_work not in ours:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(at_work), signal.SIGKILL)
        for process in self.started:
            process.kill()
            process.communicate()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.end()


def until(condition: Callable[[], bool], within_s: float = 30.0) -> None:
    give_up_at = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < give_up_at, "did not happen in time"
        time.sleep(0.05)


def at_work(world: World) -> Callable[[], bool]:
    return lambda: world.overview().agent_alive and world.overview().changes.total > 0


def test_the_agent_fills_the_cache_and_gives_a_sign_of_life(world: World) -> None:
    agent = world.agent()
    until(at_work(world))
    overview = world.overview()
    assert overview.heartbeat is not None
    assert overview.heartbeat.pid == agent.pid
    assert overview.heartbeat.mode == "observer"
    assert overview.changes.since_tag == "v1.0.0"


def test_a_second_agent_leaves_at_once_and_says_why(world: World) -> None:
    world.agent()
    until(lambda: is_held(world.places.agent_lock))
    second = world.agent("--station", "eu")
    _, said = second.communicate(timeout=30)
    assert second.returncode == 1
    assert b"another agent is at work" in said


def test_a_killed_agent_counts_as_dead_within_its_time_and_the_next_one_goes_on(world: World) -> None:
    first = world.agent()
    until(at_work(world))
    first.kill()
    first.wait()
    assert world.overview(later=timedelta(seconds=21)).agent_alive is False
    assert not is_held(world.places.agent_lock)
    second = world.agent()
    until(lambda: (beat := world.overview().heartbeat) is not None and beat.pid == second.pid)
    assert world.overview().changes.total == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_agent_that_is_told_to_stop_leaves_nothing_behind(world: World, number: signal.Signals) -> None:
    agent = world.agent()
    until(at_work(world))
    agent.send_signal(number)
    assert agent.wait(timeout=20) == 0
    assert not is_held(world.places.agent_lock)
    assert not world.overview().agent_alive
    assert "agent ended" in world.log()


def test_an_agent_outlives_the_terminal_it_was_started_in(world: World) -> None:
    agent = world.agent()
    until(at_work(world))
    agent.send_signal(signal.SIGHUP)
    world.commit("feat: refund (#3)")
    put_request(world.places.requests, Request(Asked.REFRESH, "git"))
    until(lambda: world.overview().changes.total == 2)
    assert agent.poll() is None


def test_an_observer_leaves_after_the_last_screen(world: World) -> None:
    with announce_screen(world.places):
        agent = world.agent("--observer", COCKPIT_OBSERVER_LINGER_S="0.5")
        until(at_work(world))
        time.sleep(2.5)
        assert agent.poll() is None
    assert agent.wait(timeout=20) == 0
    assert "the last screen has gone" in world.log()


def test_a_station_stays_without_any_screen(world: World) -> None:
    agent = world.agent("--station", "eu", "--observer", COCKPIT_OBSERVER_LINGER_S="0.1")
    until(at_work(world))
    time.sleep(2.5)
    assert agent.poll() is None
    beat = world.overview().heartbeat
    assert beat is not None
    assert beat.mode == "station"


@pytest.mark.parametrize("what", ["repository", "cache folder"])
def test_the_agent_leaves_when_what_it_serves_has_disappeared(world: World, what: str) -> None:
    agent = world.agent()
    until(at_work(world))
    shutil.rmtree(world.root if what == "repository" else world.places.cache, ignore_errors=True)
    assert agent.wait(timeout=20) == 0


def test_screens_that_start_together_start_one_agent(world: World) -> None:
    program = (
        "import sys; from pathlib import Path; from cockpit.agent.launch import ensure_agent;"
        "from cockpit.config.places import find_repository, places_for;"
        "repository = find_repository(Path(sys.argv[1]));"
        "sys.exit(0 if ensure_agent(places_for(repository), repository.root) else 1)"
    )
    screens = [subprocess.Popen([sys.executable, "-c", program, str(world.root)]) for _ in range(20)]
    assert [screen.wait(timeout=60) for screen in screens] == [0] * 20
    until(at_work(world))
    assert ensure_agent(world.places, world.repository.root)
    time.sleep(0.5)
    assert world.log().count("started as") == 1
    assert STARTING_VARIABLE not in os.environ


def test_an_open_screen_replaces_an_agent_that_was_killed_once_its_time_is_over(world: World) -> None:
    killed = world.agent()
    until(at_work(world))
    killed.kill()
    killed.wait()
    with announce_screen(world.places) as place:
        watch = AgentWatch(world.places, world.root, place, grace_s=1.0)
        watch.look()
        assert not is_held(world.places.agent_lock)
        time.sleep(1.1)
        watch.look()
        until(lambda: (beat := world.overview().heartbeat) is not None and beat.pid != killed.pid)
    assert world.log().count("started as") == 2


def test_an_open_screen_stays_counted_and_gets_an_agent_when_the_cache_folder_is_removed(world: World) -> None:
    with announce_screen(world.places) as place:
        watch = AgentWatch(world.places, world.root, place)
        first = world.agent()
        until(at_work(world))
        remove_in_use(world.places.cache)
        watch.look()
        assert first.wait(timeout=20) == 0
        assert open_screens(world.places) == 1
        until(at_work(world))


@pytest.mark.parametrize("at_work_already", [True, False])
def test_who_asks_for_an_agent_is_told_what_came_of_it(world: World, *, at_work_already: bool) -> None:
    if at_work_already:
        there = world.agent()
        until(lambda: is_held(world.places.agent_lock) and bool(holder(world.places.agent_lock)))
        assert f"kill -9 {there.pid}" in wake_agent(world.places, world.root)
    else:
        assert "one is starting" in wake_agent(world.places, world.root)
        until(at_work(world))


def test_a_started_agent_holds_no_pipe_of_the_screen(world: World) -> None:
    program = (
        "import sys; from pathlib import Path; from cockpit.agent.launch import ensure_agent;"
        "from cockpit.config.places import find_repository, places_for;"
        "repository = find_repository(Path(sys.argv[1])); ensure_agent(places_for(repository), repository.root)"
    )
    read_end, write_end = os.pipe()
    subprocess.run([sys.executable, "-c", program, str(world.root)], pass_fds=[write_end], check=True)
    os.close(write_end)
    until(at_work(world))
    os.set_blocking(read_end, False)
    assert os.read(read_end, 1) == b"", "the pipe is still open somewhere"
    os.close(read_end)


def test_an_agent_cannot_be_started_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert ensure_agent(Places(cache=tmp_path / "file", state=tmp_path), tmp_path) is False


def test_a_diff_that_a_screen_asks_for_arrives_and_one_that_cannot_be_read_says_why(world: World) -> None:
    world.agent()
    until(at_work(world))
    head = world.git("rev-parse", "HEAD")
    feed = open_feed(world.places.database, lambda: Terms("payments"))
    put_request(world.places.requests, Request(Asked.DIFF, head))
    put_request(world.places.requests, Request(Asked.DIFF, "f" * 40))
    until(lambda: feed.diff(head) is not None and feed.diff("f" * 40) is not None)
    found, missing = feed.diff(head), feed.diff("f" * 40)
    assert found is not None
    assert "+# fix: round to cents (#2)" in found.patch
    assert missing is not None
    assert missing.patch == ""
    assert missing.truncated


def test_changed_settings_are_taken_up_and_bad_ones_leave_the_former_in_force(world: World) -> None:
    settings = world.root / "cockpit.toml"
    settings.write_text('[servers.zones.eu]\n"eu-1" = "http://127.0.0.1:9"\n')
    agent = world.agent()
    until(lambda: world.overview().fleet.total == 1)
    settings.write_text("[servers]\nevery_s = 'often'\n")
    until(lambda: world.source("settings") is not None)
    trouble = world.source("settings")
    assert trouble is not None
    assert trouble.status is SourceStatus.FAILING
    assert "cockpit.toml:2" in trouble.where
    assert "every_s" in trouble.reason
    assert world.source("servers") is not None
    settings.write_text('[servers.zones.eu]\n"eu-1" = "http://127.0.0.1:9"\n"eu-2" = "http://127.0.0.1:9"\n')
    until(lambda: world.overview().fleet.total == 2)
    assert world.source("settings") is None
    assert agent.poll() is None


def test_a_server_that_is_down_becomes_an_alert_and_its_end_is_seen(world: World) -> None:
    settings = world.root / "cockpit.toml"
    settings.write_text('[servers]\nevery_s = 0.5\n[servers.zones.eu]\n"eu-1" = "http://127.0.0.1:9"\n')
    world.agent()
    until(lambda: world.overview().alerts.page == 1, within_s=60)
    assert "eu-1" in world.overview().alerts.newest
    settings.unlink()
    until(lambda: world.overview().alerts.page == 0, within_s=60)


def test_the_lock_file_tells_who_is_at_work(world: World) -> None:
    agent = world.agent("--station", "eu")
    until(lambda: bool(holder(world.places.agent_lock)))
    note = json.loads(world.places.agent_lock.read_text())
    assert note["pid"] == agent.pid
    assert set(note) == {"pid", "host", "version", "mode"}
