"""Whoever decides what on whichever clone, whatever breaks: every clone agrees with a plain model of the chain."""

import json
import subprocess
import tempfile
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from cockpit.cache.feed import open_feed
from cockpit.domain.decisions.bodies import KINDS as KINDS_OF_EVENTS
from cockpit.domain.decisions.bodies import (
    CandidateNamed,
    TrainOpened,
)
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import Event, EventClass
from cockpit.domain.decisions.expecting import expect_now
from cockpit.domain.decisions.intent import Fate, Receipt
from cockpit.domain.decisions.standing import LedgerHealth
from cockpit.domain.terms import Terms
from cockpit.ledger.checkpoint import make_checkpoint
from cockpit.ledger.message import message_of, payload_of
from tests.integration.frail_desk import Fault, FrailDesk
from tests.integration.ledger_world import EMPTY_TREE, REF, make_remote
from tests.unit.ledger_deeds import FIRST, Deed, expected, shown, some_deeds
from tests.unit.ledger_model import Model, Stands

CHANCES = st.integers(0, 1 << 32).map(Random)
"""Decisions are drawn from these and not one by one: a short run holds many that way."""


class Forgery(Enum):
    """What a program puts onto the chain that is no cockpit, or a changed one."""

    JUNK = "no event at all"
    BLIND = "expects nothing"
    STALE = "expects what its maker saw"
    REPEATED = "stands on the chain already"
    FOREIGN = "of another ledger"


MACHINES = st.integers(0, 2)
FAULTS = st.sampled_from([fault for fault in Fault if fault is not Fault.NONE])


