"""Leads vote in the pane of features, and everybody sees why each is ranked where it is."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

import payments_world as world
from memory_feed import MemoryFeed
from textual.pilot import Pilot

from cockpit.domain.decisions.bodies import (
    BallotCast,
    FeatureClosed,
    FeatureEdited,
    FeatureMerged,
    FeatureProposed,
)
from cockpit.domain.decisions.decided import ONE
from cockpit.domain.decisions.intent import Fate, Intent, Receipt
from cockpit.domain.decisions.policy import EVERYWHERE, Person, Policy, Role
from cockpit.domain.decisions.records import By, FeatureRecord, PolicyRecord
from cockpit.domain.decisions.standing import BallotNow, Standing
from cockpit.domain.feature import NO_BACKING, Backing
from cockpit.domain.overview import Overview
from cockpit.errors import LedgerError
from cockpit.ui.app import CockpitApp

BY = By("maria", 2, world.NOW)
NAMES = ("csv-export", "signed-hooks", "jp-methods", "refund-api", "dark-mode", "sepa-instant", "audit-log")


class Desk:
    """A ledger as the screen knows it: takes what is decided, and shares it unless told otherwise."""

    def __init__(self, *ballots: BallotNow, actor: str = "jon", train: str = "w47", **context: object) -> None:
        self.decided: list[Intent] = []
        self.kept: list[Intent] = []
        self.answer = Receipt("event", Fate.SHARED, 7)
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self._standing = Standing(voted_train=train, ballots=ballots)
        self.feed: MemoryFeed = world.feed()
        self.feed.features.put([replace(row, backing=NO_BACKING) for row in world._features()])
        policy = Policy(people=(Person("jon", roles={EVERYWHERE: (Role.LEAD,)}), Person("guest")))
        self.feed.known.put(ONE, PolicyRecord(policy, BY))
        self.feed.now = self.overview()
        given = {"decide": self.decide, "keep": self.keep, "actor": lambda: actor, **context}
        self.app = CockpitApp(self.feed, world.context(**given))

    def overview(self) -> Overview:
        return replace(world.overview(), standing=self._standing)

    def decide(self, intent: Intent) -> Receipt:
        assert self.may_go_on.wait(10)
        self.decided.append(intent)
        return self.answer

    def keep(self, intent: Intent) -> str:
        self.kept.append(intent)
        return "event"

    def share(self, *ballots: BallotNow, train: str = "w47") -> None:
        self._standing = replace(self._standing, ballots=ballots, voted_train=train)
        self.feed.tell(self.overview())

    @property
    def cast(self) -> list[tuple[str, ...]]:
        return [intent.body.features for intent in self.decided if isinstance(intent.body, BallotCast)]

    @property
    def painted(self) -> str:
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    @property
    def places(self) -> tuple[str, ...]:
        return self.app.board.get_child_by_id("features").ballot.draft.features  # type: ignore[attr-defined]

    @property
    def said(self) -> str:
        return " | ".join(note.message for note in self.app._notifications)


async def press(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
    for _ in range(3):
        await pilot.pause()


async def until(pilot: Pilot[None], happened: Callable[[], object]) -> None:
    for _ in range(500):
        if happened():
            return
        await asyncio.sleep(0.01)
        await pilot.pause()
    raise AssertionError("it did not happen within some seconds")


async def seated(pilot: Pilot[None], desk: Desk) -> None:
    """Go to the pane once it is known who sits here."""
    await until(pilot, lambda: desk.app.board.get_child_by_id("features").ballot.is_open)  # type: ignore[attr-defined]
    await press(pilot, "2")


def line_of(desk: Desk, title: str) -> Sequence[str]:
    return next(line for line in desk.painted.split("\n") if title in line).split(title)[0].split()


async def test_what_is_claimed_stands_beside_the_rank_at_every_usual_size() -> None:
    for size in ((80, 24), (120, 36), (200, 50)):
        desk = Desk(BallotNow("jon", ("csv-export",)))
        async with desk.app.run_test(size=size) as pilot:
            await seated(pilot, desk)
            assert "claims" in desk.painted, size
            assert "“critical”" in desk.painted, size


async def test_the_cursor_steps_over_the_line_below_the_five() -> None:
    desk = Desk()
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "2", "g", *"jjjj")
        grid = desk.app.board.grid("features")
        assert grid.cursor_key == "dark-mode"
        await press(pilot, "j")
        assert grid.cursor_key == "sepa-instant"
        await press(pilot, "k")
        assert grid.cursor_key == "dark-mode"
        await pilot.click("#features", offset=(8, 6))
        await press(pilot)
        assert grid.cursor_key == "sepa-instant"


async def test_the_cursor_is_not_left_on_the_line_by_a_row_that_goes() -> None:
    desk = Desk()
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "2", "s", *"jjjjj")
        grid = desk.app.board.grid("features")
        gone = grid.cursor_key
        desk.feed.features.put([row for row in desk.feed.features._rows if row.feature_id != gone])
        await press(pilot, "escape")
        assert grid.cursor_key == "audit-log"


async def test_places_are_shown_at_once_and_cast_as_one_ballot_a_moment_later() -> None:
    desk = Desk()
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await seated(pilot, desk)
        await press(pilot, "b", "j", "b", "j", "b", "K", "K")
        assert desk.places == ("jp-methods", "csv-export", "signed-hooks")
        assert line_of(desk, "Export to CSV")[-2:] == ["1", "2"]
        assert desk.cast == []
        await until(pilot, lambda: desk.decided)
        assert desk.decided == [Intent("ballot", "w47", BallotCast(desk.places))]
        await until(pilot, lambda: desk.said)
        assert desk.said == "Your ballot for w47: shared"


async def test_going_to_another_pane_casts_at_once() -> None:
    desk = Desk()
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await seated(pilot, desk)
        await press(pilot, "b", "3")
        await until(pilot, lambda: desk.cast == [("csv-export",)])


async def test_b_takes_off_what_is_on_and_u_takes_every_change_back() -> None:
    desk = Desk(BallotNow("jon", ("csv-export", "dark-mode")))
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await seated(pilot, desk)
        await press(pilot, "b", "j", "b")
        assert desk.places == ("dark-mode", "signed-hooks")
        await press(pilot, "u")
        assert desk.places == ("dark-mode",)
        await press(pilot, "u")
        assert desk.places == ("csv-export", "dark-mode")
        await press(pilot, "u")
        assert "no change to take back" in desk.said
        await press(pilot, "3")
        assert desk.cast == []


async def test_what_was_cast_can_be_taken_back_too() -> None:
    desk = Desk()
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await seated(pilot, desk)
        await press(pilot, "b", "3")
        await until(pilot, lambda: desk.decided)
        desk.share(BallotNow("jon", ("csv-export",)))
        await press(pilot, "2", "u", "3")
        await until(pilot, lambda: desk.cast == [("csv-export",), ()])


async def test_a_full_ballot_takes_no_sixth_feature() -> None:
    desk = Desk(BallotNow("jon", NAMES[:5]))
    async with desk.app.run_test(size=(160, 50)) as pilot:
        await seated(pilot, desk)
        await press(pilot, "G", "b")
        assert desk.places == NAMES[:5]
        assert "take one off first" in desk.said


async def test_a_refused_ballot_goes_back_to_what_is_shared_and_says_why() -> None:
    desk = Desk(BallotNow("jon", ("dark-mode",)))
    desk.answer = Receipt("event", Fate.REFUSED, reason="train w47 is closed", next_step="Vote for w48")
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await seated(pilot, desk)
        await press(pilot, "b", "3")
        await until(pilot, lambda: desk.said)
        assert desk.said == "Refused: train w47 is closed. Vote for w48"
        assert desk.places == ("dark-mode",)


async def test_an_error_is_told_as_a_refusal() -> None:
    desk = Desk()

    def fail(_intent: Intent) -> Receipt:
        raise LedgerError("there is no ledger here yet", next_step="cockpit ledger init")

    desk.app.context = replace(desk.app.context, decide=fail)
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await seated(pilot, desk)
        await press(pilot, "b", "3")
        await until(pilot, lambda: desk.said)
        assert desk.said == "Refused: there is no ledger here yet. cockpit ledger init"


async def test_a_fault_is_told_by_name_and_the_next_ballot_is_cast() -> None:
    cast: list[Intent] = []

    def decide(intent: Intent) -> Receipt:
        cast.append(intent)
        if len(cast) == 1:
            raise ValueError("odd")
        return Receipt("event", Fate.SHARED, 7)

    desk = Desk(decide=decide)
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await seated(pilot, desk)
        await press(pilot, "b", "3")
        await until(pilot, lambda: "Refused: a fault in cockpit: ValueError: odd" in desk.said)
        await press(pilot, "2", "b", "3")
        await until(pilot, lambda: len(cast) == 2)


async def test_a_queued_ballot_stays_as_it_was_edited() -> None:
    desk = Desk()
    desk.answer = Receipt("event", Fate.QUEUED, reason="the remote does not answer")
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await seated(pilot, desk)
        await press(pilot, "b", "3")
        await until(pilot, lambda: desk.said)
        assert desk.said == "Your ballot for w47: queued: the remote does not answer"
        desk.share(BallotNow("kim", ("dark-mode",)))
        await press(pilot)
        assert desk.places == ("csv-export",)


async def test_edits_made_while_a_ballot_is_on_its_way_follow_it() -> None:
    desk = Desk()
    desk.may_go_on.clear()
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await seated(pilot, desk)
        await press(pilot, "b", "3", "2", "j", "b", "3")
        desk.may_go_on.set()
        await until(pilot, lambda: desk.cast == [("csv-export",), ("csv-export", "signed-hooks")])


async def test_a_ballot_cast_elsewhere_is_shown_here() -> None:
    desk = Desk()
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await seated(pilot, desk)
        desk.share(BallotNow("kim", ("csv-export",)), BallotNow("jon", ("audit-log",)))
        await press(pilot)
        assert desk.places == ("audit-log",)


async def test_another_train_begins_with_an_empty_ballot() -> None:
    desk = Desk(BallotNow("jon", ("csv-export",)))
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await seated(pilot, desk)
        desk.share(train="w48")
        await press(pilot)
        assert desk.places == ()


async def test_leaving_the_screen_keeps_what_was_edited_a_moment_ago() -> None:
    desk = Desk()
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await seated(pilot, desk)
        await press(pilot, "b", "q")
    assert [intent.body for intent in desk.kept] == [BallotCast(("csv-export",))]


async def test_who_is_no_lead_sees_no_places_and_is_told_so() -> None:
    desk = Desk(actor="guest")
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await press(pilot, "2", "b")
        await until(pilot, lambda: "lead" in desk.said)
        assert desk.places == ()
        assert " me " not in desk.painted


async def test_who_sits_here_may_be_known_later_than_what_is_voted_on() -> None:
    known: list[str] = []
    desk = Desk()
    desk.app.context = replace(desk.app.context, actor=lambda: known[-1] if known else "")
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await press(pilot, "2", "b")
        await until(pilot, lambda: "Nobody knows who you are" in desk.said)
        known.append("jon")
        desk.share(BallotNow("kim", ("dark-mode",)))
        await seated(pilot, desk)


async def test_without_an_open_train_nobody_votes() -> None:
    desk = Desk(train="")
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await press(pilot, "2", "b")
        assert desk.said == "No train is open to vote for"


async def test_a_read_only_screen_has_no_keys_and_no_commands_to_vote() -> None:
    desk = Desk(BallotNow("jon", ("csv-export",)), read_only=True)
    async with desk.app.run_test(size=(160, 60)) as pilot:
        await press(pilot, "2", "b", "J", "u")
        assert desk.said == ""
        await press(pilot, "colon", *"propose", "enter")
        assert "No command is called" in desk.said
        await press(pilot, "question_mark")
        assert "on your ballot" not in desk.painted
    assert (desk.decided, desk.kept) == ([], [])


async def test_help_and_palette_list_what_can_be_done() -> None:
    desk = Desk()
    async with desk.app.run_test(size=(200, 60)) as pilot:
        await press(pilot, "question_mark")
        assert "In the top five" in desk.painted
        assert "Move the feature up on your ballot" in desk.painted
        await press(pilot, "escape", "colon", *"feat")
        assert "merge-feature" in desk.painted


async def test_a_command_votes_from_any_pane() -> None:
    desk = Desk()
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await seated(pilot, desk)
        await press(pilot, "3", "colon", *"ballot", "enter")
        await until(pilot, lambda: desk.places == ("csv-export",))


async def test_a_feature_is_proposed_by_two_questions() -> None:
    desk = Desk()
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await press(pilot, "colon", *"propose", "enter")
        assert "Propose:" in desk.painted
        await press(pilot, *"EXP-3", "space", *"Export", "enter")
        assert "How urgent is EXP-3?" in desk.painted
        await press(pilot, *"now", "enter")
        await until(pilot, lambda: desk.said)
    assert desk.decided == [Intent("feature.propose", "EXP-3", FeatureProposed("Export", "jon", "now"))]
    assert desk.said == "EXP-3 proposed: shared"


async def test_an_id_that_differs_in_case_alone_is_refused_and_the_line_stays_to_be_mended() -> None:
    desk = Desk()
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await press(pilot, "colon", *"propose", "enter", "enter")
        assert "✘ a feature needs an id and a title" in desk.painted
        await press(pilot, *"CSV-export", "enter")
        assert "✘ a feature needs an id and a title" in desk.painted
        await press(pilot, "space", "x", "enter")
        assert "✘ there is a feature csv-export" in desk.painted
        assert "CSV-export x" in desk.painted
        await press(pilot, "home", *("right",) * 10, *"-2")
        assert "✘ there is" not in desk.painted
        await press(pilot, "enter", *"now", "enter")
        await until(pilot, lambda: desk.said)
    assert desk.decided == [Intent("feature.propose", "CSV-export-2", FeatureProposed("x", "jon", "now"))]


async def test_a_bad_link_at_the_last_question_loses_nothing_that_was_typed() -> None:
    desk = Desk()
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await press(pilot, "colon", *"edit-feature", "enter", "end", *"!", "enter", "enter", "enter")
        await press(pilot, *"code.example", "enter")
        assert "✘ code.example is no link: it begins with https:// or http://" in desk.painted
        await press(pilot, "home", *"https://", "enter")
        await until(pilot, lambda: desk.said)
    body = FeatureEdited("Export to CSV!", "finance", "before year end", "https://code.example")
    assert desk.decided[-1].body == body


async def test_a_title_that_was_emptied_is_asked_for_at_once() -> None:
    desk = Desk()
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await press(pilot, "colon", *"edit-feature", "enter", "ctrl+u", "enter")
        assert "✘ a feature needs a title" in desk.painted
        await press(pilot, "escape")
    assert desk.decided == []


async def test_a_feature_is_described_anew_with_the_present_words_on_the_line() -> None:
    desk = Desk()
    record = FeatureRecord("csv-export", "Export to CSV", "finance", "before year end", "", BY)
    desk.feed.known.put("csv-export", record)
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await press(pilot, "colon", *"edit-f", "enter")
        assert "Title: Export to CSV" in desk.painted
        await press(pilot, "end", "space", *"now", "enter", "enter", "enter", "enter")
        await until(pilot, lambda: desk.decided)
    body = FeatureEdited("Export to CSV now", "finance", "before year end", "")
    assert desk.decided == [Intent("feature.edit", "csv-export", body)]


async def test_a_feature_of_the_file_is_proposed_before_it_is_merged() -> None:
    desk = Desk()
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await press(pilot, "colon", *"merge", "enter", *"audit-log", "enter")
        await until(pilot, lambda: desk.said)
    assert [intent.kind for intent in desk.decided] == ["feature.propose", "feature.propose", "feature.merge"]
    assert desk.decided[-1].body == FeatureMerged("audit-log")
    assert desk.said == "csv-export merged into audit-log: shared"


async def test_closing_takes_a_reason_and_escape_closes_nothing() -> None:
    desk = Desk()
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await press(pilot, "colon", *"close-f", "enter", *"half a thought".replace(" ", "_"), "escape")
        await press(pilot, "colon", *"close-f", "enter", "enter")
        assert "✘ closing needs a reason" in desk.painted
        assert desk.decided == []
        await press(pilot, *"bought", "enter")
        await until(pilot, lambda: len(desk.decided) == 2)
    assert desk.decided[-1] == Intent("feature.close", "csv-export", FeatureClosed("bought"))


async def test_ballots_are_shown_beside_what_is_claimed() -> None:
    desk = Desk(BallotNow("kim", ("csv-export",)))
    rows = [replace(row) for row in world._features()]
    rows[0] = replace(rows[0], backing=Backing(9, (("kim", 1), ("jon", 2)), ("sam",), (("w46", 3), ("w45", 1))))
    desk.feed.features.put(rows)
    async with desk.app.run_test(size=(160, 40)) as pilot:
        await press(pilot, "2", "z")
        seen = next(line for line in desk.painted.split("\n") if "Export to CSV" in line)
        for said in ("2 of 3", "“before year end”", "sam", "3 1", "deployed"):
            assert said in seen
        assert "1 ballot" in desk.painted


async def test_enter_says_why_a_feature_is_where_it_is() -> None:
    desk = Desk()
    rows = world._features()
    rows[0] = replace(rows[0], backing=Backing(9, (("kim", 1), ("jon", 2)), ("sam",)))
    rows[1] = replace(rows[1], backing=Backing(5, (("sam", 1),), ("jon", "kim")))
    desk.feed.features.put(rows)
    async with desk.app.run_test(size=(140, 40)) as pilot:
        await press(pilot, "2", "j", "enter")
        assert "why 2nd" in desk.painted
        assert "2nd with 5 points, on 1 of 3 ballots." in desk.painted
        assert "Export to CSV (1st) stands above it by 4 points, 9 to 5." in desk.painted
        assert "Borda count" in desk.painted
