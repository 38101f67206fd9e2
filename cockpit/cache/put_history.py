"""How history, the branch, releases, paths and diffs are stored."""

import json
import time
from collections.abc import Iterator, Sequence
from itertools import chain, islice

from cockpit.cache.moments import to_us
from cockpit.cache.put_servers import judge_versions
from cockpit.cache.rows import branch_body, diff_row
from cockpit.cache.stamps import stamp
from cockpit.cache.writing import Step, Writing
from cockpit.domain.commit import Commit
from cockpit.domain.facts import BranchSeen, CommitsSeen, DiffSeen, PathsSeen, ReleasesSeen

DIFFS_KEPT = 200

COMMITS_A_STEP = 3000
"""Few enough that nobody else waits longer than some thirty milliseconds for the writer's place.

Ids are random, so every step writes nearly every page of their index: twice as many commits a step halve that.
"""

HOLD_S = 0.02
"""After so long a step ends with what it has: where the machine is busy, few commits take as long as many."""

COMMITS_A_STATEMENT = 100
"""Other threads run while a statement does, and one with many rows takes less time than many with one."""

_INSERT_ONE = "INSERT OR IGNORE INTO commits VALUES (?2, ?3, ?4, ?5, ?6, ?7, ?1)"


def _insert_many() -> str:
    """Return the statement for `COMMITS_A_STATEMENT` rows; all of them share the first parameter, the revision."""
    places = iter(range(2, 2 + 6 * COMMITS_A_STATEMENT))
    rows = (", ".join(f"?{place}" for place in islice(places, 6)) for _ in range(COMMITS_A_STATEMENT))
    return f"INSERT OR IGNORE INTO commits VALUES {', '.join(f'({row}, ?1)' for row in rows)}"


_INSERT_MANY = _insert_many()


def commits_steps(facts: CommitsSeen) -> Iterator[Step]:
    """Add the commits that are not known yet, in several transactions."""
    left = _Left(facts.commits)
    while left.any:
        yield left.add_some


class _Left:
    """The commits of a batch that are still to be added."""

    def __init__(self, commits: Sequence[Commit]) -> None:
        self._commits = commits
        self._added = 0

    @property
    def any(self) -> bool:
        return self._added < len(self._commits)

    def add_some(self, writing: Writing) -> None:
        """Add as many as a step may."""
        connection, revision = writing.connection, writing.revision
        before, until = connection.total_changes, time.monotonic() + HOLD_S
        end = min(self._added + COMMITS_A_STEP, len(self._commits))
        while self._added < end:
            part = self._commits[self._added : min(self._added + COMMITS_A_STATEMENT, end)]
            if len(part) == COMMITS_A_STATEMENT:
                connection.execute(_INSERT_MANY, (revision, *chain.from_iterable(part)))
            else:
                connection.executemany(_INSERT_ONE, ((revision, *commit) for commit in part))
            self._added += len(part)
            if time.monotonic() > until:
                break
        if connection.total_changes > before:
            writing.touch("commits")


def put_branch(writing: Writing, facts: BranchSeen) -> None:
    """Replace what is known of the branch."""
    body = branch_body(facts.state)
    if writing.execute("SELECT body FROM branch") != [(body,)]:
        writing.touch("branch")
        writing.execute("INSERT OR REPLACE INTO branch VALUES (1, ?, ?, ?)", (body, facts.state.link, writing.revision))
    stamp(writing, "branch")


def put_releases(writing: Writing, facts: ReleasesSeen) -> None:
    """Replace the releases, and judge anew which servers are out-of-band."""
    new = {release.tag: (release.commit_id, to_us(release.released_at)) for release in facts.releases}
    old = {row[0]: row[1:] for row in writing.execute("SELECT tag, commit_id, released_at FROM releases")}
    gone = [(tag,) for tag in old.keys() - new.keys()]
    changed = [(tag, *new[tag], writing.revision) for tag in new if old.get(tag) != new[tag]]
    if gone or changed:
        writing.touch("releases", moved=bool(gone))
        writing.many("DELETE FROM releases WHERE tag = ?", gone)
        writing.many("INSERT OR REPLACE INTO releases VALUES (?, ?, ?, ?)", changed)
        judge_versions(writing)
    stamp(writing, "releases")


def put_paths(writing: Writing, facts: PathsSeen) -> None:
    """Note which paths changes touch."""
    known = dict(writing.execute("SELECT commit_id, paths FROM paths"))
    bodies = {commit_id: json.dumps(paths) for commit_id, paths in facts.paths.items()}
    new = [(commit_id, body, writing.revision) for commit_id, body in bodies.items() if known.get(commit_id) != body]
    if new:
        writing.touch("paths")
        writing.many("INSERT OR REPLACE INTO paths VALUES (?, ?, ?)", new)


def put_diff(writing: Writing, facts: DiffSeen) -> None:
    """Keep the diff of one change, and only the newest such."""
    row = diff_row(facts.diff)
    columns = "commit_id, files, patch, message, truncated"
    if writing.execute(f"SELECT {columns} FROM diffs WHERE commit_id = ?", (row[0],)) == [row]:
        return
    writing.touch("diffs")
    writing.execute(
        f"INSERT OR REPLACE INTO diffs ({columns}, revision) VALUES (?, ?, ?, ?, ?, ?)", (*row, writing.revision)
    )
    kept = "SELECT commit_id FROM diffs ORDER BY revision DESC, rowid DESC LIMIT ?"
    writing.execute(f"DELETE FROM diffs WHERE commit_id NOT IN ({kept})", (DIFFS_KEPT,))
