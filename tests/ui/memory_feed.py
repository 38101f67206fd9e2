"""A feed whose facts are plain lists: what the screen tests look at."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Generic, TypeVar

from cockpit.domain.alert import Alert
from cockpit.domain.build import Build, TestRun
from cockpit.domain.change import Change, Diff
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import Told
from cockpit.domain.feature import Feature
from cockpit.domain.fleet import Server, Transition
from cockpit.domain.overview import Overview
from cockpit.domain.rollout.live import ServerLive
from cockpit.ui.feed import Query

Row = TypeVar("Row")


class MemoryReader(Generic[Row]):
    """Rows in a list; the row number is the position."""

    def __init__(self, rows: Sequence[Row], key_of: Callable[[Row], str]) -> None:
        self._key_of = key_of
        self._revision = 0
        self._rows: list[Row] = list(rows)

    def put(self, rows: Sequence[Row]) -> None:
        self._rows = list(rows)
        self._revision += 1

    def order(self, query: Query) -> Sequence[int]:
        numbers = [number for number, row in enumerate(self._rows) if self._shown(row, query)]
        if query.sort:
            numbers.sort(key=lambda number: self._sort_key(self._rows[number], query.sort), reverse=query.descending)
        return numbers if query.sort or query.text else range(len(self._rows))

    def is_quick(self, query: Query) -> bool:
        return True

    def fetch(self, numbers: Sequence[int]) -> list[Row | None]:
        return [self._rows[number] if number < len(self._rows) else None for number in numbers]

    def number_of(self, key: str) -> int | None:
        return next((number for number, row in enumerate(self._rows) if self._key_of(row) == key), None)

    def revision(self) -> int:
        return self._revision

    @staticmethod
    def _shown(row: Row, query: Query) -> bool:
        values = row if isinstance(row, tuple) else [getattr(row, f.name) for f in fields(row)]  # type: ignore[arg-type]
        text = " ".join(map(str, values)).lower()
        return all(word in text for word in query.text.lower().split()) != (query.inverse and bool(query.text))

    @staticmethod
    def _sort_key(row: Row, name: str) -> str:
        return str(getattr(row, name, ""))


@dataclass
class MemoryFeed:
    """Everything in memory; `tell` plays the part of the cache's watcher."""

    now: Overview
    change_rows: Sequence[Change] = ()
    feature_rows: Sequence[Feature] = ()
    server_rows: Sequence[Server] = ()
    alert_rows: Sequence[Alert] = ()
    build_rows: Sequence[Build] = ()
    diffs: dict[str, Diff] = field(default_factory=dict)
    failures: dict[str, list[TestRun]] = field(default_factory=dict)
    known: Decided = field(default_factory=Decided)
    told_rows: Sequence[Told] = ()
    live_rows: Sequence[ServerLive] = ()
    became: Mapping[str, list[Transition]] = field(default_factory=dict)
    paths_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    watchers: list[Callable[[Overview], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.changes = MemoryReader(self.change_rows, lambda change: change.commit_id)
        self.strays: MemoryReader[Change] = MemoryReader((), lambda change: change.commit_id)
        self.features = MemoryReader(self.feature_rows, lambda feature: feature.feature_id)
        self.told = MemoryReader(self.told_rows, lambda told: str(told[0].position))
        self.servers = MemoryReader(self.server_rows, lambda server: server.name)
        self.alerts = MemoryReader(self.alert_rows, lambda alert: alert.alert_id)

        self.lives = MemoryReader(self.live_rows, lambda live: live.server)

    def rollout_servers(self, environment: str) -> MemoryReader[ServerLive]:
        return self.lives

    def wave_servers(self, environment: str, wave: int) -> list[ServerLive]:
        return [live for live in self.lives._rows if live.wave == wave]

    def transitions(self, server: str) -> list[Transition]:
        return self.became.get(server, [])

    def paths(self, commits: Sequence[str]) -> dict[str, tuple[str, ...]]:
        return {commit: self.paths_of[commit] for commit in commits if commit in self.paths_of}

    def overview(self) -> Overview:
        return self.now

    def builds(self, limit: int = 200) -> list[Build]:
        return list(self.build_rows[:limit])

    def failed_tests(self, build: Build) -> list[TestRun] | None:
        return self.failures.get(build.build_id)

    def decided(self) -> Decided:
        return self.known

    def diff(self, commit_id: str) -> Diff | None:
        return self.diffs.get(commit_id)

    def watch(self, on_overview: Callable[[Overview], None]) -> Callable[[], None]:
        self.watchers.append(on_overview)
        return lambda: self.watchers.remove(on_overview)

    def tell(self, overview: Overview) -> None:
        self.now = overview
        for watcher in self.watchers:
            watcher(overview)
