"""The rollout pane and the header above it as text, letter by letter, in every state and at three sizes.

Written anew, after looking at them, with: COCKPIT_GOLDENS=write pytest -n0 tests/ui/test_rollout_goldens.py
"""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rollout_world import SILENT, RolloutDesk

from cockpit.domain.decisions.rollout_bodies import RolledBackHere, RolloutFinished, RolloutPromoted, WaveDone
from cockpit.domain.decisions.standing import LedgerHealth
from cockpit.domain.rollout.observed import LETTERS, Observed, ZoneStates
from cockpit.domain.rollout.progress import ServerState

GOLDENS = Path(__file__).parent / "goldens" / "rollout"
SIZES = ((80, 24), (120, 36), (200, 50))


def going_on(desk: RolloutDesk) -> None:
    desk.heard()


def halted_by_itself(desk: RolloutDesk) -> None:
    desk.stop()
    desk.heard(doing="", soak_ends=None)


def halted_elsewhere(desk: RolloutDesk) -> None:
    desk.halt()
    desk.tell()


def silent(desk: RolloutDesk) -> None:
    desk.heard(SILENT)


def back_unshared(desk: RolloutDesk) -> None:
    desk.chain.person("rollback-here", RolledBackHere("errors rise", "*"))
    desk.ledger = replace(desk.ledger, health=LedgerHealth.UNREACHABLE)
    desk.states = {"eu-1-01": ServerState.RESTORED, "eu-1-02": ServerState.DEPLOYING, "eu-1-03": ServerState.DONE}
    desk.heard(doing="rolling back", weight_set=0.0, weight_read=0.0, measured=(), soak_ends=None)


def done(desk: RolloutDesk) -> None:
    desk.chain.station("wave", WaveDone(2))
    desk.chain.person("promote", RolloutPromoted(4))
    for wave in (3, 4):
        desk.chain.station("wave", WaveDone(wave))
    desk.chain.station("finished", RolloutFinished())
    desk.tell()


def five_thousand(desk: RolloutDesk) -> None:
    desk.heard()
    letters = [LETTERS[state] for state in (ServerState.DONE, ServerState.WAITING, ServerState.FAILED)]
    cells = letters[0] * 400 + LETTERS[ServerState.DEPLOYING] * 25 + letters[1] * 200
    zones = [ZoneStates(f"zone-{number}", cells if number < 3 else letters[1] * 625) for number in range(7)]
    zones.append(ZoneStates("zone-7", letters[2] + letters[1] * 624))
    now = replace(desk.feed.now.standing.rollouts[0], sizes=(100,) * 50, wave_done=8, permitted=50)
    standing = replace(desk.feed.now.standing, rollouts=(now,))
    assert desk.live is not None
    desk.feed.tell(replace(desk.feed.now, standing=standing, rollouts=(Observed(desk.live, tuple(zones)),)))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    "state", [going_on, halted_by_itself, halted_elsewhere, silent, back_unshared, done, five_thousand]
)
async def test_the_pane_is_as_it_was_last_approved(state: Callable[[RolloutDesk], None], size: tuple[int, int]) -> None:
    desk = RolloutDesk()
    state(desk)
    async with desk.app.run_test(size=size) as pilot:
        await pilot.press("4")
        for _ in range(3):
            await pilot.pause()
        region = desk.app.board.pane("rollout").region
        lines = [strip.text for strip in desk.app.screen._compositor.render_strips()]
    header = [line.rstrip() for line in lines[: 1 if size[0] >= 160 else 2]]
    pane = [line[region.x - 1 : region.right + 1] for line in lines[region.y - 1 : region.bottom]]
    seen = "\n".join([*header, *(line.rstrip() for line in pane), lines[-1].rstrip()]) + "\n"
    golden = GOLDENS / f"{state.__name__.replace('_', '-')}-{size[0]}x{size[1]}.txt"
    if os.environ.get("COCKPIT_GOLDENS") == "write":
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(seen, "utf-8")
    assert seen == golden.read_text("utf-8")
