"""Whatever a commit, a server or a feature calls itself, nothing runs, nothing breaks, no control code is painted."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle

import payments_world as world
import pytest
from textual.pilot import Pilot

from cockpit.domain.change import Diff, FileChange
from cockpit.domain.overview import RedSpell, VersionShare, ZoneSummary
from cockpit.domain.terms import Terms
from cockpit.text import clean, clean_lines
from cockpit.ui.app import CockpitApp
from cockpit.ui.toast import toast

PAYLOADS = (
    "[@click=app.quit]click me[/]",
    "[/x] [bold",
    "[link=https://evil.example]x[/link]",
    "\x1b]0;owned\x07\x1b[2J\x9b31m",
    "\u202eevil\u202c\u200b\u2066",
    "a\u0301\u0302\u0303\u0304\u0305\u0306",
    "\x00\r\n\t\x7f",
    "👩‍👩‍👧‍👦 family ﷽",
    "$(reboot) `reboot` {0.__class__}",
    "x" * 3000,
    "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
)
TOGETHER = 3
"""Payloads in one text: few enough that each is seen."""
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def poisoned(payloads: Sequence[str]) -> CockpitApp:
    """Make every text of every fact of all payloads, another one first each time: narrow columns meet each."""
    turns = cycle(" ".join([*payloads[n:], *payloads[:n]]) for n in range(len(payloads)))

    def bad() -> str:
        return clean(next(turns))

    feed = world.feed()
    o = world.overview()
    state = replace(o.branch.state, head_subject=bad(), head_author=bad(), release_branch=bad(), remark=bad())
    red = RedSpell(world.commit_id(1), bad(), bad(), world.NOW, None, bad())
    flaky = tuple(replace(test, test_id=bad()) for test in o.branch.flaky)
    feed.now = replace(
        o,
        terms=Terms(bad(), bad(), bad()),
        cache_note=bad(),
        branch=replace(o.branch, state=state, reason=bad(), red=red, on_duty=bad(), flaky=flaky),
        gates=tuple(replace(gate, reason=bad(), who=bad(), next_step=bad(), link=bad()) for gate in o.gates),
        sources=tuple(replace(s, name=bad(), reason=bad(), next_step=bad(), where=bad()) for s in o.sources),
        fleet=replace(
            o.fleet, versions=(VersionShare(bad(), 12, True),), zones=(ZoneSummary(bad(), 0, "ufd?U", bytes(5)),)
        ),
        alerts=replace(o.alerts, newest=bad(), blind=(bad(),)),
        changes=replace(o.changes, since_tag=bad()),
    )
    feed.changes.put(
        [
            replace(c, subject=bad(), author=bad(), kind=bad(), codebase=bad(), impact_reason=bad())
            for c in feed.change_rows
        ]
    )
    feed.features.put(
        [replace(f, title=bad(), requester=bad(), claimed_urgency=bad(), state_reason=bad()) for f in feed.feature_rows]
    )
    feed.servers.put(
        [
            replace(s, name=f"{n}{bad()}", zone=bad(), version=bad(), reason=bad(), metrics={bad(): 1.0})
            for n, s in enumerate(feed.server_rows)
        ]
    )
    feed.alerts.put([replace(a, name=bad(), target=bad(), summary=bad(), origin=bad()) for a in feed.alert_rows])
    feed.build_rows = [replace(build, message=bad(), origin=bad()) for build in feed.build_rows]
    raw = " ".join(payloads)
    patch = "\n".join(clean_lines(f"diff --git a/x b/x\n@@ -1 +1 @@ {raw}\n-{raw}\n+{raw}!"))
    feed.diffs = {world.commit_id(1): Diff(world.commit_id(1), (FileChange(bad(), bad(), "R", 1, 1),), patch, bad())}
    return CockpitApp(feed, world.context())


WALK = (
    (),
    ("1", "enter"),
    ("1", "enter", "enter"),
    ("2", "enter"),
    ("3", "enter"),
    ("4", "enter"),
    ("4", "enter", "enter"),
    ("5", "enter"),
    ("w",),
    ("colon",),
    ("3", "slash", "left_square_bracket", "at", "x"),
)


async def walk(pilot: Pilot[None], app: CockpitApp) -> None:
    for keys in WALK:
        await pilot.press(*keys)
        await pilot.pause()
        assert app.is_running
        for strip in app.screen._compositor.render_strips():
            for segment in strip:
                assert not CONTROL.search(segment.text), segment
                assert not (segment.style and segment.style.meta and "@click" in segment.style.meta)
        await pilot.click(offset=(5, 4))
        await pilot.click(offset=(30, 14))
        assert app.is_running
        await pilot.press("escape", "escape", "escape")
        await pilot.pause()
    app.action_sources()
    await pilot.pause()
    assert app.is_running


@pytest.mark.parametrize("first", range(0, len(PAYLOADS), TOGETHER))
async def test_no_pane_or_screen_is_moved_by_what_it_shows(first: int) -> None:
    app = poisoned(PAYLOADS[first : first + TOGETHER])
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        await walk(pilot, app)


async def test_no_toast_is_moved_by_what_it_says() -> None:
    app = CockpitApp(world.feed(), world.context(notices=PAYLOADS))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        for raw in PAYLOADS:
            app.clear_notifications()
            toast(app, raw, bad=True)
            await pilot.pause()
            await pilot.pause()
            assert all(
                not CONTROL.search(segment.text)
                for strip in app.screen._compositor.render_strips()
                for segment in strip
            )
        assert app.is_running
