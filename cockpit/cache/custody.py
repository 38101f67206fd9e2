"""What the cache knows of the digests that releases recorded, and how the servers stand to them."""

import json
import sqlite3

from cockpit.cache.writing import Writing
from cockpit.domain.custody import Custody, CustodySummary, CutRelease, CutReleases


def read_cut_releases(writing: Writing) -> CutReleases:
    """Return the releases of the fold as they are stored now."""
    bodies = writing.execute("SELECT body FROM decisions WHERE kind = 'release'")
    return CutReleases(_cut_release(body) for (body,) in bodies)


def known_cut_releases(writing: Writing) -> CutReleases:
    """Return the same as it is remembered; read anew only after something was decided."""
    cut: CutReleases = writing.recall("cut", ("decisions",), lambda: read_cut_releases(writing))
    return cut


def count_custody(connection: sqlite3.Connection) -> CustodySummary:
    """Count the servers that run a release with recorded digests."""
    rows = connection.execute("SELECT custody, count(*) FROM servers WHERE custody <> '' GROUP BY custody").fetchall()
    counts = dict(rows)
    named = "SELECT name FROM servers WHERE custody = ? AND custody <> '' ORDER BY name"
    mismatched = connection.execute(named, (Custody.MISMATCH.value,)).fetchall()
    return CustodySummary(
        proved=counts.get(Custody.PROVED.value, 0),
        not_proved=counts.get(Custody.NOT_PROVED.value, 0),
        mismatched=tuple(name for (name,) in mismatched),
    )


def _cut_release(body: str) -> CutRelease:
    """A record that another version wrote in another shape recorded nothing that could be compared."""
    try:
        told = json.loads(body)
        return CutRelease(told["version"], told["tag"], told["candidate"], tuple(told["digests"].values()))
    except (ValueError, KeyError, TypeError, AttributeError):
        return CutRelease("", "", "", ())
