"""The page of decisions: who did what, whether it counts, and each event whole."""

from dataclasses import replace

import payments_world as world
from test_hostile import PAYLOADS
from textual.pilot import Pilot

from cockpit.domain.decisions.bodies import ControlsTaken, Locked, Noted
from cockpit.domain.decisions.intent import Fate, Intent, Receipt
from cockpit.ui.app import CockpitApp
from cockpit.ui.context import ScreenContext
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
        assert "! alarm" in rows[0]
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


async def test_a_repeated_event_is_a_row_of_its_own_and_marked_ones_are_copied_by_their_ids() -> None:
    chain = decided()
    chain.add("olu", "note", "y", Noted("again"), event_id="event-3")
    app = CockpitApp(feed_of(chain), world.context())
    async with app.run_test(size=(140, 30)) as pilot:
        shown = await open_page(pilot)
        assert any("the same event stands at 3" in row for row in shown)
        assert isinstance(app.screen, AuditScreen)
        await pilot.press("g", "j")
        assert app.screen.id_here() == "event-5"
        await pilot.press("g", "space")
        assert app.screen.list_here().marked == {"6"}
        assert app.screen.ids_here() == ["event-3"]


async def test_a_list_that_grows_keeps_the_chosen_event_under_the_cursor() -> None:
    chain = decided()
    feed = feed_of(chain)
    app = CockpitApp(feed, world.context())
    async with app.run_test(size=(140, 30)) as pilot:
        await open_page(pilot)
        await pilot.press("j")
        assert isinstance(app.screen, AuditScreen)
        before = app.screen.id_here()
        chain.add("olu", "note", "x", Noted("more"))
        feed.told.put(list(reversed(list(zip(chain.events, chain.outcomes, strict=True)))))
        feed.tell(feed.now)
        await pilot.pause()
        assert any(" 6 " in row for row in lines_of(pilot))
        assert app.screen.id_here() == before


async def test_nobody_began_a_ledger_is_said_in_words() -> None:
    app = CockpitApp(world.feed(), world.context())
    async with app.run_test(size=(140, 30)) as pilot:
        shown = await open_page(pilot)
        assert any("cockpit ledger init" in row for row in shown)


def with_decisions_kept(*fates: Fate) -> tuple[list[Intent], ScreenContext]:
    """A context whose decisions are kept, and come to these fates one after the other."""
    kept: list[Intent] = []
    left = list(fates)

    def decide(intent: Intent) -> Receipt:
        kept.append(intent)
        return Receipt("", left.pop(0) if left else Fate.SHARED, reason="jon may not")

    return kept, replace(world.context(), decide=decide)


async def test_an_alarm_is_acknowledged_by_a_key_and_nothing_else_is() -> None:
    chain = decided()
    kept, context = with_decisions_kept()
    app = CockpitApp(feed_of(chain), context)
    async with app.run_test(size=(140, 30)) as pilot:
        await open_page(pilot)
        await pilot.press("g", "a")
        await pilot.app.workers.wait_for_complete()
        assert [(one.kind, one.target) for one in kept] == [("alarm.acknowledge", chain.events[-1].commit_id)]
        await pilot.press("j", "a")
        await pilot.app.workers.wait_for_complete()
        assert len(kept) == 1


async def test_an_acknowledged_alarm_says_by_whom_and_waits_for_nobody() -> None:
    chain = decided()
    chain.outcomes[-1] = replace(chain.outcomes[-1], acknowledged_by="olu")
    kept, context = with_decisions_kept()
    app = CockpitApp(feed_of(chain), context)
    async with app.run_test(size=(140, 30)) as pilot:
        row = next(row for row in await open_page(pilot) if "signed by kim" in row)
        assert "! seen" in row
        assert "acknowledged by olu" in row
        await pilot.press("g", "a")
        await pilot.app.workers.wait_for_complete()
        assert not kept
        await pilot.press("enter")
        await pilot.pause()
        assert any("acknowledged by" in line and "olu" in line for line in lines_of(pilot))


async def test_a_screen_that_only_reads_acknowledges_nothing() -> None:
    kept, context = with_decisions_kept()
    app = CockpitApp(feed_of(decided()), replace(context, read_only=True))
    async with app.run_test(size=(140, 30)) as pilot:
        shown = await open_page(pilot)
        assert not any("acknowledge" in row for row in shown)
        await pilot.press("g", "a")
        await pilot.app.workers.wait_for_complete()
        assert not kept
