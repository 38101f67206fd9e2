"""How the change list is stored: in branch order, completed by what other facts say of each change."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from cockpit.cache.rows import CHANGE_COLUMNS, Row, change_row
from cockpit.cache.stamps import stamp
from cockpit.cache.telling_build import telling_results
from cockpit.cache.words import change_words
from cockpit.cache.writing import Step, Writing
from cockpit.domain.facts import ChangesSeen, SizesSeen

CHANGES_A_STEP = 1500
"""A long list is stored oldest first in several transactions: readers see it grow."""

_COLUMNS = f"{CHANGE_COLUMNS}, declared_feature"
_FEATURE, _FILES, _BUILD = 12, 13, 16
_INSERT = f"INSERT INTO changes (position, {_COLUMNS}, revision, change_id) VALUES ({', '.join('?' * 22)})"
_UPDATE = (
    f"UPDATE changes SET position = ?, {', '.join(f'{name} = ?' for name in _COLUMNS.split(', '))}, revision = ?"
    " WHERE change_id = ?"
)

Entry = tuple[int, int, Row]
"""change_id, position, values of the columns."""


def changes_steps(facts: ChangesSeen) -> Iterator[Step]:
    """Replace the change list; what is known of sizes, builds and features is filled in."""
    listed = {change.commit_id: change for change in facts.changes}
    rows = [(*change_row(change), change.feature_id) for change in listed.values()]
    yield lambda writing: _forget(writing, listed.keys())
    for start in range(0, len(rows), CHANGES_A_STEP):
        part = rows[start : start + CHANGES_A_STEP]
        yield lambda writing, start=start, part=part: _store(writing, start, part)  # type: ignore[misc]
    yield lambda writing: stamp(writing, "changes")


def sizes_steps(facts: SizesSeen) -> Iterator[Step]:
    """Note how large changes are."""
    sizes = [(commit_id, *size) for commit_id, size in facts.sizes.items()]
    for start in range(0, len(sizes), CHANGES_A_STEP):
        part = sizes[start : start + CHANGES_A_STEP]
        yield lambda writing, part=part: _put_sizes(writing, part)  # type: ignore[misc]


def refresh_changes(writing: Writing, commit_ids: Collection[str]) -> None:
    """Fill anew into these changes what other facts say about them: sizes, builds, features."""
    known = _known_changes(writing)
    placed = [known[commit_id][1:] for commit_id in commit_ids if commit_id in known]
    completed = _completed(writing, [row for _, row in placed])
    _write(writing, [(position, row) for (position, _), row in zip(placed, completed, strict=True)])


def refresh_words(writing: Writing, commit_ids: Collection[str]) -> None:
    """Have filters find these changes by the lane they have now."""
    known, lanes = _known_changes(writing), known_lanes(writing)
    entries = [known[commit_id] for commit_id in commit_ids if commit_id in known]
    writing.many(
        "INSERT OR REPLACE INTO change_words VALUES (?, ?, ?)",
        ((change_id, position, change_words(row, lanes.get(row[0], ("",))[0])) for change_id, position, row in entries),
    )


def listed(writing: Writing) -> Collection[str]:
    """Return the commit ids of the change list."""
    return _known_changes(writing).keys()


def known_lanes(writing: Writing) -> dict[str, tuple[str, str]]:
    """Return lane and reason by commit id."""

    def read() -> dict[str, tuple[str, str]]:
        return {row[0]: row[1:] for row in writing.execute("SELECT commit_id, lane, reason FROM lanes")}

    lanes: dict[str, tuple[str, str]] = writing.recall("lanes", ("lanes",), read)
    return lanes


def _put_sizes(writing: Writing, sizes: Sequence[Row]) -> None:
    known = _sizes(writing)
    new = [row for row in sizes if known.get(row[0]) != row[1:]]
    if new:
        writing.touch("sizes")
        statement = "INSERT OR REPLACE INTO sizes VALUES (?, ?, ?, ?, ?)"
        writing.many(statement, ((*row, writing.revision) for row in new))
        known.update((row[0], row[1:]) for row in new)
        refresh_changes(writing, [row[0] for row in new])


def _store(writing: Writing, start: int, rows: Sequence[Row]) -> None:
    _write(writing, list(enumerate(_completed(writing, rows), start)))


def _forget(writing: Writing, listed: Collection[str]) -> None:
    known, sizes = _known_changes(writing), _sizes(writing)
    gone = [commit_id for commit_id in known if commit_id not in listed]
    if not gone:
        return
    writing.touch("changes", "sizes", "paths", moved=True)
    ids = [(known.pop(commit_id)[0],) for commit_id in gone]
    writing.many("DELETE FROM change_words WHERE change_id = ?", ids)
    writing.many("DELETE FROM changes WHERE change_id = ?", ids)
    for commit_id in gone:
        sizes.pop(commit_id, None)
    for table in ("sizes", "paths"):
        writing.many(f"DELETE FROM {table} WHERE commit_id = ?", ((commit_id,) for commit_id in gone))


def _known_changes(writing: Writing) -> dict[str, Entry]:
    def read() -> dict[str, Entry]:
        rows = writing.execute(f"SELECT change_id, position, {_COLUMNS} FROM changes")
        return {row[2]: (row[0], row[1], row[2:]) for row in rows}

    known: dict[str, Entry] = writing.recall("changes", ("changes",), read)
    return known


def _completed(writing: Writing, rows: Sequence[Row]) -> list[Row]:
    known, sizes = _known_changes(writing), _sizes(writing)
    features, results = _features_by_commit(writing), telling_results(writing)
    completed = []
    for row in rows:
        values: list[Any] = list(row)
        commit_id = values[0]
        values[_FEATURE] = values[-1] or features.get(commit_id, "")
        values[_BUILD] = results.get(commit_id, values[_BUILD])
        if commit_id in sizes:
            values[_FILES : _FILES + 3] = sizes[commit_id]
        elif values[_FILES] is None and commit_id in known:
            values[_FILES : _FILES + 3] = known[commit_id][2][_FILES : _FILES + 3]
        completed.append(tuple(values))
    return completed


def _write(writing: Writing, placed: Sequence[tuple[int, Row]]) -> None:
    known, lanes = _known_changes(writing), known_lanes(writing)
    next_id = writing.next_id("changes")
    new, changed, words, moved = [], [], [], False
    for position, row in placed:
        entry = known.get(row[0])
        if entry is not None and entry[1] == position and entry[2] == row:
            continue
        if entry is None:
            change_id, next_id = next_id, next_id + 1
            new.append((position, *row, writing.revision, change_id))
        else:
            change_id, moved = entry[0], moved or entry[1] != position
            changed.append((position, *row, writing.revision, change_id))
        words.append((change_id, position, change_words(row, lanes.get(row[0], ("",))[0])))
        known[row[0]] = (change_id, position, row)
    if words:
        writing.touch("changes", moved=moved)
        writing.many(_UPDATE, changed)
        writing.many(_INSERT, new)
        writing.many("INSERT OR REPLACE INTO change_words VALUES (?, ?, ?)", words)


def _sizes(writing: Writing) -> dict[str, Row]:
    def read() -> dict[str, Row]:
        return {row[0]: row[1:] for row in writing.execute("SELECT commit_id, files, added, removed FROM sizes")}

    sizes: dict[str, Row] = writing.recall("sizes", ("sizes",), read)
    return sizes


def _features_by_commit(writing: Writing) -> dict[str, str]:
    rows = writing.execute("SELECT feature_id, commits FROM features ORDER BY rank DESC")
    return {commit_id: feature_id for feature_id, commits in rows for commit_id in commits.split()}
