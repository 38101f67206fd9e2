"""What an executor tells of its rollout comes back from the cache as it was put there, and grows old."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cockpit.cache.feed import CacheFeed, open_feed
from cockpit.cache.put_ledger import FoldSeen, LedgerMark
from cockpit.cache.store import Cache, open_cache
from cockpit.domain.decisions.rollout_bodies import RolloutStopped
from cockpit.domain.decisions.standing import LedgerHealth, LedgerState, Standing
from cockpit.domain.decisions.standing_of import standing_of
from cockpit.domain.facts import PathsSeen, ProbesSeen, RolloutSeen
from cockpit.domain.fleet import Health
from cockpit.domain.freshness import Freshness
from cockpit.domain.rollout.live import Measured, RolloutLive, ServerLive
from cockpit.domain.rollout.observed import ZoneStates
from cockpit.domain.rollout.progress import ServerState
from cockpit.domain.terms import Terms
from cockpit.ui.feed import Query
from tests.integration.cache_world import NOON, Clock, commit_id, probe
from tests.unit.rolling import Rolling, lives

FRESH = Freshness(NOON, NOON + timedelta(seconds=20))
LIVE = RolloutLive(
    "production-7", "production", "ci", "ci-1", 2, "soaking",
    waits_for="", soak_ends=NOON + timedelta(minutes=4), weight_set=5.0, weight_read=4.8,
    measured=(Measured("errors", "fail", "errors 2.1 % > 1 %"), Measured("p99", "pass", "p99 212 ms")),
    counts={"done": 1, "soaking": 1}, expected_s=600.0, freshness=FRESH,
)  # fmt: skip


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


def seen(**states: ServerState) -> RolloutSeen:
    named = {name.replace("_", "-"): state for name, state in states.items()}
    return RolloutSeen(LIVE, lives(NOON, named))


def test_the_standing_comes_back_with_its_rollouts(cache: Cache, feed: CacheFeed) -> None:
    chain = Rolling()
    chain.begin(done=1)
    chain.station("stopped", RolloutStopped("odd", 2, {"eu-1-03": "smoke"}, {"errors": "2 %"}))
    standing = standing_of(chain.decided, LedgerState(LedgerHealth.SHARED, "origin", synced_at=NOON))
    cache.put_fold(FoldSeen(LedgerMark("origin", "6" * 40, 6, ("",)), standing, (), ()))
    assert feed.overview().standing == standing
    assert standing.rollouts[0].failed == (("eu-1-03", "smoke"),)
    assert Standing().rollouts == ()


def test_a_rollout_comes_back_whole_with_a_character_for_each_server(cache: Cache, feed: CacheFeed) -> None:
    assert feed.overview().rollouts == ()
    cache.sink("rollout", 20.0).put(seen(eu_1_01=ServerState.DONE, eu_1_02=ServerState.SOAKING))
    (observed,) = feed.overview().rollouts
    assert observed.live == LIVE
    assert observed.zones == (ZoneStates("eu-1", "Dsww"), ZoneStates("eu-2", "wwww"), ZoneStates("us-1", "wwww"))
    assert feed.overview().next_expiry == FRESH.expires_at


def test_its_servers_are_read_by_the_window_filtered_and_sorted(cache: Cache, feed: CacheFeed) -> None:
    cache.sink("rollout", 20.0).put(seen(us_1_02=ServerState.FAILED))
    reader = feed.rollout_servers("production")
    rows = reader.fetch(reader.order(Query()))
    assert [row.server for row in rows if row][:3] == ["eu-1-01", "eu-1-02", "eu-1-03"]
    assert rows == list(lives(NOON, {"us-1-02": ServerState.FAILED}))
    failed = reader.fetch(reader.order(Query("failed")))
    assert [row.server for row in failed if row] == ["us-1-02"]
    assert len(reader.order(Query("failed", inverse=True))) == 11
    worst = reader.fetch(reader.order(Query(sort="state")))
    assert worst[0] is not None
    assert worst[0].server == "us-1-02"
    number = reader.number_of("us-1-02")
    assert number is not None
    assert reader.fetch([number]) == failed
    assert [row.server for row in feed.wave_servers("production", 2)] == ["eu-1-03", "eu-1-04"]
    assert feed.rollout_servers("staging").order(Query()) == []
    assert feed.rollout_servers("staging").number_of("us-1-02") is None


def test_only_the_servers_that_changed_are_written(cache: Cache, feed: CacheFeed) -> None:
    sink = cache.sink("rollout", 20.0)
    sink.put(seen())
    feed.overview()
    reader = feed.rollout_servers("production")
    before = reader.revision()
    sink.put(seen())
    assert reader.revision() == before
    sink.put(replace(seen(), live=replace(LIVE, freshness=Freshness(NOON, NOON + timedelta(seconds=40)))))
    assert reader.revision() == before
    assert feed.overview().rollouts[0].live.freshness.expires_at == NOON + timedelta(seconds=40)
    sink.put(seen(us_1_04=ServerState.DEPLOYING))
    assert reader.revision() > before
    assert feed.overview().rollouts[0].zones[2].cells == "wwwd"
    rows = cache._usable().execute("SELECT count(*) FROM rollout_servers GROUP BY revision ORDER BY 1").fetchall()
    assert rows == [(1,), (11,)]


def test_a_new_rollout_takes_the_place_of_the_former_and_environments_stand_apart(
    cache: Cache, feed: CacheFeed
) -> None:
    sink = cache.sink("rollout", 20.0)
    sink.put(seen())
    feed.overview()
    other = ServerLive("stage-1", "lab", 1, ServerState.DONE, NOON)
    sink.put(RolloutSeen(replace(LIVE, rollout="staging-9", environment="staging"), (other,)))
    sink.put(RolloutSeen(replace(LIVE, rollout="production-12"), lives(NOON)[:4]))
    production, staging = feed.overview().rollouts
    assert (production.live.rollout, production.zones) == ("production-12", (ZoneStates("eu-1", "wwww"),))
    assert (staging.live.rollout, staging.zones) == ("staging-9", (ZoneStates("lab", "D"),))
    assert feed.rollout_servers("staging").fetch(feed.rollout_servers("staging").order(Query())) == [other]


def test_one_that_does_not_say_how_long_it_counts_counts_as_long_as_its_source(cache: Cache, feed: CacheFeed) -> None:
    cache.sink("rollout", 20.0).put(replace(seen(), live=replace(LIVE, freshness=Freshness())))
    assert feed.overview().rollouts[0].live.freshness == FRESH


def test_five_thousand_servers_are_stored_and_one_of_them_moves_on_alone(cache: Cache, feed: CacheFeed) -> None:
    servers = [ServerLive(f"s{n:04}", f"z{n % 8}", 1 + n // 100, ServerState.WAITING, NOON) for n in range(5000)]
    sink = cache.sink("rollout", 20.0)
    sink.put(RolloutSeen(LIVE, servers))
    assert sum(len(zone.cells) for zone in feed.overview().rollouts[0].zones) == 5000
    servers[4321] = replace(servers[4321], state=ServerState.FAILED, reason="smoke: 500")
    sink.put(RolloutSeen(LIVE, servers))
    assert sum(zone.cells.count("F") for zone in feed.overview().rollouts[0].zones) == 1
    assert feed.wave_servers("production", 44)[21].reason == "smoke: 500"


def test_what_became_of_a_server_and_the_paths_of_changes_can_be_asked(cache: Cache, feed: CacheFeed) -> None:
    sink = cache.sink("servers", 20.0)
    sink.put(ProbesSeen((probe("a"),), complete=True))
    sink.put(ProbesSeen((probe("a", health=Health.FAILING, reason="pool"),)))
    (became,) = feed.transitions("a")
    assert (became.health_before, became.health, became.reason) == (Health.UP, Health.FAILING, "pool")
    cache.sink("git", 0.0).put(PathsSeen({commit_id(1): ("migrations/1.sql",)}))
    assert feed.paths([commit_id(1), commit_id(2)]) == {commit_id(1): ("migrations/1.sql",)}
