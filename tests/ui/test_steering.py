"""Locks and controls from the screen: the effect first, one question, and what came of it."""

import threading
from collections.abc import Callable
from dataclasses import replace

import payments_world as world
import pytest
from memory_feed import MemoryFeed
from textual.pilot import Pilot

from cockpit.domain.decisions.bodies import (
    CallHanded,
    ControlsAccepted,
    ControlsOffered,
    ControlsRequested,
    ControlsTaken,
    ControlsTakenOver,
    Locked,
    Unlocked,
)
from cockpit.domain.decisions.intent import Fate, Intent, Receipt
from cockpit.domain.decisions.standing import LedgerHealth, LedgerState
from cockpit.domain.decisions.standing_of import standing_of
from cockpit.domain.gate import Gate
from cockpit.domain.verdict import Verdict
from cockpit.ui.app import CockpitApp
from tests.unit.chain import Chain

SHARED = LedgerState(LedgerHealth.SHARED, "origin", position=3, synced_at=world.NOW)


class Desk:
    """A ledger as the screen knows it, and one person in front of it."""

    def __init__(self, actor: str = "maria", *, ledger: LedgerState = SHARED, **context: object) -> None:
        self.chain = Chain()
        self.intents: list[Intent] = []
        self.answer = Receipt("event", Fate.SHARED, 7)
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.ledger = ledger
        self.feed: MemoryFeed = world.feed()
        self.feed.known = self.chain.decided
        given = {"decide": self.decide, "actor": lambda: actor, **context}
        self.app = CockpitApp(self.feed, world.context(**given))
        self.tell()

    def tell(self) -> None:
        standing = standing_of(self.chain.decided, self.ledger)
        known = world.overview()
        fresh = tuple(source for source in known.sources if source.freshness.is_fresh(world.NOW))
        self.feed.tell(replace(known, standing=standing, sources=fresh))

    def decide(self, intent: Intent) -> Receipt:
        assert self.may_go_on.wait(10)
        self.intents.append(intent)
        return self.answer

    @property
    def painted(self) -> str:
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    @property
    def said(self) -> str:
        return " | ".join(note.message for note in self.app._notifications)


async def press(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause()


async def until(pilot: Pilot[None], holds: Callable[[], object]) -> None:
    for _ in range(400):
        if holds():
            return
        await pilot.pause(0.01)
    raise AssertionError("it never held")


def shown(desk: Desk, words: str) -> Callable[[], bool]:
    return lambda: words in desk.painted


async def test_locking_shows_the_effect_asks_for_a_reason_and_says_what_came_of_it() -> None:
    desk = Desk()
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "L")
        await until(pilot, shown(desk, "▸ Cancel"))
        assert "Nothing is decided." in desk.painted
        await press(pilot, "j")
        assert "▸ Lock production" in desk.painted
        assert "production: free → locked" in desk.painted
        await press(pilot, "enter")
        await until(pilot, shown(desk, "Lock production because:"))
        await press(pilot, *"moving", "enter")
        await until(pilot, lambda: "Locked production: shared" in desk.said)
    assert desk.intents == [Intent("lock", "production", Locked("moving"), {"lock:production": ""})]


@pytest.mark.parametrize("keys", [("enter",), ("escape",), ("j", "escape"), ("j", "enter", "escape")])
async def test_cancel_is_chosen_first_and_every_way_out_decides_nothing(keys: tuple[str, ...]) -> None:
    desk = Desk()
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "L")
        await until(pilot, shown(desk, "▸ Cancel"))
        for key in keys:
            await press(pilot, key)
            await pilot.pause(0.05)
        await until(pilot, lambda: desk.app.screen is desk.app.board)
    assert (desk.intents, desk.said) == ([], "")


async def test_a_lock_without_a_reason_is_none() -> None:
    desk = Desk()
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "L")
        await until(pilot, shown(desk, "▸ Cancel"))
        await press(pilot, "j", "enter")
        await until(pilot, shown(desk, "because:"))
        await press(pilot, "enter")
        await until(pilot, lambda: "Nothing was decided: it needs a reason" in desk.said)
    assert desk.intents == []


async def test_unlocking_rests_on_the_lock_that_was_seen_and_asks_nothing() -> None:
    desk = Desk()
    desk.chain.add("olu", "lock", "production", Locked("moving"))
    desk.tell()
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "L")
        await until(pilot, shown(desk, "▸ Cancel"))
        await press(pilot, "j")
        assert "production: locked by olu (moving) → free" in desk.painted
        await press(pilot, "enter")
        await until(pilot, lambda: desk.intents)
    assert desk.intents == [Intent("unlock", "production", Unlocked(), {"lock:production": "3"})]


async def test_whoever_was_too_late_is_told_who_was_quicker() -> None:
    desk = Desk()
    reason = "lock production has changed: olu was quicker, at 3 (2026-11-19 14:03 UTC)"
    desk.answer = Receipt("event", Fate.REFUSED, reason=reason, next_step="Look how things stand now")
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "L")
        await until(pilot, shown(desk, "▸ Cancel"))
        await press(pilot, "j", "enter")
        await until(pilot, shown(desk, "because:"))
        await press(pilot, "x", "enter")
        await until(pilot, lambda: f"Refused: {reason}. Look how things stand now" in desk.said)


