"""Every scenario of the demo ends as its help says: by the cockpit's own word, by the servers', and by the ledger's."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.demo_program import Demo, answer, demo, is_alive, needs_proc, until

NEW = "v1.43.1"
BEFORE = {"eu-1-01": "v1.43.0", "eu-1-02": "v1.43.0", "eu-2-01": "v1.43.0", "us-1-01": "v1.42.0"}
FIRST = "eu-1-01"
"""The only server of the first wave."""

WITHIN_S = 120.0
ASKED_EVERY_S = 2.0
"""A command is a process, and takes from the demo the time that it would go on in."""

FAST = ("--servers", "4", "--speed", "40")


def status(world: Demo) -> dict[str, Any]:
    done = world.cockpit("rollout", "status", "--json")
    return dict(json.loads(done.stdout)) if done.stdout.startswith("{") else {"phase": ""}


def ended(world: Demo, holds: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """Return what is told of the rollout once this holds."""
    seen: list[dict[str, Any]] = []
    assert until(
        lambda: seen.append(status(world)) or holds(seen[-1]),  # type: ignore[func-returns-value]
        WITHIN_S,
        ASKED_EVERY_S,
    ), seen[-1:]
    return seen[-1]


def versions(world: Demo) -> dict[str, str]:
    """What the servers themselves say; a server that says nothing is left out."""
    told = {name: answer(f"{url}/version") for name, url in world.servers().items()}
    return {name: json.loads(text)["version"] for name, text in told.items() if text}


def decided(world: Demo) -> list[tuple[str, str]]:
    """Actor and kind of everything the ledger holds about rollouts, oldest first."""
    told = json.loads(world.cockpit("ledger", "log", "--json", "--limit", "0").stdout)["rows"]
    assert all(event["effective"] for event in told)
    kinds = [(str(event["actor"]), str(event["kind"])) for event in reversed(told)]
    return [(actor, kind) for actor, kind in kinds if kind.startswith("rollout.") or (actor, kind) == OPENED]


OPENED = ("station:demo", "call.open")
STARTED = [("eleni", "rollout.start"), ("station:demo", "rollout.begun")]


@pytest.fixture(params=["haproxy", "own"])
def balancer(request: pytest.FixtureRequest, need_program: Callable[[str, str], Path]) -> tuple[str, ...]:
    if request.param == "haproxy":
        need_program("haproxy", "haproxy")
        return ()
    return ("--no-haproxy",)


def test_good_reaches_every_server_and_opens_the_call(tmp_path: Path, balancer: tuple[str, ...]) -> None:
    with demo(tmp_path, "--scenario", "good", *FAST, *balancer) as world:
        told = ended(world, lambda told: told["phase"] == "done")
        assert (told["waves"], told["wave_done"], told["reason"]) == (3, 3, "")
        assert set(versions(world).values()) == {NEW}
        ended(world, lambda told: told["live"]["doing"] == "")
        assert {one["state"] for one in told["servers"]} == {"done"}
        digests = {json.loads(answer(f"{url}/version"))["digest"] for url in world.servers().values()}
        assert len(digests) == 1
        assert until(lambda: OPENED in decided(world), WITHIN_S, ASKED_EVERY_S)
        promoted, done = ("eleni", "rollout.promote"), ("station:demo", "rollout.wave")
        waves = [done, promoted, done, promoted, done, ("station:demo", "rollout.finished")]
        assert decided(world) == [*STARTED, *waves, OPENED]


def test_slow_burn_is_found_by_its_figures_and_goes_back_by_itself(tmp_path: Path, balancer: tuple[str, ...]) -> None:
    with demo(tmp_path, "--scenario", "slow-burn", *FAST, *balancer) as world:
        told = ended(world, lambda told: told["phase"] == "rolled back")
        assert "errors" in told["reason"] or "HighErrorRate" in told["reason"]
        assert told["wave_done"] == 0
        assert versions(world) == BEFORE
        states = {FIRST: "rolled back", **dict.fromkeys(BEFORE.keys() - {FIRST}, "waiting")}
        ended(world, lambda told: {one["server"]: one["state"] for one in told["servers"]} == states)
        assert decided(world) == [*STARTED, ("station:demo", "rollout.stopped"), ("station:demo", "rollout.restored")]


def test_smoke_fails_halts_at_the_first_server(tmp_path: Path) -> None:
    with demo(tmp_path, "--scenario", "smoke-fails", *FAST) as world:
        told = ended(world, lambda told: told["phase"] == "halted")
        assert "smoke test orders failed: status 500" in told["failed"][FIRST]
        assert (told["wave_done"], told["rolled_back"]) == (0, [])
        assert versions(world) == {**BEFORE, FIRST: NEW}
        assert decided(world) == [*STARTED, ("station:demo", "rollout.stopped")]


def test_crash_loop_never_settles_and_is_halted(tmp_path: Path) -> None:
    with demo(tmp_path, "--scenario", "crash-loop", *FAST) as world:
        told = ended(world, lambda told: told["phase"] == "halted")
        assert "s after it was deployed" in told["failed"][FIRST]
        others = {name: version for name, version in BEFORE.items() if name != FIRST}
        assert {name: version for name, version in versions(world).items() if name != FIRST} == others
        started = [entry for entry in world.folder.processes.iterdir() if entry.read_text() == "server"]
        assert len(started) >= len(BEFORE) + 3
        assert decided(world) == [*STARTED, ("station:demo", "rollout.stopped")]


def test_inconclusive_waits_for_a_person_who_lets_it_go_on(tmp_path: Path) -> None:
    with demo(tmp_path, "--scenario", "inconclusive", *FAST) as world:
        told = ended(world, lambda told: str(told.get("waits")).startswith("inconclusive"))
        assert (told["phase"], told["wave_done"]) == ("running", 0)
        assert versions(world) == {**BEFORE, FIRST: NEW}
        assert decided(world) == [*STARTED, ("station:demo", "rollout.waits")]
        assert world.cockpit("controls", "takeover", "--reason", "mine now").returncode == 0
        assert world.cockpit("rollout", "resume", "--reason", "under my controls").returncode == 0
        assert world.cockpit("rollout", "rollback", "--reason", "nobody can judge it", "--yes").returncode == 0
        ended(world, lambda told: told["phase"] == "rolled back")
        assert versions(world) == BEFORE


@needs_proc
def test_a_demo_killed_in_the_middle_of_a_rollout_leaves_nothing(tmp_path: Path) -> None:
    with demo(tmp_path, "--scenario", "good", *FAST) as world:
        assert until(lambda: NEW in versions(world).values(), WITHIN_S)
        pids = world.pids
        os.kill(world.process.pid, signal.SIGKILL)
        assert until(lambda: not any(map(is_alive, pids)))
        assert until(lambda: not world.folder.root.exists())


@needs_proc
def test_a_station_killed_in_the_middle_of_a_rollout_finishes_it(tmp_path: Path) -> None:
    with demo(tmp_path, "--scenario", "good", *FAST) as world:
        assert until(lambda: NEW in versions(world).values(), WITHIN_S)
        os.kill(world.stations()[-1], signal.SIGKILL)
        ended(world, lambda told: told["phase"] == "done")
        assert set(versions(world).values()) == {NEW}