class LedgerAndModel(RuleBasedStateMachine):
    """Three machines over one remote, what each was told, and the model of what stands there."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.remote = make_remote(Path(self.folder.name) / "remote.git")
        names = ("maria", "jon", "olu")
        self.desks = [FrailDesk(Path(self.folder.name) / name, self.remote, name) for name in names]
        self.made: dict[str, FrailDesk] = {}
        self.told: dict[str, Receipt] = {}
        self.missed: set[str] = set()
        self.chain: list[Stands] = []
        self.model = Model()
        for desk in self.desks:
            desk.connect()
        self.desks[0].begin(FIRST)
        self.desks[0].decide("train.open", "w47", TrainOpened())
        self.desks[0].decide("candidate", "a" * 40, CandidateNamed("v1", "w47"))
        self.everybody_looks()

    @rule(machine=MACHINES, chance=CHANCES, fault=FAULTS)
    def somebody_decides_and_something_breaks(self, machine: int, chance: Random, fault: Fault) -> None:
        made = {self.intend(self.desks[machine], deed): deed.kind for deed in some_deeds(chance)}
        self.desks[machine].appends(fault)
        if fault is Fault.ENDS_BEFORE_PUSH:
            self.missed |= {name for name, kind in made.items() if is_conditional(kind)}
            self.desks[machine].sync()

    @rule(chance=CHANCES)
    def everybody_decides_at_once(self, chance: Random) -> None:
        for desk in self.desks:
            for deed in some_deeds(chance):
                self.intend(desk, deed)
        for desk in chance.sample(self.desks, len(self.desks)):
            desk.appends(Fault.NONE)

    @rule(machine=MACHINES, chance=CHANCES)
    def somebody_decides_and_the_machine_stops(self, machine: int, chance: Random) -> None:
        for deed in some_deeds(chance):
            self.intend(self.desks[machine], deed)
        self.desks[machine].begin_again()

    @precondition(lambda self: len(self.chain) > self.checkpoint_at + 4)
    @rule(machine=MACHINES)
    def somebody_makes_a_checkpoint(self, machine: int) -> None:
        desk = self.desks[machine]
        desk.sync()
        self.intend(desk, Deed("maria", "checkpoint", "", make_checkpoint(desk.decided)))
        desk.appends(Fault.NONE)

    @rule(machine=MACHINES)
    def the_line_breaks(self, machine: int) -> None:
        self.desks[machine].cut_off()

    @rule(machine=MACHINES)
    def the_line_is_back(self, machine: int) -> None:
        self.desks[machine].connect()

    @rule(machine=MACHINES, without=st.sampled_from([(), ("cache.db",), ("ledger.git",), ("cache.db", "ledger.git")]))
    def a_machine_begins_again(self, machine: int, without: tuple[str, ...]) -> None:
        self.desks[machine].begin_again(without=without)

    @rule(machine=MACHINES, chance=CHANCES)
    def somebody_pushes_past_the_cockpit(self, machine: int, chance: Random) -> None:
        for deed in some_deeds(chance):
            self.push(self.forged(self.desks[machine].decided, deed, chance))
            self.look_at_the_chain()

    @rule()
    def everybody_looks(self) -> None:
        reachable = [desk for desk in self.desks if desk.is_reachable]
        for _ in range(2):  # what waited at the last to look is there for the first at the second look
            states = [desk.sync() for desk in reachable]
        self.look_at_the_chain()
        for desk, state in zip(reachable, states, strict=True):
            assert (state.health, state.queued) == (LedgerHealth.SHARED, 0)
            self.compare(desk)
            assert desk.decided.tables() == reachable[0].decided.tables()

    @invariant()
    def what_people_were_told_is_true(self) -> None:
        self.look_at_the_chain()
        waiting = {spooled.event_id for desk in self.desks for spooled in desk.spool.waiting()}
        for event_id, desk in self.made.items():
            if event_id not in self.told and event_id not in waiting:
                receipt = desk.spool.receipt(event_id)
                assert receipt is not None, "a decision that was kept is gone"
                self.told[event_id] = receipt
        for event_id, receipt in self.told.items():
            place = self.model.ids.get(event_id, 0)
            assert (receipt.fate, receipt.position) == (Fate.SHARED if place else Fate.REFUSED, place)
            assert not place or self.model.counts[place - 1]
            assert not place or event_id not in self.missed, "what needs an order was shared late"

    @property
    def ledger(self) -> str:
        return self.model.genesis["id"] if self.model.genesis else ""

    @property
    def checkpoint_at(self) -> int:
        return self.model.ids.get(self.model.checkpoints[-1], 0)

    def intend(self, desk: FrailDesk, deed: Deed) -> str:
        event_id = desk.intend(deed.kind, deed.target, deed.body, actor=deed.actor)
        self.made[event_id] = desk
        return event_id

    def forged(self, decided: Decided, deed: Deed, chance: Random) -> str:
        """Return a commit message of somebody who sees `decided` and writes what a cockpit would not."""
        forgery = chance.choice(list(Forgery))
        if forgery is Forgery.JUNK:
            return "not an event"
        if forgery is Forgery.REPEATED:
            former = chance.choice([stands.event for stands in self.chain if stands.event is not None])
            return f"again\n\n{json.dumps(former)}\n"
        event = Event(
            event_id=f"forged-{len(self.chain)}",
            ledger="another" if forgery is Forgery.FOREIGN else self.ledger,
            actor=deed.actor,
            kind=deed.kind,
            target=deed.target,
            at=datetime.now(UTC),
            body=deed.body,
            expect={} if forgery is Forgery.BLIND else expect_now(decided, deed.kind, deed.target),
            since=decided.checkpoints[-1],
        )
        return message_of(payload_of(event))

    def compare(self, desk: FrailDesk) -> None:
        """Everything that this machine shows is what the model says, and so is what its cache kept."""
        assert shown(desk.decided) == expected(self.model)
        kept = desk.cache.decided()[1]
        assert kept.tables() == desk.decided.tables()
        feed = open_feed(desk.folder / "cache.db", Terms)
        told = feed.events(limit=10_000, newest_first=False)
        feed.close()
        begins_at = told[0][0].position
        assert [placed.commit_id for placed, _ in told] == [one.commit_id for one in self.chain[begins_at - 1 :]]
        assert [outcome.is_effective for _, outcome in told] == self.model.counts[begins_at - 1 :]

    def look_at_the_chain(self) -> None:
        printed = self.git("log", "-z", "--reverse", "--format=%H%n%B", REF)
        chain = [stands_in(*one.partition("\n")[::2]) for one in printed.split("\0") if one]
        assert chain[: len(self.chain)] == self.chain, "the chain only grows"
        for stands in chain[len(self.chain) :]:
            self.model.take(stands)
        self.chain = chain

    def push(self, message: str) -> None:
        identity = ("-c", "user.name=m", "-c", "user.email=m@localhost")
        made = self.git(*identity, "commit-tree", EMPTY_TREE, "-p", REF, "-m", message)
        self.git("update-ref", REF, made.strip())

    def git(self, *words: str) -> str:
        return subprocess.run(
            ["git", f"--git-dir={self.remote}", *words], capture_output=True, text=True, check=True
        ).stdout

    def teardown(self) -> None:
        for desk in self.desks:
            desk.connect()
        try:
            self.everybody_looks()
            self.what_people_were_told_is_true()
        finally:
            for desk in self.desks:
                desk.close()
            self.folder.cleanup()


def is_conditional(kind: str) -> bool:
    return KINDS_OF_EVENTS[kind].event_class is EventClass.CONDITIONAL


def stands_in(commit_id: str, message: str) -> Stands:
    line = message.partition("\n\n")[2].partition("\n")[0]
    return Stands(commit_id, json.loads(line) if line.startswith("{") else None)


LedgerAndModel.TestCase.settings = settings(
    max_examples=18, stateful_step_count=10, deadline=None, derandomize=True, print_blob=False
)
TestLedgerAndModel = LedgerAndModel.TestCase
