"""How the changes of the candidate are stored that the branch's own list lacks."""

from collections.abc import Mapping

from cockpit.cache.put_changes import listed
from cockpit.cache.rows import CHANGE_COLUMNS, Row, change_row
from cockpit.cache.telling_build import telling_results
from cockpit.cache.words import change_words, fold
from cockpit.cache.writing import Writing
from cockpit.domain.change import NOT_LISTED, Change
from cockpit.domain.facts import LanesSeen

_BUILD = CHANGE_COLUMNS.split(", ").index("build")
_COLUMNS = f"position, {CHANGE_COLUMNS}, place, words"
_MARKS = ", ".join("?" * (len(_COLUMNS.split(", ")) + 1))


def put_strays(writing: Writing, facts: LanesSeen) -> None:
    """Replace them; positions follow each other, as the order of a list wants it."""
    known = listed(writing)
    strays = [change for change in facts.changes if change.commit_id not in known]
    results = telling_results(writing) if strays else {}
    rows = [(place, *_row(change, results, facts)) for place, change in enumerate(strays)]
    if writing.execute(f"SELECT {_COLUMNS} FROM strays ORDER BY position") == rows:
        return
    writing.touch("strays", moved=True)
    writing.execute("DELETE FROM strays")
    writing.many(f"INSERT INTO strays ({_COLUMNS}, revision) VALUES ({_MARKS})", ((*r, writing.revision) for r in rows))


def _row(change: Change, results: Mapping[str, str], facts: LanesSeen) -> Row:
    values = list(change_row(change))
    values[_BUILD] = results.get(change.commit_id, values[_BUILD])
    row, place = tuple(values), change.place or NOT_LISTED
    lane = facts.lanes.get(change.commit_id, ("",))[0]
    return (*row, place, fold(change_words(row, lane), place))
