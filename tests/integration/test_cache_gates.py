"""What gates rest on comes back from the cache as it was put there, and the overview judges by it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cockpit.cache.feed import CacheFeed, open_feed
from cockpit.cache.put_ledger import FoldSeen, LedgerMark
from cockpit.cache.store import Cache, open_cache
from cockpit.domain.build import BuildResult
from cockpit.domain.command_gate import CommandEnd, CommandGate
from cockpit.domain.decisions.bodies import CandidateNamed, GateOverridden, Locked, SignedOff
from cockpit.domain.decisions.policy import Gating
from cockpit.domain.decisions.standing import LedgerHealth, LedgerState, Standing
from cockpit.domain.decisions.standing_of import standing_of
from cockpit.domain.facts import BuildSeen, GatesSeen, LanesSeen
from cockpit.domain.freshness import Freshness
from cockpit.domain.gate import Gate
from cockpit.domain.shipping_facts import ShippingFacts
from cockpit.domain.source_state import SourceState, SourceStatus
from cockpit.domain.terms import Terms
from cockpit.domain.verdict import Verdict
from tests.integration.cache_world import NOON, Clock, build, commit_id
from tests.unit.chain import Chain, policy

CANDIDATE = commit_id(1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(tmp_path: Path, clock: Clock) -> Iterator[Cache]:
    cache = open_cache(tmp_path / "facts.db", clock=clock)
    yield cache
    cache.close()


@pytest.fixture
def feed(cache: Cache, tmp_path: Path, clock: Clock) -> Iterator[CacheFeed]:
    feed = open_feed(tmp_path / "facts.db", lambda: Terms("payments"), clock=clock)
    yield feed
    feed.close()


def decided() -> Standing:
    """A candidate with one of two sign-offs, a lock, and the lock set aside."""
    chain = Chain(policy(gating=Gating(sign_offs=("review", "security"))))
    chain.add("maria", "candidate", CANDIDATE, CandidateNamed("v1.42.0"))
    chain.add("jon", "sign-off", CANDIDATE, SignedOff("review", note="read it all"))
    chain.add("olu", "lock", "production", Locked("moving", may_ship=("maria",), review_at=NOON + timedelta(hours=1)))
    chain.add("maria", "override", CANDIDATE, GateOverridden("lock", "agreed with olu"))
    assert all(outcome.is_effective for outcome in chain.outcomes)
    return standing_of(chain.decided, LedgerState(LedgerHealth.SHARED, "origin", position=6, synced_at=NOON))


def tell(cache: Cache, standing: Standing) -> None:
    cache.put_fold(FoldSeen(LedgerMark("origin", "6" * 40, 6, ("",)), standing, (), ()))


def gates(feed: CacheFeed) -> dict[str, Gate]:
    return {gate.gate_id: gate for gate in feed.overview().gates}


def test_the_standing_comes_back_with_everything_gates_rest_on(cache: Cache, feed: CacheFeed) -> None:
    standing = decided()
    tell(cache, standing)
    assert feed.overview().standing == standing


def test_the_overview_judges_the_candidate_and_not_the_branch(cache: Cache, feed: CacheFeed) -> None:
    tell(cache, decided())
    assert gates(feed)["branch"].reason == f"candidate {CANDIDATE[:7]} is not built"
    sink = cache.sink("ci", 60.0)
    sink.put(BuildSeen(build(1, BuildResult.PASSED)))
    sink.put(BuildSeen(build(2, BuildResult.FAILED)))
    judged = gates(feed)
    assert (judged["branch"].verdict, judged["branch"].title) == (Verdict.GO, "candidate builds")
    assert judged["sign-off:review"].verdict is Verdict.GO
    assert judged["sign-off:security"].verdict is Verdict.NO_GO
    assert judged["lock"].overridden_by == "maria: agreed with olu"


def test_what_would_ship_is_judged_as_it_was_counted(cache: Cache, feed: CacheFeed) -> None:
    tell(cache, decided())
    assert gates(feed)["approvals"].verdict is Verdict.UNKNOWN
    sink = cache.sink("shipping", 0.0)
    sink.put(LanesSeen({}, ShippingFacts(CANDIDATE, pending=1, obstacles=1, in_the_way=("4c1d9e0 CSV export: waits",))))
    assert gates(feed)["approvals"].reason == "4c1d9e0 CSV export: waits"
    sink.put(LanesSeen({}, ShippingFacts(CANDIDATE, approved=1)))
    assert gates(feed)["approvals"].verdict is Verdict.GO


def test_the_teams_own_gates_are_judged_while_their_source_is_asked(cache: Cache, feed: CacheFeed) -> None:
    fresh = Freshness(NOON, NOON + timedelta(minutes=5))
    load = CommandGate("load", CANDIDATE, CommandEnd.BY_ITSELF, 1, "p99 900 ms", "/log", fresh)
    waiting = CommandGate("audit")
    cache.sink("gates", 60.0).put(GatesSeen((load, waiting)))
    assert "command:load" not in gates(feed)
    cache.put_source(SourceState("gates", SourceStatus.OK, freshness=fresh))
    judged = [gate for gate in feed.overview().gates if gate.source == "gates"]
    assert [gate.gate_id for gate in judged] == ["command:load", "command:audit"]
    assert (judged[0].reason, judged[0].link) == ("p99 900 ms (exit code 1)", "/log")
    cache.sink("gates", 60.0).put(GatesSeen((replace(load, exit_status=0),)))
    assert gates(feed)["command:load"].verdict is Verdict.GO


def test_the_answer_is_made_anew_when_a_gate_of_the_team_gets_old_and_when_a_lock_is_due(
    cache: Cache, feed: CacheFeed, clock: Clock
) -> None:
    tell(cache, decided())
    assert feed.overview().next_expiry == NOON + timedelta(hours=1)
    clock.forward(3601)
    assert gates(feed)["lock"].reason.endswith("time to look at it again")
