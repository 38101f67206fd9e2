"""How the lanes of the candidate's changes and their patch ids are stored."""

import json
from dataclasses import asdict

from cockpit.cache.put_changes import known_lanes, refresh_words
from cockpit.cache.put_strays import put_strays
from cockpit.cache.writing import Writing
from cockpit.domain.facts import LanesSeen, PatchesSeen


def put_patches(writing: Writing, facts: PatchesSeen) -> None:
    """Keep patch ids for ever: a commit never does anything else."""
    known = {commit_id for (commit_id,) in writing.execute("SELECT commit_id FROM patches")}
    new = [(*pair, writing.revision) for pair in facts.patches.items() if pair[0] not in known]
    if new:
        writing.touch("patches")
        writing.many("INSERT INTO patches VALUES (?, ?, ?)", new)


def put_lanes(writing: Writing, facts: LanesSeen) -> None:
    """Replace the lanes and the strays, and have filters find changes by them."""
    _put_counted(writing, facts)
    put_strays(writing, facts)
    known = known_lanes(writing)
    gone = known.keys() - facts.lanes.keys()
    changed = {commit_id: lane for commit_id, lane in facts.lanes.items() if known.get(commit_id) != lane}
    if not gone and not changed:
        return
    writing.touch("lanes", moved=bool(gone))
    writing.many("DELETE FROM lanes WHERE commit_id = ?", ((commit_id,) for commit_id in gone))
    writing.many(
        "INSERT OR REPLACE INTO lanes VALUES (?, ?, ?, ?)",
        ((commit_id, *lane, writing.revision) for commit_id, lane in changed.items()),
    )
    for commit_id in gone:
        del known[commit_id]
    known.update(changed)
    refresh_words(writing, [*gone, *changed])


def _put_counted(writing: Writing, facts: LanesSeen) -> None:
    new = [] if facts.counted is None else [(json.dumps(asdict(facts.counted)),)]
    if writing.execute("SELECT body FROM shipping") != new:
        writing.touch("shipping", moved=True)
        writing.execute("DELETE FROM shipping")
        writing.many("INSERT INTO shipping VALUES (1, ?, ?)", ((body, writing.revision) for (body,) in new))
