"""The agent keeps which changes of the candidate ship, from a real clone, real decisions and a real cache."""

import json
from pathlib import Path
from typing import Any

import pytest
from git_world import World

from cockpit.agent.log import AgentLog
from cockpit.agent.shipping_desk import ShippingDesk
from cockpit.cache.feed import CacheFeed, open_feed
from cockpit.cache.put_ledger import FoldSeen, LedgerMark
from cockpit.cache.reading import CacheReader
from cockpit.cache.store import Cache, open_cache
from cockpit.config.places import find_repository
from cockpit.config.settings import Settings
from cockpit.domain.build import Build, BuildResult
from cockpit.domain.decisions.bodies import Approved, CandidateNamed, FeatureProposed, Item
from cockpit.domain.decisions.standing import LedgerState
from cockpit.domain.decisions.standing_of import standing_of
from cockpit.domain.facts import BuildSeen, ChangesSeen
from cockpit.domain.terms import Terms
from cockpit.sources.candidate_changes import Wanted, read_candidate
from cockpit.sources.git_clone import Clone
from cockpit.ui.feed import Query
from cockpit.ui.shown_changes import ShownChanges
from tests.unit.chain import START, Chain


class Desk:
    """One shipping desk and everything around it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.world = World(folder / "payments")
        self.world.commit("feat: begin")
        self.world.git("tag", "v1.0.0")
        self.chain = Chain()
        self.cache: Cache = open_cache(folder / "cache.db")
        self.feed: CacheFeed = open_feed(folder / "cache.db", lambda: Terms("payments"))
        self.clone = Clone(folder / "clone.git", find_repository(self.world.folder), "")
        self.log = folder / "agent.log"
        self.desk = ShippingDesk(self.clone, Settings(), self.cache, AgentLog(self.log))

    def follow(self) -> None:
        """Bring the repository into clone and cache, as the source of git does."""
        self.clone.prepare()
        self.clone.follow(self.clone.ask())
        head = self.world.git("rev-parse", "HEAD")
        read = read_candidate(self.clone, Settings(), Wanted(head, "v1.0.0"))
        self.cache.put(ChangesSeen([change.change for change in read.changes]), "git", 60.0)

    def decide(self, actor: str, kind: str, target: str, body: object) -> None:
        """Decide, and have the fold in the cache."""
        assert self.chain.add(actor, kind, target, body).is_effective
        decided = self.chain.decided
        records = [(kind, key, decided.tables()[kind].get(key)) for kind, key in decided.take_changed()]
        mark, former = LedgerMark("here", decided.head, decided.position, decided.checkpoints), self.cache.ledger_mark()
        after = former.head if former else ""
        self.cache.put_fold(FoldSeen(mark, standing_of(decided, LedgerState()), (), records, after))

    def lanes(self) -> list[str]:
        """Return the lane of each change on the screen, newest first."""
        self.desk.look()
        numbers = list(self.feed.changes.order(Query()))
        return [row.lane for row in self.feed.changes.fetch(numbers) if row is not None]

    def counted(self) -> dict[str, Any] | None:
        """Return what the gates are told of the candidate."""
        read = CacheReader(self.folder / "cache.db").read
        rows = read(lambda connection: connection.execute("SELECT body FROM shipping").fetchall())
        counted: dict[str, Any] | None = json.loads(rows[0][0]) if rows else None
        return counted

    def patches(self) -> list[str]:
        numbers = list(self.feed.changes.order(Query()))
        return [row.patch for row in self.feed.changes.fetch(numbers) if row is not None]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_lanes_follow_candidate_words_and_builds(desk: Desk) -> None:
    one = desk.world.commit("feat: one", a__py="1\n")
    two = desk.world.commit("fix: two", b__py="1\n")
    desk.follow()
    assert desk.lanes() == ["", ""]
    desk.decide("maria", "candidate", two, CandidateNamed("v1.0.0"))
    assert desk.lanes() == ["waits 0 of 1", "waits 0 of 1"]
    counted = desk.counted()
    assert counted is not None
    assert [line.partition(": ")[2] for line in counted["in_the_way"]] == [
        "1 more to approve; no fast lane: type feat",
        f"1 more to approve; no fast lane: no contract tests known at {two[:7]}",
    ]
    assert all(desk.patches())
    desk.decide("sara", "approve", two, Approved((Item(one),)))
    assert desk.lanes() == ["waits 0 of 1", "approved by sara"]
    build = Build("1", two, "ci", BuildResult.PASSED, START, contract_passed=True)
    desk.cache.put(BuildSeen(build), "ci", 60.0)
    assert desk.lanes() == ["fast lane", "approved by sara"]
    counted = desk.counted()
    assert counted is not None
    assert (counted["commit"], counted["approved"], counted["fast_lane"]) == (two, 1, 1)


def test_what_came_after_the_candidate_has_no_lane(desk: Desk) -> None:
    one = desk.world.commit("feat: one", a__py="1\n")
    desk.world.commit("feat: later", b__py="1\n")
    desk.follow()
    desk.decide("maria", "candidate", one, CandidateNamed("v1.0.0"))
    assert desk.lanes() == ["", "waits 0 of 1"]


def test_a_candidate_that_our_clone_lacks_is_said_once_and_judged_when_it_has_come(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cockpit.agent.shipping_desk.RETRY_S", 0.0)
    desk.world.commit("feat: one", a__py="1\n")
    desk.follow()
    two = desk.world.commit("feat: two", b__py="1\n")
    desk.decide("maria", "candidate", two, CandidateNamed("v1.0.0"))
    assert desk.lanes() == [""]
    assert desk.counted() is None
    desk.desk.look()
    assert desk.log.read_text().count("knows no commit") == 1
    desk.follow()
    assert desk.lanes() == ["waits 0 of 1", "waits 0 of 1"]


def test_lanes_of_a_former_candidate_go_also_while_the_next_cannot_be_read(desk: Desk) -> None:
    one = desk.world.commit("feat: one", a__py="1\n")
    desk.follow()
    desk.decide("maria", "candidate", one, CandidateNamed("v1.0.0"))
    assert desk.lanes() == ["waits 0 of 1"]
    two = desk.world.commit("feat: two", b__py="1\n")
    desk.decide("maria", "candidate", two, CandidateNamed("v1.0.0"))
    assert desk.lanes() == [""]


def test_a_hotfix_from_a_side_branch_is_listed_with_its_lanes_and_features(desk: Desk) -> None:
    desk.world.commit("feat: goes on", a__py="1\n")
    desk.world.git("checkout", "-qb", "hot", "v1.0.0")
    hot = desk.world.commit("fix: round half even\n\nFeature: csv", b__py="1\n2\n")
    desk.world.git("checkout", "-q", "main")
    desk.follow()
    desk.decide("maria", "feature.propose", "csv", FeatureProposed("Export to CSV", "maria", ""))
    desk.decide("maria", "candidate", hot, CandidateNamed("v1.0.0", is_hotfix=True, reason="customers wait"))
    assert desk.lanes() == [""]
    reader = ShownChanges(desk.feed)
    rows = [row for row in reader.fetch(list(reader.order(Query()))) if row is not None]
    assert [(row.subject, row.place, row.lane) for row in rows] == [
        ("round half even", "off branch", "waits 0 of 1"), ("goes on", "", ""),
    ]  # fmt: skip
    assert (rows[0].feature_id, rows[0].files, rows[0].added, bool(rows[0].patch)) == ("csv", 1, 2, True)
    counted = desk.counted()
    assert counted is not None
    assert counted["off_branch"] == 1
