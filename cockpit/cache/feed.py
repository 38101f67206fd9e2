"""The cache as screens and the command line read it. Imports nothing but SQLite: it runs before the first paint."""

import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cockpit.cache.gathering import Gatherer, read_standing
from cockpit.cache.moments import utc_now
from cockpit.cache.pane_reader import PaneReader
from cockpit.cache.panes import ALERTS, CHANGES, FEATURES, SERVERS, STRAYS
from cockpit.cache.read_gates import read_builds_at
from cockpit.cache.reading import CacheReader, table_revision
from cockpit.cache.rows import ASKED_COLUMNS, BUILD_COLUMNS, build_of, diff_of, failed_in, feature_of
from cockpit.cache.trouble import short_of_room
from cockpit.cache.watching import Watch
from cockpit.domain.alert import Alert
from cockpit.domain.build import Build, TestRun
from cockpit.domain.change import Change, Diff
from cockpit.domain.evidence import Evidence
from cockpit.domain.feature import Feature
from cockpit.domain.fleet import Server, Transition
from cockpit.domain.overview import Overview
from cockpit.domain.overview_building import evidence_of, overview_of
from cockpit.domain.terms import Terms
from cockpit.errors import CacheBusyError, CacheError

if TYPE_CHECKING:
    from cockpit.domain.decisions.decided import Decided
    from cockpit.domain.decisions.event import Outcome, Placed, Told
    from cockpit.domain.rollout.live import ServerLive


def open_feed(path: Path, terms: Callable[[], Terms], *, clock: Callable[[], datetime] = utc_now) -> "CacheFeed":
    """Return the feed over the cache in this file, which need not exist yet; never raises.

    `terms` tells what the settings say now; it is asked ten times a second, and must not raise.
    """
    return CacheFeed(path, terms, clock)


