"""A build's log on this machine is read on the screen."""

import os
from dataclasses import replace
from pathlib import Path

import payments_world as world

from cockpit.ui.app import CockpitApp
from cockpit.ui.screens.log import TAIL_BYTES, LogScreen, tail


def painted(one: CockpitApp) -> str:
    return "\n".join(strip.text for strip in one.screen._compositor.render_strips())


async def test_o_shows_the_end_of_the_log_of_a_build(tmp_path: Path) -> None:
    log = tmp_path / "build.log"
    log.write_text("\n".join(f"line {n}" for n in range(500)) + "\n\x1b]0;owned\x07 1 failed\n")
    feed = world.feed()
    feed.build_rows = [replace(build, link=str(log)) for build in feed.build_rows]
    one = CockpitApp(feed, world.context())
    async with one.run_test(size=(100, 30)) as pilot:
        for key in ("1", "enter", "o"):
            await pilot.press(key)
            await pilot.pause()
        await pilot.pause()
        assert isinstance(one.screen, LogScreen)
        words = painted(one)
        assert "line 499" in words
        assert "owned 1 failed" in words
        assert "line 0 " not in words
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(one.screen, LogScreen)


async def test_the_name_of_a_log_far_down_is_seen_at_every_width(tmp_path: Path) -> None:
    log = tmp_path / ("a-long-name-of-a-folder/" * 6) / "build-of-today.log"
    log.parent.mkdir(parents=True)
    log.write_text("1 failed\n")
    feed = world.feed()
    feed.build_rows = [replace(build, link=str(log)) for build in feed.build_rows]
    one = CockpitApp(feed, world.context())
    async with one.run_test(size=(120, 36)) as pilot:
        await pilot.press("1", "enter", "l")
        for width in (120, 60, 140):
            await pilot.resize_terminal(width, 30)
            await pilot.pause()
            await pilot.pause()
            assert "build-of-today.log " in painted(one)


def test_no_more_than_the_tail_of_a_large_log_is_read(tmp_path: Path) -> None:
    log = tmp_path / "large.log"
    log.write_text("0123456789\n" * TAIL_BYTES)
    words = tail(str(log))
    assert words[0] == "… only the last 256 kB"
    assert words[-1] == "0123456789"
    assert len(words) < TAIL_BYTES // 10


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert tail(str(tmp_path / "pipe")) == ["This is no file that can be read."]
    assert tail(str(tmp_path / "none")) == ["The log cannot be read: No such file or directory"]
    assert tail(str(tmp_path)) == ["pipe"]
