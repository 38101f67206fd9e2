"""The screens as text, letter by letter.

Written anew, after looking at them, with: COCKPIT_GOLDENS=write pytest -n0 tests/ui/test_goldens.py
"""

import os
from pathlib import Path

import payments_world as world
import pytest

from cockpit.ui.app import CockpitApp

GOLDENS = Path(__file__).parent / "goldens"


@pytest.mark.parametrize(
    ("name", "size", "keys"),
    [
        ("board-200x50", (200, 50), ()),
        ("board-120x36", (120, 36), ()),
        ("board-80x24", (80, 24), ()),
        ("board-80x24-rollout", (80, 24), ("4",)),
        ("board-40x10", (40, 10), ("5",)),
        ("diff-120x36", (120, 36), ("enter",)),
        ("why-120x36", (120, 36), ("w",)),
        ("help-120x36", (120, 36), ("question_mark",)),
        ("servers-120x36", (120, 36), ("4", "enter")),
        ("top-five-160x40", (160, 40), ("2", "z")),
        ("feature-120x36", (120, 36), ("2", "j", "enter")),
        ("branch-120x36", (120, 36), ("1", "enter")),
    ],
)
async def test_the_screen_is_as_it_was_last_approved(name: str, size: tuple[int, int], keys: tuple[str, ...]) -> None:
    app = CockpitApp(world.feed(), world.context())
    async with app.run_test(size=size) as pilot:
        await pilot.press(*keys)
        for _ in range(3):
            await pilot.pause()
        seen = "".join(strip.text.rstrip() + "\n" for strip in app.screen._compositor.render_strips())
    golden = GOLDENS / f"{name}.txt"
    if os.environ.get("COCKPIT_GOLDENS") == "write":
        golden.write_text(seen, "utf-8")
    assert seen == golden.read_text("utf-8")
