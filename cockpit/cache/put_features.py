"""How the features of the priority board are stored."""

from cockpit.cache.put_changes import refresh_changes
from cockpit.cache.rows import FEATURE_COLUMNS, feature_row
from cockpit.cache.stamps import stamp
from cockpit.cache.words import feature_words
from cockpit.cache.writing import Writing
from cockpit.domain.facts import FeaturesSeen

_COMMITS = 7


def put_features(writing: Writing, facts: FeaturesSeen) -> None:
    """Replace the features, and name them anew in the changes that belong to them."""
    new = {feature.feature_id: feature_row(feature) for feature in facts.features}
    old = {row[0]: row for row in writing.execute(f"SELECT {FEATURE_COLUMNS} FROM features")}
    gone = [(feature_id,) for feature_id in old.keys() - new.keys()]
    changed = [row for feature_id, row in new.items() if old.get(feature_id) != row]
    if gone or changed:
        writing.touch("features", moved=True)
        writing.many("DELETE FROM features WHERE feature_id = ?", gone)
        writing.many(
            f"INSERT OR REPLACE INTO features ({FEATURE_COLUMNS}, words, revision) VALUES ({', '.join('?' * 11)})",
            ((*row, feature_words(row), writing.revision) for row in changed),
        )
        touched = [*changed, *(row for feature_id, row in old.items() if new.get(feature_id) != row)]
        refresh_changes(writing, {commit_id for row in touched for commit_id in row[_COMMITS].split()})
    stamp(writing, "features")
