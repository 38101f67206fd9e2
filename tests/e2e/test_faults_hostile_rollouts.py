"""Rollouts whose every text attacks a terminal: what people and stations write, what servers and programs say."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench.terminal import Terminal
from faults_desk import shows, until
from test_faults_hostile_text import FORBIDDEN, MARKUP, PAYLOADS, _nothing_is_owned, _painted, _walk

from cockpit.domain.decisions.intent import Fate
from cockpit.domain.decisions.rollout_bodies import RolloutBegun, RolloutStopped, RolloutWaits, WaveDone, station_actor
from cockpit.domain.decisions.rollout_record import RolloutPhase, RolloutRecord
from cockpit.domain.rollout.plan import Running, Wave
from tests.integration.rollout_world import RolloutWorld, rollout_world

EVIL = "owned " + "".join(payload.decode("utf-8", "replace") for payload in PAYLOADS)
NAME = f"owned {MARKUP}"
"""A server as the settings may call it: they are refused with control codes in them."""

WALK = ("4\r", "4\rj\r", "4\rjj\r", "4\rjj\rl", "4\rB", "4\rP", "w", "n")
SAYS = f"import os, sys\nos.write(1, {EVIL.encode()!r} * 20)\nsys.exit(1)\n"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[RolloutWorld]:
    with rollout_world(tmp_path, servers=2) as made:
        settings, program = made.root / "cockpit.toml", made.folder / "says.py"
        program.write_text(SAYS)
        command = f'command = ["{sys.executable}", "{program}"]'
        lines = settings.read_text().replace("\neu-0 = ", f'\n"{NAME}" = ').splitlines()
        settings.write_text("\n".join(command if line.startswith("command") else line for line in lines) + "\n")
        made.trust()
        made.fleet.put("eu-0", version=EVIL[:90], commit=EVIL, digest=EVIL)
        yield made


def test_what_the_ledger_says_of_a_rollout_owns_no_terminal(world: RolloutWorld) -> None:
    first = Wave(1, EVIL[:250], ("us-0", EVIL[:280]))
    plan = world.plan(first, Wave(2, MARKUP, (NAME,)), before={NAME: Running(EVIL)})
    rollout = world.start(plan, EVIL[:300])
    for kind, body in (
        ("begun", RolloutBegun(EVIL)),
        ("waits", RolloutWaits(1, EVIL, {EVIL: EVIL})),
        ("wave", WaveDone(1, {EVIL: EVIL})),
        ("waits", RolloutWaits(2, EVIL, {EVIL: EVIL})),
    ):
        _station_says(world, kind, rollout, body)
    world.station()
    _until_known(world, rollout)
    with _screen(world) as terminal:
        _walk(terminal, WALK[:1])
        _station_says(world, "stopped", rollout, RolloutStopped(EVIL, 2, {EVIL: EVIL, NAME: EVIL}, {EVIL: EVIL}))
        _until_known(world, rollout)
        _walk(terminal, WALK)
        _nothing_is_owned(_painted(terminal))
        assert not terminal.gone(0.2), f"the screen has ended\n{terminal.text()}"
    assert "owned" in _told(world)
    assert not world.fleet.deployments()


def test_what_servers_and_deployments_say_owns_no_terminal(world: RolloutWorld) -> None:
    world.station()
    rollout = world.start(world.plan(Wave(1, EVIL[:250], (NAME,)), Wave(2, MARKUP, ("us-0",)), before={}))
    record = world.until_phase(rollout, RolloutPhase.HALTED)
    assert record.stopped is not None
    assert list(record.stopped.servers) == [NAME]
    with _screen(world) as terminal:
        _walk(terminal, WALK)
        _nothing_is_owned(_painted(terminal))
        assert not terminal.gone(0.2), f"the screen has ended\n{terminal.text()}"
    assert "owned" in _told(world)
    assert not FORBIDDEN.search(world.log()), repr(world.log())


def _station_says(world: RolloutWorld, kind: str, rollout: str, body: object) -> None:
    """Somebody writes in the station's name, by hand: texts as no station of ours would leave them."""
    world.olu.sync()
    record = world.olu.decided.get(RolloutRecord, rollout)
    assert record is not None
    receipt = world.olu.decide(f"rollout.{kind}", rollout, body, actor=station_actor(record.station))
    assert receipt.fate is Fate.SHARED, receipt


def _until_known(world: RolloutWorld, rollout: str) -> None:
    until(lambda: world.known_here().get(RolloutRecord, rollout) == world.record(rollout))


def _screen(world: RolloutWorld) -> Terminal:
    terminal = Terminal([sys.executable, "-m", "cockpit", "-C", str(world.root)], size=(140, 40))
    shows(terminal, "Branch")
    return terminal


def _told(world: RolloutWorld) -> str:
    asked = (("status",), ("status", "--json"), ("history",), ("plan", "1.1.0"))
    return "".join(_said(world, "rollout", *words) for words in asked)


def _said(world: RolloutWorld, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "cockpit", "-C", str(world.root), *words], capture_output=True, timeout=90
    )
    said = (done.stdout + done.stderr).decode("utf-8")
    assert "Traceback" not in said
    found = FORBIDDEN.search(said)
    assert not found, repr(said[max(0, found.start() - 80) : found.end() + 80]) if found else ""
    return said
