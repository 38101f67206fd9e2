"""The tables of the cache and how an older cache becomes a present one.

Every row has the `revision` of the transaction that wrote it last, from one counter over the whole cache. `tables`
holds, for each table, the revision of its newest row, so that a reader re-reads only what changed, and the revision
at which rows were last removed or moved (`shape`): a reader that has seen `shape` fetches `revision > ?` and misses
nothing; one that has not reads the table anew. Deletions are rare, so this costs less than tombstones and needs no
sweeping. `sightings` is no table: it moves on when a server in `readings` gets another stamp.
"""

import sqlite3

from cockpit import __version__
from cockpit.cache.transaction import tx
from cockpit.errors import CacheTooNewError

APPLICATION_ID = 0x434B5054
"""'CKPT' in the file's header: this database is a cockpit's."""

_FIRST = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE tables (name TEXT PRIMARY KEY, revision INTEGER NOT NULL, shape INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE stamps (
  stamp_id INTEGER PRIMARY KEY, kind TEXT NOT NULL, source TEXT NOT NULL,
  observed_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, revision INTEGER NOT NULL) STRICT;
CREATE INDEX stamps_kind ON stamps (kind, source);
CREATE TABLE sources (
  name TEXT PRIMARY KEY, status TEXT NOT NULL, reason TEXT NOT NULL, next_step TEXT NOT NULL, place TEXT NOT NULL,
  observed_at INTEGER, expires_at INTEGER, failures INTEGER NOT NULL, failing_since INTEGER, next_try_at INTEGER,
  cursor TEXT NOT NULL DEFAULT '{}', revision INTEGER NOT NULL) STRICT;
CREATE TABLE heartbeat (
  one INTEGER PRIMARY KEY CHECK (one = 1), pid INTEGER NOT NULL, host TEXT NOT NULL, version TEXT NOT NULL,
  mode TEXT NOT NULL, started_at INTEGER NOT NULL, observed_at INTEGER, expires_at INTEGER,
  revision INTEGER NOT NULL) STRICT;
CREATE TABLE commits (
  commit_id BLOB NOT NULL, parents BLOB NOT NULL, author TEXT NOT NULL, authored_at INTEGER NOT NULL,
  committed_at INTEGER NOT NULL, subject TEXT NOT NULL, revision INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX commits_id ON commits (commit_id);
CREATE TABLE branch (
  one INTEGER PRIMARY KEY CHECK (one = 1), body TEXT NOT NULL, link TEXT NOT NULL, revision INTEGER NOT NULL) STRICT;
CREATE TABLE releases (
  tag TEXT PRIMARY KEY, commit_id TEXT NOT NULL, released_at INTEGER NOT NULL, revision INTEGER NOT NULL) STRICT;
CREATE TABLE changes (
  change_id INTEGER PRIMARY KEY, position INTEGER NOT NULL, commit_id TEXT NOT NULL UNIQUE, pull_request INTEGER,
  kind TEXT NOT NULL, scope TEXT NOT NULL, breaking INTEGER NOT NULL, subject TEXT NOT NULL, author TEXT NOT NULL,
  committed_at INTEGER NOT NULL, codebase TEXT NOT NULL, impact TEXT NOT NULL, impact_reason TEXT NOT NULL,
  contract_touched INTEGER NOT NULL, feature_id TEXT NOT NULL, files INTEGER, added INTEGER, removed INTEGER,
  build TEXT NOT NULL, link TEXT NOT NULL, declared_feature TEXT NOT NULL, revision INTEGER NOT NULL) STRICT;
CREATE INDEX changes_position ON changes (position);
CREATE INDEX changes_counts ON changes (impact, build);
CREATE TABLE change_words (change_id INTEGER PRIMARY KEY, position INTEGER NOT NULL, words TEXT NOT NULL) STRICT;
CREATE TABLE sizes (
  commit_id TEXT PRIMARY KEY, files INTEGER NOT NULL, added INTEGER, removed INTEGER,
  revision INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE paths (commit_id TEXT PRIMARY KEY, paths TEXT NOT NULL, revision INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE builds (
  origin TEXT NOT NULL, build_id TEXT NOT NULL, commit_id TEXT NOT NULL, result TEXT NOT NULL,
  started_at INTEGER NOT NULL, duration_s REAL, tests_run INTEGER, tests_failed INTEGER, coverage REAL,
  contract_passed INTEGER, message TEXT NOT NULL, link TEXT NOT NULL, observed_at INTEGER NOT NULL,
  revision INTEGER NOT NULL, PRIMARY KEY (origin, build_id)) STRICT;
CREATE INDEX builds_started ON builds (started_at);
CREATE INDEX builds_commit ON builds (commit_id);
CREATE TABLE test_runs (
  origin TEXT NOT NULL, build_id TEXT NOT NULL, body TEXT NOT NULL, revision INTEGER NOT NULL,
  PRIMARY KEY (origin, build_id)) STRICT;
CREATE TABLE flaky (
  test_id TEXT PRIMARY KEY, position INTEGER NOT NULL, runs INTEGER NOT NULL, failures INTEGER NOT NULL,
  flips INTEGER NOT NULL, both_on_one_commit INTEGER NOT NULL, last_outcome TEXT NOT NULL,
  last_flip_commit TEXT NOT NULL, revision INTEGER NOT NULL) STRICT;
CREATE TABLE features (
  feature_number INTEGER PRIMARY KEY, feature_id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, requester TEXT NOT NULL,
  claimed_urgency TEXT NOT NULL, rank INTEGER NOT NULL, state TEXT NOT NULL, state_reason TEXT NOT NULL,
  commits TEXT NOT NULL, link TEXT NOT NULL, words TEXT NOT NULL, revision INTEGER NOT NULL) STRICT;
CREATE TABLE servers (
  server_id INTEGER PRIMARY KEY, position INTEGER NOT NULL, name TEXT NOT NULL UNIQUE, zone TEXT NOT NULL,
  url TEXT NOT NULL, version TEXT NOT NULL, commit_id TEXT NOT NULL, health TEXT NOT NULL, reason TEXT NOT NULL,
  out_of_band INTEGER NOT NULL, version_at INTEGER, health_since INTEGER NOT NULL, words TEXT NOT NULL,
  revision INTEGER NOT NULL) STRICT;
CREATE INDEX servers_cells ON servers (position, zone, version, health, out_of_band);
CREATE INDEX servers_revision ON servers (revision);
CREATE TABLE readings (
  server_id INTEGER PRIMARY KEY, stamp_id INTEGER NOT NULL, latency_s REAL, metrics TEXT NOT NULL, metrics_at INTEGER,
  revision INTEGER NOT NULL) STRICT;
CREATE TABLE transitions (
  transition_id INTEGER PRIMARY KEY, server TEXT NOT NULL, at INTEGER NOT NULL, health_before TEXT NOT NULL,
  health TEXT NOT NULL, version_before TEXT NOT NULL, version TEXT NOT NULL, reason TEXT NOT NULL,
  revision INTEGER NOT NULL) STRICT;
CREATE INDEX transitions_server ON transitions (server, at);
CREATE TABLE alerts (
  alert_number INTEGER PRIMARY KEY, alert_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, severity TEXT NOT NULL,
  state TEXT NOT NULL, target TEXT NOT NULL, summary TEXT NOT NULL, since INTEGER NOT NULL, resolved_at INTEGER,
  origin TEXT NOT NULL, link TEXT NOT NULL, words TEXT NOT NULL, revision INTEGER NOT NULL) STRICT;
CREATE INDEX alerts_order ON alerts (state, severity, since);
CREATE TABLE diffs (
  commit_id TEXT PRIMARY KEY, files TEXT NOT NULL, patch TEXT NOT NULL, message TEXT NOT NULL,
  truncated TEXT NOT NULL, revision INTEGER NOT NULL) STRICT;
INSERT INTO tables VALUES
  ('stamps', 0, 0), ('sources', 0, 0), ('heartbeat', 0, 0), ('commits', 0, 0), ('branch', 0, 0), ('releases', 0, 0),
  ('changes', 0, 0), ('sizes', 0, 0), ('paths', 0, 0), ('builds', 0, 0), ('test_runs', 0, 0), ('flaky', 0, 0),
  ('features', 0, 0), ('servers', 0, 0), ('readings', 0, 0), ('sightings', 0, 0), ('transitions', 0, 0),
  ('alerts', 0, 0), ('diffs', 0, 0)
"""

_SECOND = """
CREATE TABLE events (
  position INTEGER PRIMARY KEY, commit_id TEXT NOT NULL, event_id TEXT NOT NULL, actor TEXT NOT NULL,
  kind TEXT NOT NULL, target TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL, expect TEXT NOT NULL,
  since TEXT NOT NULL, version INTEGER NOT NULL, ledger TEXT NOT NULL, fingerprint TEXT NOT NULL,
  effective INTEGER NOT NULL, reason TEXT NOT NULL, alarm INTEGER NOT NULL, proof TEXT NOT NULL,
  revision INTEGER NOT NULL) STRICT;
CREATE TABLE decisions (
  kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, revision INTEGER NOT NULL,
  PRIMARY KEY (kind, key)) STRICT, WITHOUT ROWID;
CREATE INDEX decisions_revision ON decisions (revision);
CREATE TABLE ledger (
  one INTEGER PRIMARY KEY CHECK (one = 1), place TEXT NOT NULL, head TEXT NOT NULL, position INTEGER NOT NULL,
  checkpoints TEXT NOT NULL, alarms INTEGER NOT NULL, standing TEXT NOT NULL, revision INTEGER NOT NULL) STRICT;
CREATE TABLE lanes (
  commit_id TEXT PRIMARY KEY, lane TEXT NOT NULL, reason TEXT NOT NULL, revision INTEGER NOT NULL) STRICT,
  WITHOUT ROWID;
INSERT INTO tables VALUES ('events', 0, 0), ('decisions', 0, 0), ('ledger', 0, 0), ('lanes', 0, 0)
"""

_THIRD = """
CREATE TABLE asked (
  feature_id TEXT PRIMARY KEY, title TEXT NOT NULL, requester TEXT NOT NULL, claimed_urgency TEXT NOT NULL,
  rank INTEGER NOT NULL, state TEXT NOT NULL, state_reason TEXT NOT NULL, commits TEXT NOT NULL, link TEXT NOT NULL,
  revision INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO asked SELECT
  feature_id, title, requester, claimed_urgency, rank, state, state_reason, commits, link, revision FROM features;
ALTER TABLE features ADD COLUMN backing TEXT NOT NULL DEFAULT '';
INSERT INTO tables VALUES ('asked', 0, 0)
"""

_FOURTH = """
CREATE TABLE patches (
  commit_id TEXT PRIMARY KEY, patch_id TEXT NOT NULL, revision INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE shipping (
  one INTEGER PRIMARY KEY CHECK (one = 1), body TEXT NOT NULL, revision INTEGER NOT NULL) STRICT;
INSERT INTO tables VALUES ('patches', 0, 0), ('shipping', 0, 0)
"""

_FIFTH = """
CREATE TABLE gates (
  position INTEGER PRIMARY KEY, name TEXT NOT NULL, commit_id TEXT NOT NULL, ending TEXT NOT NULL,
  exit_status INTEGER NOT NULL, said TEXT NOT NULL, log TEXT NOT NULL, observed_at INTEGER, expires_at INTEGER,
  revision INTEGER NOT NULL) STRICT;
INSERT INTO tables VALUES ('gates', 0, 0)
"""

_SIXTH = """
ALTER TABLE servers ADD COLUMN digest TEXT NOT NULL DEFAULT '';
ALTER TABLE servers ADD COLUMN custody TEXT NOT NULL DEFAULT '';
CREATE INDEX servers_custody ON servers (custody, name) WHERE custody <> ''
"""

_SEVENTH = """
CREATE TABLE rollouts (
  environment TEXT PRIMARY KEY, rollout TEXT NOT NULL, body TEXT NOT NULL, observed_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL, revision INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE rollout_servers (
  number INTEGER PRIMARY KEY, environment TEXT NOT NULL, rollout TEXT NOT NULL, position INTEGER NOT NULL,
  server TEXT NOT NULL, zone TEXT NOT NULL, wave INTEGER NOT NULL, state TEXT NOT NULL, since INTEGER NOT NULL,
  reason TEXT NOT NULL, step TEXT NOT NULL, attempt INTEGER NOT NULL, log TEXT NOT NULL, words TEXT NOT NULL,
  revision INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX rollout_servers_name ON rollout_servers (environment, server);
CREATE INDEX rollout_servers_wave ON rollout_servers (environment, wave, position);
CREATE INDEX rollout_servers_cells ON rollout_servers (environment, zone, server, state);
CREATE INDEX rollout_servers_revision ON rollout_servers (revision);
INSERT INTO tables VALUES ('rollouts', 0, 0), ('rollout_servers', 0, 0)
"""

_EIGHTH = """
CREATE TABLE strays (
  position INTEGER PRIMARY KEY, commit_id TEXT NOT NULL, pull_request INTEGER, kind TEXT NOT NULL, scope TEXT NOT NULL,
  breaking INTEGER NOT NULL, subject TEXT NOT NULL, author TEXT NOT NULL, committed_at INTEGER NOT NULL,
  codebase TEXT NOT NULL, impact TEXT NOT NULL, impact_reason TEXT NOT NULL, contract_touched INTEGER NOT NULL,
  feature_id TEXT NOT NULL, files INTEGER, added INTEGER, removed INTEGER, build TEXT NOT NULL, link TEXT NOT NULL,
  place TEXT NOT NULL, words TEXT NOT NULL, revision INTEGER NOT NULL) STRICT;
INSERT INTO tables VALUES ('strays', 0, 0)
"""

MIGRATIONS: tuple[str, ...] = (_FIRST, _SECOND, _THIRD, _FOURTH, _FIFTH, _SIXTH, _SEVENTH, _EIGHTH)
"""Statements that lead from version n to n + 1, in order; what has been published is never edited."""

VERSION = len(MIGRATIONS)


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version of the schema in this database, 0 for an empty one."""
    return int(connection.execute("PRAGMA user_version").fetchall()[0][0])


def is_ours(connection: sqlite3.Connection) -> bool:
    """Tell whether the database is a cockpit's, or empty and so may become one."""
    (mark,) = connection.execute("PRAGMA application_id").fetchall()[0]
    return mark == APPLICATION_ID or not connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()


def refuse_newer(connection: sqlite3.Connection, where: str) -> None:
    """Raise CacheTooNewError, naming the version to install, when the schema is from a later cockpit."""
    if version_of(connection) <= VERSION:
        return
    writer = _writer_of(connection)
    raise CacheTooNewError(
        f"the cache was written by {f'cockpit {writer}' if writer else 'a newer cockpit'}, this is {__version__}",
        where=where,
        next_step=f"Install cockpit {writer or 'in its newest version'}, or remove the file: facts are read anew",
    )


def migrate(connection: sqlite3.Connection, patience_s: float) -> None:
    """Bring the schema to the present version, all or nothing; of several processes one does it."""
    if version_of(connection) == VERSION:
        return
    with tx(connection, patience_s):
        for number in range(version_of(connection), VERSION):
            for statement in MIGRATIONS[number].split(";\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('written_by', ?)", (__version__,))
        connection.execute("INSERT OR IGNORE INTO meta VALUES ('cache_id', hex(randomblob(16)))")


def id_of(connection: sqlite3.Connection) -> str:
    """Return what tells this cache from every other that ever bore its name: file numbers are used again.

    Empty for a cache without one, which only damage can make.
    """
    rows = connection.execute("SELECT value FROM meta WHERE name = 'cache_id'").fetchall()
    return str(rows[0][0]) if rows else ""


def _writer_of(connection: sqlite3.Connection) -> str:
    try:
        rows = connection.execute("SELECT value FROM meta WHERE name = 'written_by'").fetchall()
    except sqlite3.DatabaseError:  # a later schema need not have this table
        return ""
    return str(rows[0][0])[:40] if rows else ""