class CacheFeed:
    """What the screen is told; every method may be called from any thread and none waits for a lock for long.

    While the cache is missing, held, damaged or too new, every method answers as it did before, and the overview
    says in `cache_note` what is wrong and what to do; also where it cannot be written, since its disk is full.
    """

    def __init__(self, path: Path, terms: Callable[[], Terms], clock: Callable[[], datetime]) -> None:
        self._path = path
        self._reader = CacheReader(path)
        self._terms = terms
        self._clock = clock
        self._lock = threading.Lock()
        self._gatherer = Gatherer()
        self._builds: list[Build] = []
        self._decided: Decided | None = None
        self._decided_at: int = -1
        self._told: PaneReader[Told] | None = None
        self._rollout_servers: dict[str, PaneReader[ServerLive]] = {}
        self.changes: PaneReader[Change] = PaneReader(self._reader, CHANGES)
        self.strays: PaneReader[Change] = PaneReader(self._reader, STRAYS)
        self.features: PaneReader[Feature] = PaneReader(self._reader, FEATURES)
        self.servers: PaneReader[Server] = PaneReader(self._reader, SERVERS)
        self.alerts: PaneReader[Alert] = PaneReader(self._reader, ALERTS)

    def overview(self) -> Overview:
        """Return the present answer to every question of the header and the pane titles."""
        with self._lock:
            note = self._refresh()
            now = self._clock()
            return overview_of(self._gatherer.at(now), terms=self._terms(), now=now, cache_note=note)

    def evidence(self) -> Evidence:
        """Return what the gates are judged on now, for who wants to judge them otherwise than the overview does."""
        with self._lock:
            self._refresh()
            now = self._clock()
            return evidence_of(self._gatherer.at(now), terms=self._terms(), now=now)

    def builds_at(self, commit_id: str) -> tuple[Build, ...]:
        """Return every build of one commit, the one that tells most first; none while the cache cannot be read."""
        try:
            return self._reader.read(lambda connection: read_builds_at(connection, commit_id))
        except CacheError:
            return ()

    def builds(self, limit: int = 200) -> list[Build]:
        """Return the newest builds, newest first."""
        statement = f"SELECT {BUILD_COLUMNS} FROM builds ORDER BY started_at DESC LIMIT ?"
        try:
            rows = self._reader.read(lambda connection: connection.execute(statement, (limit,)).fetchall())
        except CacheError:
            return self._builds[:limit]
        self._builds = list(map(build_of, rows))
        return self._builds

    def failed_tests(self, build: Build) -> list[TestRun] | None:
        """Return the tests that failed in a build, None when it is not known which tests it ran."""
        statement = "SELECT body FROM test_runs WHERE origin = ? AND build_id = ?"
        key = (build.origin, build.build_id)
        try:
            rows = self._reader.read(lambda connection: connection.execute(statement, key).fetchall())
        except CacheError:
            return None
        return failed_in(rows[0][0]) if rows else None

    def diff(self, commit_id: str) -> Diff | None:
        """Return the diff of a change when the agent has put it there."""
        statement = "SELECT commit_id, files, patch, message, truncated FROM diffs WHERE commit_id = ?"
        try:
            rows = self._reader.read(lambda connection: connection.execute(statement, (commit_id,)).fetchall())
        except CacheError:
            return None
        return diff_of(rows[0]) if rows else None

    def decided(self) -> "Decided":
        """Return everything decided as the cache knows it; as before while it cannot be read."""
        with suppress(CacheError):
            self._reader.read(self._read_decided)
        if self._decided is None:
            from cockpit.domain.decisions.decided import Decided

            return Decided()
        return self._decided

    def events(
        self, *, after: int = 0, before: int = 0, limit: int = 500, newest_first: bool = True, words: str = ""
    ) -> "list[tuple[Placed, Outcome]]":
        """Return events of the ledger that hold all of `words`, with what came of them.

        They stand beyond position `after` and below `before`, where 0 is no bound.
        """
        from cockpit.cache.read_ledger import NO_END, read_events

        end = before or NO_END
        read = partial(read_events, after=after, before=end, limit=limit, newest_first=newest_first, words=words)
        try:
            return self._reader.read(read)
        except CacheError:
            return []

    def asked(self) -> list[Feature]:
        """Return the features as git knows them, in the order of `features.toml`, whatever people decided of them."""
        statement = f"SELECT {ASKED_COLUMNS} FROM asked ORDER BY rank, feature_id"
        try:
            return self._reader.read(lambda connection: list(map(feature_of, connection.execute(statement).fetchall())))
        except CacheError:
            return []

    def proposed(self) -> tuple[str, ...]:
        """Return the ids of the features that the ledger knows; none while the cache cannot be read."""
        statement = "SELECT key FROM decisions WHERE kind = 'feature' ORDER BY key"
        try:
            rows = self._reader.read(lambda connection: connection.execute(statement).fetchall())
        except CacheError:
            return ()
        return tuple(row[0] for row in rows)

    def to_ship(self) -> str:
        """Return the full id of the candidate or release that is judged; empty while the branch head is."""
        try:
            gating = self._reader.read(read_standing).gating
        except CacheError:
            return ""
        return gating.commit if gating else ""

    @property
    def told(self) -> "PaneReader[Told]":
        """Events of the ledger, newest first; made when somebody asks for them."""
        if self._told is None:
            from cockpit.cache.told_events import told_events

            self._told = told_events(self._reader)
        return self._told

    def rollout_servers(self, environment: str) -> "PaneReader[ServerLive]":
        """Return the servers of the rollout in an environment, as its executor told of them here."""
        found = self._rollout_servers.get(environment)
        if found is None:
            from cockpit.cache.read_rollouts import rollout_servers

            found = self._rollout_servers[environment] = rollout_servers(self._reader, environment)
        return found

    def wave_servers(self, environment: str, wave: int) -> "list[ServerLive]":
        """Return those of one wave, in the order in which they are done."""
        from cockpit.cache.read_rollouts import read_wave

        try:
            return self._reader.read(partial(read_wave, environment=environment, wave=wave))
        except CacheError:
            return []

    def transitions(self, server: str) -> list[Transition]:
        """Return what became of a server's health and version, the newest first."""
        from cockpit.cache.read_rollouts import read_transitions

        try:
            return self._reader.read(partial(read_transitions, server=server))
        except CacheError:
            return []

    def paths(self, commits: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return the paths that these changes touch, as far as they are known."""
        from cockpit.cache.read_rollouts import read_paths

        try:
            return self._reader.read(partial(read_paths, commits=tuple(commits)))
        except CacheError:
            return {}

    def watch(self, on_overview: Callable[[Overview], None]) -> Callable[[], None]:
        """Call `on_overview` from another thread whenever the answer may have changed; return what stops it."""
        return Watch(self, on_overview).stop

    def data_version(self) -> tuple[int, int]:
        """Return a pair that changes when the cache was written or replaced; raises CacheError."""
        return self._reader.data_version()

    def terms(self) -> Terms:
        """Return what the settings say now."""
        return self._terms()

    def close(self) -> None:
        """Give the file back; may be called more than once."""
        self._reader.close()

    def _read_decided(self, connection: sqlite3.Connection) -> None:
        """Many ask for it again and again, and it seldom moves on."""
        found = self._reader.epoch + table_revision(connection, "ledger", "decisions", "events")
        if found == self._decided_at:
            return
        from cockpit.cache.read_ledger import read_fold

        self._decided, self._decided_at = read_fold(connection)[1], found

    def _refresh(self) -> str:
        try:
            self._reader.read(self._gather)
        except CacheBusyError:
            return ""  # somebody holds it for a moment, or a stopped process does: its heartbeat will tell
        except CacheError as error:
            return f"{error.what}. {error.next_step}"
        return short_of_room(self._path)

    def _gather(self, connection: sqlite3.Connection) -> None:
        self._gatherer.refresh(connection, self._reader.epoch)
