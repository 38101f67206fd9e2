"""The page of the trains: what runs, what comes, and what each phase still needs."""

from dataclasses import replace

import payments_world as world
from textual.pilot import Pilot

from cockpit.domain.decisions.bodies import DutyHanded, PolicySet, TrainCutOff, TrainOpened
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.policy import Cadence, Gating, TrainCalendar
from cockpit.domain.decisions.standing import LedgerState
from cockpit.domain.decisions.standing_of import standing_of
from cockpit.domain.shipping_facts import ShippingFacts
from cockpit.ui.app import CockpitApp
from cockpit.ui.screens.train import TrainScreen
from tests.unit.chain import Chain, policy

TRAIN = "2026-W47"
CALENDAR = TrainCalendar(time_zone="Europe/Berlin", rota=("olu", "maria"), rota_from="2026-11-18")
COMMIT = "9f2c1e4" + "0" * 33


def chain(calendar: TrainCalendar = CALENDAR) -> Chain:
    return Chain(policy(calendar=calendar, gating=Gating(sign_offs=("security",))))


def feed_of(decided: Decided) -> world.MemoryFeed:
    feed = world.feed()
    feed.known = decided
    feed.now = replace(feed.now, standing=standing_of(decided, LedgerState(position=decided.position)))
    return feed


async def settle(pilot: Pilot[None]) -> None:
    await pilot.app.workers.wait_for_complete()
    for _ in range(3):
        await pilot.pause()


async def open_page(pilot: Pilot[None]) -> list[str]:
    await pilot.press("colon", *"train", "enter")
    await settle(pilot)
    assert isinstance(pilot.app.screen, TrainScreen)
    return lines_of(pilot)


def lines_of(pilot: Pilot[None]) -> list[str]:
    return [strip.text.rstrip() for strip in pilot.app.screen._compositor.render_strips()]


async def test_it_shows_this_train_and_the_next_and_what_each_phase_needs() -> None:
    one = chain()
    one.add("maria", "train.open", TRAIN, TrainOpened())
    one.add("maria", "train.cutoff", TRAIN, TrainCutOff(COMMIT, ""))
    async with CockpitApp(feed_of(one.decided), world.context()).run_test(size=(120, 50)) as pilot:
        lines = await open_page(pilot)
        text = "\n".join(lines)
        assert lines[2].startswith("── Trains 2026-W47 WED RELEASE window until 16:00 ──")
        assert " train 2026-W47: opened by maria, cut off at 9f2c1e4 by maria" in lines
        assert "   ▸ window      Wed 18 Nov 09:00 – 16:00" in lines
        assert " train 2026-W48: not open" in lines
        assert "! no sign-off: security   since 09:00" in text
        assert "who         sec" in text
        assert "on duty     olu, next maria" in text
        assert "call        nobody in production" in text


async def test_what_people_have_not_said_is_counted_and_anew_when_they_say_it() -> None:
    one = chain()
    one.add("maria", "train.open", TRAIN, TrainOpened())
    one.add("maria", "train.cutoff", TRAIN, TrainCutOff(COMMIT, ""))
    feed = feed_of(one.decided)
    feed.now = replace(feed.now, shipping=ShippingFacts(COMMIT, pending=3))
    async with CockpitApp(feed, world.context()).run_test(size=(120, 50)) as pilot:
        assert "! 3 changes without a word   since Mon 09:00" in "\n".join(await open_page(pilot))
        feed.tell(replace(feed.now, shipping=ShippingFacts(COMMIT, approved=2, pending=1)))
        await settle(pilot)
        assert "! 1 change without a word" in "\n".join(lines_of(pilot))


async def test_a_phase_that_needs_nothing_says_so() -> None:
    one = chain()
    one.add("maria", "train.open", TRAIN, TrainOpened())
    one.add("maria", "train.cutoff", TRAIN, TrainCutOff(COMMIT, ""))
    async with CockpitApp(feed_of(one.decided), world.context()).run_test(size=(120, 50)) as pilot:
        lines = await open_page(pilot)
        place = lines.index("     showcase")
        assert lines[place + 1] == "       ✔ nothing more"


async def test_what_somebody_decides_meanwhile_is_seen_without_a_key() -> None:
    one = chain()
    feed = feed_of(one.decided)
    async with CockpitApp(feed, world.context()).run_test(size=(120, 50)) as pilot:
        assert "on duty     olu, next maria" in "\n".join(await open_page(pilot))
        one.add("olu", "duty", "", DutyHanded("jon", turn=TRAIN))
        feed.tell(feed_of(one.decided).now)
        await settle(pilot)
        assert "on duty     jon, next maria" in "\n".join(lines_of(pilot))


async def test_on_demand_it_names_the_open_train() -> None:
    one = chain(TrainCalendar(Cadence.ON_DEMAND))
    feed = feed_of(one.decided)
    async with CockpitApp(feed, world.context()).run_test(size=(120, 50)) as pilot:
        assert " No train is open." in await open_page(pilot)
        one.add("maria", "train.open", "csv", TrainOpened())
        feed.tell(feed_of(one.decided).now)
        await settle(pilot)
        assert " train csv: opened by maria" in lines_of(pilot)


async def test_what_people_write_is_shown_and_never_obeyed() -> None:
    one = chain(TrainCalendar(Cadence.ON_DEMAND))
    name = "[@click=app.quit]x[/][/b]"
    one.add("maria", "train.open", name, TrainOpened())
    async with CockpitApp(feed_of(one.decided), world.context()).run_test(size=(120, 50)) as pilot:
        lines = await open_page(pilot)
        place = lines.index(f" train {name}: opened by maria")
        for row in (0, 1, 2, place):
            await pilot.click(offset=(9, row))
        assert pilot.app.is_running
        assert isinstance(pilot.app.screen, TrainScreen)


async def test_a_calendar_that_cannot_be_reckoned_with_is_said_first() -> None:
    one = chain(replace(CALENDAR, time_zone="Mars/Olympus"))
    async with CockpitApp(feed_of(one.decided), world.context()).run_test(size=(120, 50)) as pilot:
        lines = await open_page(pilot)
        assert " ! No train can run by the calendar: this machine knows no time zone 'Mars/Olympus'" in lines


async def test_another_clock_than_the_teams_is_said() -> None:
    one = chain(replace(CALENDAR, time_zone="Asia/Tokyo"))
    async with CockpitApp(feed_of(one.decided), world.context()).run_test(size=(120, 50)) as pilot:
        lines = await open_page(pilot)
        assert " times are yours; the team's clock (Asia/Tokyo) shows Wed 23:31" in lines


async def test_without_policy_it_says_how_to_make_one() -> None:
    async with CockpitApp(feed_of(Decided()), world.context()).run_test(size=(120, 50)) as pilot:
        assert " No policy says when trains run. Make one: cockpit policy apply" in await open_page(pilot)


async def test_a_new_policy_moves_the_train_at_once() -> None:
    one = chain()
    feed = feed_of(one.decided)
    async with CockpitApp(feed, world.context()).run_test(size=(120, 50)) as pilot:
        await open_page(pilot)
        frozen = policy(calendar=replace(CALENDAR, cadence=Cadence.ON_DEMAND))
        assert one.add("maria", "policy", "", PolicySet(frozen)).is_effective
        feed.tell(feed_of(one.decided).now)
        await settle(pilot)
        assert lines_of(pilot)[2].startswith("── Trains no train is open ──")