async def test_the_screen_goes_on_while_a_decision_is_on_its_way() -> None:
    desk = Desk()
    desk.may_go_on.clear()
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "C")
        await until(pilot, shown(desk, "▸ Cancel"))
        await press(pilot, "j", "enter", "5")
        assert desk.app.board.front == "alerts"
        desk.may_go_on.set()
        await until(pilot, lambda: "You have the controls of production: shared" in desk.said)
    assert desk.intents == [
        Intent("controls.take", "production", ControlsTaken(), {"controls:production": ""})
    ]  # fmt: skip


async def test_controls_are_offered_accepted_asked_for_and_taken_over() -> None:
    desk = Desk()
    desk.chain.add("olu", "controls.take", "production", ControlsTaken())
    desk.chain.add("olu", "controls.offer", "production", ControlsOffered("maria"))
    async with desk.app.run_test(size=(120, 36)) as pilot:
        for moves, answer in ((1, ""), (2, "hotfix"), (3, "away")):
            await press(pilot, "C")
            await until(pilot, shown(desk, "▸ Cancel"))
            await press(pilot, *["j"] * moves, "enter")
            if answer:
                await until(pilot, shown(desk, "because:"))
                await press(pilot, *answer, "enter")
            await until(pilot, lambda moves=moves: len(desk.intents) == moves)
    assert [intent.body for intent in desk.intents] == [
        ControlsAccepted(), ControlsRequested("hotfix"), ControlsTakenOver("away"),
    ]  # fmt: skip
    assert all(
        intent.expect == {"controls:production": "3"} for intent in desk.intents if intent.kind != "controls.request"
    )


async def test_a_read_only_screen_takes_the_keys_away_and_their_commands() -> None:
    desk = Desk(read_only=True)
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "L", "C")
        await pilot.pause(0.1)
        assert desk.app.screen is desk.app.board
        assert "L lock" not in desk.painted
        assert "read-only" in desk.said
        await press(pilot, "colon")
        await until(pilot, shown(desk, "▸ help"))
        await press(pilot, *"controls", "enter")
        await until(pilot, lambda: "No command is called" in desk.said)
    assert desk.intents == []


async def test_without_a_ledger_the_keys_say_how_to_begin_one() -> None:
    app = CockpitApp(world.feed(), world.context(decide=lambda _: Receipt("", Fate.SHARED)))
    async with app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "L")
        await until(pilot, lambda: any("cockpit ledger init" in note.message for note in app._notifications))
        assert app.screen is app.board


async def test_the_header_says_who_has_the_controls_who_owns_the_call_and_whether_decisions_are_shared() -> None:
    desk = Desk()
    desk.chain.add("olu", "controls.take", "production", ControlsTaken())
    desk.chain.add("maria", "controls.request", "production", ControlsRequested())
    desk.chain.add("maria", "call", "production", CallHanded("jon"))
    desk.tell()
    async with desk.app.run_test(size=(200, 50)):
        head = "\n".join(desk.painted.split("\n")[:2])
    assert "controls olu (maria asks) · call jon" in head
    assert "ledger ✔ · agent ✔ live" in head


@pytest.mark.parametrize(
    ("ledger", "words"),
    [
        (LedgerState(LedgerHealth.LOCAL), "ledger ✔ on this machine"),
        (
            LedgerState(LedgerHealth.UNREACHABLE, queued=2, synced_at=world.NOW),
            "ledger ? unreachable since 15:31 2 queued",
        ),
        (LedgerState(LedgerHealth.FROZEN, alarms=1), "ledger ✘ frozen 1 alarm"),
    ],
)
async def test_a_ledger_that_is_not_shared_says_so_in_the_header(ledger: LedgerState, words: str) -> None:
    desk = Desk(ledger=ledger)
    async with desk.app.run_test(size=(200, 50)):
        assert words in desk.painted


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 50)])
async def test_a_lock_is_in_the_header_at_every_width(size: tuple[int, int]) -> None:
    desk = Desk()
    desk.chain.add("olu", "lock", "staging", Locked("disk", is_blocking=False))
    desk.chain.add("olu", "lock", "production", Locked("moving"))
    desk.tell()
    async with desk.app.run_test(size=size):
        assert "✘ production locked by olu +1" in desk.painted


async def test_the_page_of_locks_says_everything_of_each() -> None:
    desk = Desk()
    lock = Locked("data centre moves", may_ship=("maria",), link="https://status.example/7", review_at=world.NOW)
    desk.chain.add("olu", "lock", "*", lock)
    desk.chain.add("olu", "controls.take", "production", ControlsTaken())
    desk.tell()
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "colon", *"locks", "enter")
        await until(pilot, shown(desk, "1 lock"))
        page = desk.painted
    for words in ("✘ locked", "everything", "data centre moves", "a hotfix of maria may pass", "it is time",
                  "https://status.example/7", "olu", "nobody"):  # fmt: skip
        assert words in page


async def test_a_gate_that_was_set_aside_stays_in_sight() -> None:
    desk = Desk()
    gates = (
        Gate(
            "lock",
            "no lock",
            Verdict.GO,
            "production locked",
            "ledger",
            world.NOW,
            "olu",
            overridden_by="maria: agreed",
        ),
    )
    desk.feed.tell(replace(desk.feed.now, gates=gates, verdict=Verdict.GO))
    async with desk.app.run_test(size=(120, 36)) as pilot:
        assert "! 1 gate set aside" in desk.painted
        await press(pilot, "w")
        await until(pilot, shown(desk, "set aside"))
        assert "maria: agreed" in desk.painted
