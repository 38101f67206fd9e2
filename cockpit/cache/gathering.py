"""Everything an overview rests on, read in one snapshot; what has not moved on is not read again."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from cockpit.cache.branch_line import listed_line, walked_line
from cockpit.cache.custody import count_custody
from cockpit.cache.fleet_cells import FleetCells
from cockpit.cache.freshness_of import Stamps, next_after, read_stamps
from cockpit.cache.moments import to_us
from cockpit.cache.read_gates import read_builds_at, read_commands, read_shipping
from cockpit.cache.rows import (
    BUILD_COLUMNS,
    FLAKY_COLUMNS,
    HEARTBEAT_COLUMNS,
    SOURCE_COLUMNS,
    branch_of,
    build_of,
    flaky_of,
    heartbeat_of,
    source_of,
)
from cockpit.cache.summaries import AlertCounts, ChangeCounts, count_alerts, count_changes, count_features
from cockpit.cache.telling_build import TELLING_ORDER
from cockpit.domain.branch_health import BranchBuild
from cockpit.domain.build import Build, BuildResult, FlakyTest
from cockpit.domain.command_gate import CommandGate
from cockpit.domain.commit import BranchState
from cockpit.domain.custody import NO_CUSTODY, CustodySummary
from cockpit.domain.decisions.standing import Standing
from cockpit.domain.overview import BoardSummary
from cockpit.domain.overview_building import Known
from cockpit.domain.shipping_facts import ShippingFacts
from cockpit.domain.source_state import Heartbeat, SourceState

if TYPE_CHECKING:
    from cockpit.cache.rollout_cells import RolloutCells


class Gatherer:
    """Reads for one feed, and remembers what it read last; used by one thread at a time."""

    def __init__(self) -> None:
        self._cells = FleetCells()
        self._custody: CustodySummary = NO_CUSTODY
        self._rollouts: RolloutCells | None = None
        self._stamps = Stamps({}, {})
        self._sources: tuple[SourceState, ...] = ()
        self._heartbeat: Heartbeat | None = None
        self._branch: BranchState | None = None
        self._line: list[str] = []
        self._walked: bool = False
        self._builds: tuple[BranchBuild, ...] = ()
        self._flaky: tuple[FlakyTest, ...] = ()
        self._tests_known: int = 0
        self._changes = ChangeCounts({}, 0)
        self._board: tuple[tuple[str, int], ...] = ()
        self._alerts = AlertCounts({}, {}, "")
        self._standing = Standing()
        self._candidate_builds: tuple[Build, ...] = ()
        self._shipping: ShippingFacts | None = None
        self._commands: tuple[CommandGate, ...] = ()
        self._seen: dict[str, int] = {}
        self._epoch: int = -1

    def refresh(self, connection: sqlite3.Connection, epoch: int) -> None:
        """Read what has moved on; another epoch is another file, of which nothing is known."""
        if epoch != self._epoch:
            self._seen, self._cells, self._rollouts, self._epoch = {}, FleetCells(), None, epoch
        with _snapshot(connection):
            now_are = dict(connection.execute("SELECT name, revision FROM tables").fetchall())
            moved = {name for name, revision in now_are.items() if self._seen.get(name) != revision}
            self._read(connection, moved)
        self._seen = now_are

    def at(self, now: datetime) -> Known:
        """Return what was read last as it stands at `now`: facts expire without anything being written."""
        now_us, branch, fresh = to_us(now), self._branch, self._stamps.freshness
        rollouts = self._rollouts.observed() if self._rollouts else ()
        expiries_us = _expiries_us(self._stamps, self._sources, self._heartbeat)
        expiries_us += [to_us(one.live.freshness.expires_at) for one in rollouts if one.live.freshness.expires_at]
        since_tag = branch.last_release.tag if branch and branch.last_release else ""
        return Known(
            branch=branch,
            branch_freshness=fresh("branch"),
            builds=self._builds,
            flaky=self._flaky,
            tests_known=self._tests_known,
            changes=self._changes.summary(since_tag, fresh("changes")),
            board=BoardSummary(sum(count for _, count in self._board), self._board, fresh("features")),
            fleet=replace(self._cells.summary(self._stamps, now_us), custody=self._custody),
            alerts=self._alerts.summary(),
            sources=self._sources,
            heartbeat=self._heartbeat,
            standing=self._standing,
            candidate_builds=self._candidate_builds,
            shipping=self._shipping,
            commands=self._commands,
            rollouts=rollouts,
            next_expiry=next_after(expiries_us, now_us),
        )

    def _read(self, connection: sqlite3.Connection, moved: set[str]) -> None:
        if moved & {"sources", "stamps"}:
            self._sources, self._stamps = _read_sources(connection), read_stamps(connection)
        if "ledger" in moved:
            self._standing = read_standing(connection)
        if moved & {"ledger", "builds"}:
            gating = self._standing.gating
            self._candidate_builds = read_builds_at(connection, gating.commit) if gating and gating.commit else ()
        if "shipping" in moved:
            self._shipping = read_shipping(connection)
        if "gates" in moved:
            self._commands = read_commands(connection)
        if "heartbeat" in moved:
            self._heartbeat = _read_heartbeat(connection)
        if "branch" in moved:
            self._branch = _read_branch(connection)
        if self._read_line(connection, moved) or "builds" in moved:
            self._builds = _read_builds(connection, self._line)
        if "flaky" in moved:
            self._flaky, self._tests_known = _read_flaky(connection)
        if "changes" in moved:
            self._changes = count_changes(connection)
        if "features" in moved:
            self._board = count_features(connection)
        if "alerts" in moved:
            self._alerts = count_alerts(connection)
        if "servers" in moved:
            self._custody = count_custody(connection)
        if moved & {"servers", "sightings", "stamps"}:
            self._cells.move_on(connection, several_stamps=len(self._stamps.of_servers) > 1)

        if moved & {"rollouts", "rollout_servers"}:
            self._read_rollouts(connection)

    def _read_rollouts(self, connection: sqlite3.Connection) -> None:
        """Where no executor ever told of one, nothing of it is loaded."""
        if self._rollouts is None:
            if not connection.execute("SELECT 1 FROM rollouts LIMIT 1").fetchall():
                return
            from cockpit.cache.rollout_cells import RolloutCells

            self._rollouts = RolloutCells()
        self._rollouts.move_on(connection)

    def _read_line(self, connection: sqlite3.Connection, moved: set[str]) -> bool:
        """Tell whether the branch is another line of commits than before."""
        before = self._line
        if moved & {"branch", "commits"}:
            self._line, self._walked = walked_line(connection), True
        if not self._line or ("changes" in moved and not self._walked):
            self._line, self._walked = listed_line(connection), False
        return self._line != before


@contextmanager
def _snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Let every statement of the block see the same state of the cache; nobody waits for it."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def _read_sources(connection: sqlite3.Connection) -> tuple[SourceState, ...]:
    rows = connection.execute(f"SELECT {SOURCE_COLUMNS} FROM sources ORDER BY name").fetchall()
    return tuple(map(source_of, rows))


def _read_branch(connection: sqlite3.Connection) -> BranchState | None:
    rows = connection.execute("SELECT body FROM branch").fetchall()
    return branch_of(rows[0][0]) if rows else None


def read_standing(connection: sqlite3.Connection) -> Standing:
    """Return what was decided, in short; nothing before anything was."""
    rows = connection.execute("SELECT standing FROM ledger").fetchall()
    if not rows:
        return Standing()
    from cockpit.cache.standing_row import standing_of

    try:
        return standing_of(rows[0][0])
    except (KeyError, TypeError, ValueError):
        return Standing()  # told by another version, whose place ours takes with its first round


def _read_heartbeat(connection: sqlite3.Connection) -> Heartbeat | None:
    rows = connection.execute(f"SELECT {HEARTBEAT_COLUMNS} FROM heartbeat").fetchall()
    return heartbeat_of(rows[0]) if rows else None


def _read_flaky(connection: sqlite3.Connection) -> tuple[tuple[FlakyTest, ...], int]:
    flaky = tuple(map(flaky_of, connection.execute(f"SELECT {FLAKY_COLUMNS} FROM flaky ORDER BY position").fetchall()))
    known = connection.execute("SELECT value FROM meta WHERE name = 'tests_known'").fetchall()
    return flaky, int(known[0][0]) if known else 0


def _read_builds(connection: sqlite3.Connection, line: list[str]) -> tuple[BranchBuild, ...]:
    marks = ", ".join("?" * len(line))
    rows = connection.execute(
        f"SELECT {BUILD_COLUMNS} FROM builds WHERE commit_id IN ({marks}) ORDER BY {TELLING_ORDER}", line
    ).fetchall()
    runs: dict[str, list[Build]] = {}
    for build in map(build_of, rows):
        runs.setdefault(build.commit_id, []).append(build)
    return tuple(
        BranchBuild(telling, *_author_and_subject(connection, commit_id), place=place, earlier=_ended(others))
        for place, commit_id in enumerate(line)
        for telling, *others in ([runs[commit_id]] if commit_id in runs else [])
    )


def _ended(builds: list[Build]) -> tuple[Build, ...]:
    """Return those that say something about their commit, oldest first."""
    return tuple(b for b in reversed(builds) if b.result in (BuildResult.PASSED, BuildResult.FAILED))


def _author_and_subject(connection: sqlite3.Connection, commit_id: str) -> tuple[str, str]:
    rows = connection.execute("SELECT author, subject FROM changes WHERE commit_id = ?", (commit_id,)).fetchall()
    if not rows:
        statement = "SELECT author, subject FROM commits WHERE commit_id = ?"
        rows = connection.execute(statement, (bytes.fromhex(commit_id),)).fetchall()
    return rows[0] if rows else ("", "")


def _expiries_us(stamps: Stamps, sources: tuple[SourceState, ...], heartbeat: Heartbeat | None) -> list[int]:
    moments = [source.freshness.expires_at for source in sources]
    if heartbeat is not None:
        moments.append(heartbeat.freshness.expires_at)
    return stamps.expiries_us() + [to_us(moment) for moment in moments if moment is not None]
