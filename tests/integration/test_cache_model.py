"""Whatever is put in whatever order, the feed shows what a plain dictionary would."""

import tempfile
from datetime import timedelta
from pathlib import Path

from cache_world import NOON, Clock, alert, change, commit_id, feature, probe
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cockpit.cache.feed import open_feed
from cockpit.cache.store import open_cache
from cockpit.domain.alert import AlertState
from cockpit.domain.facts import AlertsSeen, ChangesSeen, FeaturesSeen, ProbesSeen, SizesSeen
from cockpit.domain.fleet import Health
from cockpit.domain.terms import Terms
from cockpit.ui.feed import Query

NUMBERS = st.lists(st.integers(0, 8), unique=True, max_size=8)


class CacheAndModel(RuleBasedStateMachine):
    """One cache, a feed over it, and dictionaries that say what should be there."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "cache.db"
        self.clock = Clock()
        self.open = lambda: open_cache(path, clock=self.clock)
        self.cache = self.open()
        self.feed = open_feed(path, lambda: Terms("payments"), clock=self.clock)
        self.changes: list[int] = []
        self.sizes: dict[int, int] = {}
        self.versions: dict[str, str] = {}
        self.healths: dict[str, Health] = {}
        self.observed: dict[str, int] = {}
        self.alerts: dict[str, AlertState] = {}
        self.ranks: dict[int, int] = {}
        self.second = 0

    @rule(numbers=NUMBERS)
    def see_changes(self, numbers: list[int]) -> None:
        self.cache.put(ChangesSeen([change(n) for n in numbers]), "git", 60)
        self.sizes = {n: size for n, size in self.sizes.items() if n in numbers or n not in self.changes}
        self.changes = numbers

    @rule(number=st.integers(0, 8), size=st.integers(0, 3))
    def see_size(self, number: int, size: int) -> None:
        self.cache.put(SizesSeen({commit_id(number): (size, size, size)}), "git", 60)
        self.sizes[number] = size

    @rule(numbers=NUMBERS, complete=st.booleans(), down=st.booleans(), version=st.sampled_from([None, "1", "2"]))
    def see_servers(self, numbers: list[int], complete: bool, down: bool, version: str | None) -> None:
        self.second += 1
        names = [f"s{n}" for n in numbers]
        health = Health.DOWN if down else Health.UP
        at = NOON + timedelta(seconds=self.second)
        probes = [probe(name, health=health, version=version, observed_at=at) for name in names]
        self.cache.put(ProbesSeen(probes, complete=complete), "servers", 30)
        if complete:
            self.versions = {name: told for name, told in self.versions.items() if name in names}
            self.healths = {name: told for name, told in self.healths.items() if name in names}
        for name in names:
            self.versions[name] = version or self.versions.get(name, "")
            self.healths[name] = health
            self.observed[name] = self.second

    @rule(numbers=NUMBERS)
    def see_alerts(self, numbers: list[int]) -> None:
        self.cache.put(AlertsSeen("rules", [alert(f"a{n}") for n in numbers]), "rules", 60)
        self.alerts = dict.fromkeys(self.alerts, AlertState.RESOLVED) | {f"a{n}": AlertState.FIRING for n in numbers}

    @rule(numbers=NUMBERS)
    def see_features(self, numbers: list[int]) -> None:
        self.cache.put(FeaturesSeen([feature(n, rank=rank) for rank, n in enumerate(numbers, 1)]), "features", 60)
        self.ranks = {n: rank for rank, n in enumerate(numbers, 1)}

    @rule()
    def begin_anew_with_another_writer(self) -> None:
        self.cache.close()
        self.cache = self.open()

    @invariant()
    def feed_shows_the_model(self) -> None:
        changes = [row for row in self.feed.changes.fetch(self.feed.changes.order(Query())) if row]
        assert [(c.commit_id, c.files) for c in changes] == [
            (commit_id(n), self.sizes.get(n)) for n in reversed(self.changes)
        ]
        servers = [row for row in self.feed.servers.fetch(self.feed.servers.order(Query())) if row]
        assert [(s.name, s.version, s.health) for s in servers] == [
            (name, self.versions[name], self.healths[name]) for name in sorted(self.versions)
        ]
        for server in servers:
            assert server.freshness.observed_at == NOON + timedelta(seconds=self.observed[server.name])
        alerts = self.feed.alerts.fetch(self.feed.alerts.order(Query()))
        assert {a.alert_id: a.state for a in alerts if a} == self.alerts
        features = self.feed.features.fetch(self.feed.features.order(Query()))
        assert [f.feature_id for f in features if f] == [f"f{n}" for n in self.ranks]

    @invariant()
    def overview_counts_the_model(self) -> None:
        overview = self.feed.overview()
        letters = {Health.UP: "u", Health.DOWN: "d"}
        cells = "".join(zone.cells for zone in overview.fleet.zones)
        assert cells == "".join(letters[self.healths[name]] for name in sorted(self.healths))
        assert overview.changes.total == len(self.changes)
        assert overview.board.total == len(self.ranks)

    def teardown(self) -> None:
        self.feed.close()
        self.cache.close()
        self.folder.cleanup()


CacheAndModel.TestCase.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
TestCacheAndModel = CacheAndModel.TestCase
