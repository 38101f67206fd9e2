"""Stakeholders approve and decline in the pane of changes, and everybody sees which way each change goes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import payments_world as world
import pytest
from memory_feed import MemoryFeed
from textual.pilot import Pilot
from textual.widgets import Input

from cockpit.domain.change import OFF_BRANCH, Change
from cockpit.domain.decisions.bodies import Approved, Declined, Item, Withdrawn
from cockpit.domain.decisions.event import ProofKind
from cockpit.domain.decisions.intent import Fate, Intent, Receipt
from cockpit.domain.decisions.records import By, ConsentRecord
from cockpit.domain.decisions.standing import CandidateNow, Standing
from cockpit.domain.overview import Overview
from cockpit.domain.shipping_facts import ShippingFacts
from cockpit.errors import LedgerError
from cockpit.ui.app import CockpitApp

CANDIDATE = world.commit_id(2)
LANES = ("", "waits 1 of 2", "approved by sara", "fast lane", "declined by lee", "inactive", "lacks back-out plan")


class Desk:
    """A screen over a candidate whose newest change came too late, and the ledger it decides on."""

    def __init__(self, *, has_candidate: bool = True, **context: object) -> None:
        self.decided: list[Intent] = []
        self.answer = Receipt("event", Fate.SHARED, 7)
        self.feed: MemoryFeed = world.feed()
        rows = world._changes()
        lanes = (*LANES, *("fast lane" for _ in rows[len(LANES) :]))
        if has_candidate:
            self.feed.changes.put(
                [replace(row, lane=lane, lane_reason="because", patch=f"patch-{row.short_id}" if lane else "")
                 for row, lane in zip(rows, lanes, strict=True)]
            )  # fmt: skip
        now = CandidateNow(CANDIDATE, "v1.42.3", "w47", is_hotfix=False, by="maria", at=world.NOW)
        self._standing = Standing(candidate=now if has_candidate else None)
        self.feed.now = self.overview()
        given = {"decide": self.decide, "actor": lambda: "sara", **context}
        self.app = CockpitApp(self.feed, world.context(**given))

    def overview(self) -> Overview:
        return replace(world.overview(), standing=self._standing)

    def decide(self, intent: Intent) -> Receipt:
        self.decided.append(intent)
        return self.answer

    async def press(self, pilot: Pilot[None], *keys: str) -> None:
        """Press keys, and wait for what they decide."""
        await pilot.press(*keys)
        await pilot.pause()
        if len(self.app.screen_stack) == 1:
            deeds = [worker for worker in self.app.workers if worker.group == "deeds"]
            await self.app.workers.wait_for_complete(deeds)
        await pilot.pause()

    @property
    def painted(self) -> str:
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    @property
    def said(self) -> str:
        return " ".join(note.message for note in self.app._notifications)


def item(number: int) -> Item:
    row = world._changes()[number - 1]
    return Item(row.commit_id, f"patch-{row.short_id}")


def bodies(intents: Sequence[Intent]) -> list[object]:
    return [intent.body for intent in intents]


async def test_lanes_stand_beside_the_changes_while_there_is_a_candidate() -> None:
    desk = Desk()
    async with desk.app.run_test(size=(200, 50)) as pilot:
        await pilot.pause()
        for words in ("lane", "◌ waits 1 of 2", "✔ approved by sara", "» fast lane", "✘ declined by lee", "· inactive"):
            assert words in desk.painted


async def test_without_a_candidate_nothing_is_said_of_lanes_and_nothing_can_be_approved() -> None:
    desk = Desk(has_candidate=False)
    async with desk.app.run_test(size=(200, 50)) as pilot:
        await desk.press(pilot, "3", "a")
        assert "lane" not in desk.painted
        assert "There is no candidate" in desk.said
        assert desk.decided == []


async def test_a_approves_the_change_under_the_cursor_with_its_patch() -> None:
    desk = Desk()
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await desk.press(pilot, "3", "j", "a")
        assert desk.decided == [Intent("approve", CANDIDATE, Approved((item(2),)))]
        assert "Approved" in desk.said
        assert "shared" in desk.said


async def test_every_marked_change_is_approved_at_once_and_the_marks_go() -> None:
    desk = Desk()
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await desk.press(pilot, "3", "j", "space", "space", "a")
        assert bodies(desk.decided) == [Approved((item(2), item(3)))]
        assert "Approved 2 changes" in desk.said
        assert not desk.app.board.grid("changes").marked


async def test_x_asks_for_the_reason_and_declines_with_it() -> None:
    desk = Desk()
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await pilot.press("3", "j", "x")
        await pilot.pause()
        assert "because:" in desk.painted
        await desk.press(pilot, *"fees", "enter")
        assert bodies(desk.decided) == [Declined((item(2),), "fees")]


@pytest.mark.parametrize(
    ("typed", "body"),
    [
        ("approve it is good", Approved((item(2),), reason="it is good")),
        ("approve 'odd\") [reason]", Approved((item(2),), reason="'odd\") [reason]")),
        ("decline fees", Declined((item(2),), "fees")),
        ("approve", Approved((item(2),))),
    ],
)
async def test_a_command_takes_the_reason(typed: str, body: object) -> None:
    desk = Desk()
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await desk.press(pilot, "3", "j")
        await pilot.press("colon")
        await pilot.pause()
        desk.app.screen.query_one(Input).value = typed
        await pilot.pause()
        assert "no such command" not in desk.painted
        await desk.press(pilot, "enter")
        assert bodies(desk.decided) == [body]


async def test_a_command_with_a_reason_speaks_of_the_feature_where_features_are_in_front() -> None:
    desk = Desk()
    feature = with_changes_of_the_first_feature(desk, 2)
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await pilot.press("2", "g", "colon", *"approve", "space", *"fine")
        await desk.press(pilot, "enter")
        assert bodies(desk.decided) == [Approved((item(2),), feature, "fine")]


@pytest.mark.parametrize("keys", [("escape",), ("enter",)])
async def test_a_decline_without_a_reason_is_none(keys: tuple[str, ...]) -> None:
    desk = Desk()
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await pilot.press("3", "j", "x")
        await pilot.pause()
        await desk.press(pilot, *keys)
        assert desk.decided == []
        assert ("✘ declining needs a reason" in desk.painted) == (keys == ("enter",))


async def test_a_change_that_came_after_the_candidate_is_told_from_the_others() -> None:
    desk = Desk()
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await desk.press(pilot, "3", "space", "space", "a")
        assert "Not in the candidate" in desk.said
        assert desk.decided == []
        assert len(desk.app.board.grid("changes").marked) == 2


async def test_what_was_said_is_taken_back_wherever_it_was_said() -> None:
    desk = Desk()
    by = By("sara", 5, world.NOW)
    word = ConsentRecord("e" * 40, item(2).patch, "sara", True, "d" * 40, "", "", by)
    desk.feed.known.put("word", word)
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await pilot.press("3", "j", "colon", *"withdraw")
        await desk.press(pilot, "enter")
        assert bodies(desk.decided) == [Withdrawn((item(2), Item("e" * 40, item(2).patch)))]


async def test_who_has_said_nothing_of_a_change_takes_nothing_back() -> None:
    desk = Desk()
    others = ConsentRecord(item(2).commit, item(2).patch, "lee", True, CANDIDATE, "", "", By("lee", 5, world.NOW))
    desk.feed.known.put("word", others)
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await pilot.press("3", "j", "colon", *"withdraw")
        await desk.press(pilot, "enter")
        assert "you have said nothing about it" in desk.said
        assert desk.decided == []


async def test_a_refusal_says_why_and_keeps_the_marks() -> None:
    desk = Desk()
    desk.answer = Receipt("", Fate.REFUSED, reason="sara may not: it takes stakeholder")
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await desk.press(pilot, "3", "j", "space", "a")
        assert "sara may not" in desk.said
        assert len(desk.app.board.grid("changes").marked) == 1


async def test_a_ledger_that_cannot_be_written_is_a_refusal_that_says_so() -> None:
    def fail(_intent: Intent) -> Receipt:
        raise LedgerError("the decision was not kept: No space left on device")

    desk = Desk(decide=fail)
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await desk.press(pilot, "3", "j", "a")
        assert "No space left" in desk.said


async def test_a_read_only_screen_has_no_such_keys() -> None:
    desk = Desk(read_only=True)
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await desk.press(pilot, "3", "j", "a", "x")
        assert desk.decided == []
        assert len(desk.app.screen_stack) == 1
        await pilot.press("question_mark")
        await pilot.pause()
        assert "Keep the change" not in desk.painted


async def opened(desk: Desk, pilot: Pilot[None], number: int) -> None:
    """Open the change of this number, and wait for what was said of it."""
    await pilot.press("3", "g", *("j" for _ in range(number - 1)), "enter")
    await pilot.pause()
    await desk.app.workers.wait_for_complete([one for one in desk.app.workers if one.group == "words"])
    await pilot.pause()


async def test_the_change_opened_says_why_it_goes_that_way() -> None:
    desk = Desk()
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await opened(desk, pilot, 2)
        assert "waits 1 of 2: because" in desk.painted
        assert "0 of 1 approved, 1 more needed" in desk.painted


async def test_what_approved_it_is_told_once_in_the_words_of_who_did() -> None:
    desk = Desk()
    by = By("sara", 5, world.NOW)
    desk.feed.known.put("sara", ConsentRecord(item(3).commit, "", "sara", True, CANDIDATE, "", "looks fine", by))
    desk.feed.known.put("maria", ConsentRecord(item(3).commit, "", "maria", True, CANDIDATE, "", "", by, False))
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await opened(desk, pilot, 3)
        assert desk.painted.count("approved by") == 1
        assert "“looks fine”" in desk.painted
        assert "claimed · as release owner: the quorum asks for stakeholders" in desk.painted


LONG = "the fees of cards from abroad are still the ones of last year " * 4


@pytest.mark.parametrize("size", [(120, 36), (200, 50)])
async def test_the_change_opened_says_who_said_what_when_and_why_to_the_last_word(size: tuple[int, int]) -> None:
    desk = Desk()
    declined = ConsentRecord(item(5).commit, "", "olu", False, CANDIDATE, "", f"{LONG}end", By("olu", 9, world.NOW))
    signed = By("sara", 5, world.NOW - timedelta(minutes=40), ProofKind.KEY)
    desk.feed.known.put("olu", declined)
    desk.feed.known.put("sara", ConsentRecord("e" * 40, item(5).patch, "sara", True, CANDIDATE, "", "", signed))
    async with desk.app.run_test(size=size) as pilot:
        await opened(desk, pilot, 5)
        words = " ".join(desk.painted.split())
        assert "olu ✘ declined 15:31, <1 m ago · claimed" in words
        assert f"“{LONG}end”" in words
        assert "sara ✔ approved 14:51, 39 m ago · proved by a key of their own · of eeeeeee, the same patch" in words
        assert "declined: 1 of 1 approved" in words


async def test_what_finds_no_room_on_a_small_screen_is_scrolled_to() -> None:
    desk = Desk()
    for person in ("olu", "lee", "sam"):
        by = By(person, 9, world.NOW)
        desk.feed.known.put(person, ConsentRecord(item(5).commit, "", person, False, CANDIDATE, "", LONG, by))
    desk.feed.diffs[item(5).commit] = replace(world.diff(), commit_id=item(5).commit)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await opened(desk, pilot, 5)
        await pilot.pause()
        assert "quorum" not in desk.painted
        assert "Tab what was said" in desk.painted
        await pilot.press("tab", "G")
        await pilot.pause()
        assert "declined: 0 of 1 approved" in desk.painted
        assert "charge" in desk.painted


async def test_hostile_words_of_people_are_only_words() -> None:
    desk = Desk()
    reason = "no\x1b[31m [@click=app.quit]x[/]\u202e"
    word = ConsentRecord(item(5).commit, "", "o\x1blu", False, CANDIDATE, "", reason, By("olu", 9, world.NOW))
    desk.feed.known.put("olu", word)
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await opened(desk, pilot, 5)
        assert "[@click=app.quit]x[/]" in desk.painted
        assert not {"\x1b", "\u202e"} & set(desk.painted)


async def test_a_narrow_lane_names_who_declined_first() -> None:
    desk = Desk()
    rows = [
        replace(row, lane_reason="declined by lee: fees are wrong") if row.lane == "declined by lee" else row
        for row in desk.feed.changes._rows
    ]
    desk.feed.changes.put(rows)
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        assert "✘ lee: fees a…" in desk.painted
        assert "✔ sara " in desk.painted


def with_changes_of_the_first_feature(desk: Desk, *numbers: int) -> str:
    first, *rest = desk.feed.feature_rows
    commits = tuple(world.commit_id(number) for number in numbers)
    desk.feed.features.put([replace(first, commits=commits), *rest])
    return first.feature_id


async def test_a_feature_is_approved_as_every_change_of_it_that_the_candidate_holds() -> None:
    desk = Desk()
    feature = with_changes_of_the_first_feature(desk, 3, 2, 1)
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await desk.press(pilot, "2", "g", "a")
        assert desk.decided == [Intent("approve", CANDIDATE, Approved((item(3), item(2)), feature))]
        assert f"Approved 2 changes of {feature}" in desk.said


async def test_a_feature_is_declined_for_a_reason() -> None:
    desk = Desk()
    feature = with_changes_of_the_first_feature(desk, 2)
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await desk.press(pilot, "2", "g", "x", *"later", "enter")
        assert bodies(desk.decided) == [Declined((item(2),), "later", feature)]


async def test_of_a_feature_without_a_change_in_the_candidate_nothing_is_said() -> None:
    desk = Desk()
    with_changes_of_the_first_feature(desk, 1)
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await desk.press(pilot, "2", "g", "a")
        assert desk.decided == []
        assert "holds no change" in desk.said


def with_a_stray(desk: Desk, feature: str = "") -> Change:
    row = world._changes()[7]
    stray = replace(
        row, commit_id="5" * 40, place=OFF_BRANCH, lane="waits 1 of 2", patch="stray", feature_id=feature, files=None
    )
    desk.feed.strays.put([stray])
    counted = ShippingFacts(CANDIDATE, pending=1, obstacles=1, off_branch=1)
    desk.feed.now = replace(desk.overview(), shipping=counted)
    return stray


async def test_what_only_the_candidate_holds_stands_first_and_is_marked() -> None:
    desk = Desk()
    with_a_stray(desk)
    async with desk.app.run_test(size=(200, 50)) as pilot:
        await desk.press(pilot, "3")
        lines = desk.painted.split("\n")
        first = next(number for number, line in enumerate(lines) if "5555555" in line)
        assert "off branch · round half even" in lines[first]
        assert "waits 1 of 2" in lines[first]
        assert "retry on 502" in lines[first + 1]
        assert "1 off branch" in lines[first - 2]


async def test_what_only_the_candidate_holds_is_approved_declined_and_opened() -> None:
    desk = Desk()
    with_a_stray(desk)
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await desk.press(pilot, "3", "g", "a", "x", *"no", "enter")
        items = (Item("5" * 40, "stray"),)
        assert bodies(desk.decided) == [Approved(items), Declined(items, "no")]
        await pilot.press("space", "space", "a")
        await pilot.pause()
        assert "Not in the candidate" in desk.said
        await pilot.press("escape", "g", "enter")
        await pilot.pause()
        assert desk.app.screen.id_here() == "5" * 40  # type: ignore[attr-defined]


async def test_a_feature_finds_its_changes_that_only_the_candidate_holds() -> None:
    desk = Desk()
    feature = with_changes_of_the_first_feature(desk, 1)
    with_a_stray(desk, feature)
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await desk.press(pilot, "2", "g", "a")
        assert desk.decided == [Intent("approve", CANDIDATE, Approved((Item("5" * 40, "stray"),), feature))]
        await pilot.press("enter")
        await pilot.pause()
        assert "1 of the candidate off branch" in desk.painted
        assert "5555555" in desk.painted
