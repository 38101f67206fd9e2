"""How history, the branch, releases, paths and diffs are stored."""

import json
from collections.abc import Iterator, Sequence
from itertools import chain

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

COMMITS_A_STATEMENT = 100
"""Other threads run while a statement does, and one with many rows takes less time than many with one."""

_INSERT_ONE = "INSERT OR IGNORE INTO commits VALUES (?, ?, ?, ?, ?, ?, ?)"
_INSERT_MANY = _INSERT_ONE + ", (?, ?, ?, ?, ?, ?, ?)" * (COMMITS_A_STATEMENT - 1)


def commits_steps(facts: CommitsSeen) -> Iterator[Step]:
    """Add the commits that are not known yet, in several transactions."""
    for start in range(0, len(facts.commits), COMMITS_A_STEP):
        part = facts.commits[start : start + COMMITS_A_STEP]
        yield lambda writing, part=part: _add_commits(writing, part)  # type: ignore[misc]


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


def _add_commits(writing: Writing, commits: Sequence[Commit]) -> None:
    connection, revision = writing.connection, writing.revision
    before = connection.total_changes
    rows = [(*commit, revision) for commit in commits]
    whole = len(rows) - len(rows) % COMMITS_A_STATEMENT
    for start in range(0, whole, COMMITS_A_STATEMENT):
        values = list(chain.from_iterable(rows[start : start + COMMITS_A_STATEMENT]))
        connection.execute(_INSERT_MANY, values)
    connection.executemany(_INSERT_ONE, rows[whole:])
    if connection.total_changes > before:
        writing.touch("commits")
