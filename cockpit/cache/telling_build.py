"""Which of several builds of one commit speaks for it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cockpit.cache.writing import Writing

TELLING_ORDER = "result NOT IN ('passed', 'failed'), started_at DESC, observed_at DESC"
"""The newest that ran to its end; one that still runs or broke off does not hide what an earlier one has said."""


def telling_results(writing: "Writing") -> dict[str, str]:
    """Return the result of the build that speaks for each commit."""
    rows = writing.execute(f"SELECT commit_id, result FROM builds ORDER BY {TELLING_ORDER}")
    results: dict[str, str] = {}
    for commit_id, result in rows:
        results.setdefault(commit_id, result)
    return results
