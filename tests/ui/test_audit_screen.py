"""The page of decisions: who did what, whether it counts, and each event whole."""

import payments_world as world
from test_hostile import PAYLOADS
from textual.pilot import Pilot

from cockpit.domain.decisions.bodies import ControlsTaken, Locked, Noted
from cockpit.ui.app import CockpitApp
from cockpit.ui.screens.audit import AuditScreen
from cockpit.ui.screens.event import EventScreen
from tests.unit.chain import Chain, fingerprint_of


def feed_of(chain: Chain) -> world.MemoryFeed:
    feed = world.feed()
    feed.told.put(list(reversed(list(zip(chain.events, chain.outcomes, strict=True)))))
    return feed


async def open_page(pilot: Pilot[None]) -> list[str]:
    await pilot.press("colon", *"audit", "enter")
    await pilot.pause()
    assert isinstance(pilot.app.screen, AuditScreen)
    return lines_of(pilot)


def lines_of(pilot: Pilot[None]) -> list[str]:
    return [strip.text.rstrip() for strip in pilot.app.screen._compositor.render_strips()]


def decided() -> Chain:
    chain = Chain()
    chain.add("olu", "lock", "production", Locked("disk full"))
    chain.add("sara", "controls.take", "production", ControlsTaken())
    chain.add("jon", "note", "x", Noted("hello"), signature=fingerprint_of("kim"))
    return chain


async def test_every_decision_is_listed_newest_first_with_what_came_of_it() -> None:
    app = CockpitApp(feed_of(decided()), world.context())
    async with app.run_test(size=(140, 30)) as pilot:
        shown = await open_page(pilot)
        rows = [row for row in shown if " claimed " in row]
        assert "! look" in rows[0]
        assert "signed by kim as jon" in rows[0]
        assert "✘ void" in rows[1]
        assert "✔ counts" in rows[2]
        assert "locked production" in rows[2]
        assert "disk full" in rows[2]


async def test_a_filter_narrows_and_enter_opens_the_whole_event() -> None:
    app = CockpitApp(feed_of(decided()), world.context())
    async with app.run_test(size=(140, 30)) as pilot:
        await open_page(pilot)
        await pilot.press("slash", *"disk", "enter")
        await pilot.pause()
        assert not any(" sara " in row for row in lines_of(pilot))
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, EventScreen)
        shown = "\n".join(lines_of(pilot))
        assert "lock:production at nothing" in shown
        assert "disk full" in shown
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, AuditScreen)


async def test_hostile_text_in_an_event_comes_out_harmless() -> None:
    chain = Chain()
    for payload in PAYLOADS:
        chain.add("olu", "note", payload, Noted(payload))
    app = CockpitApp(feed_of(chain), world.context())
    async with app.run_test(size=(140, 40)) as pilot:
        shown = await open_page(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert all(line.isprintable() for line in [*shown, *lines_of(pilot)])
