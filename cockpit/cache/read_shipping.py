"""What the cache knows of a candidate's changes besides the decisions: their builds, and patch ids read before."""

import sqlite3
from collections.abc import Mapping

from cockpit.cache.rows import BUILD_COLUMNS, build_of
from cockpit.domain.candidate_change import contract_tests
from cockpit.domain.record import record

_RESTS_ON = ("branch", "builds", "changes", "decisions")


@record(frozen=True, slots=True)
class ShippingBasis:
    """As of one moment."""

    contract_passed: Mapping[str, bool]
    """Commit id to whether its contract tests passed."""
    patches: Mapping[str, str]
    """Commit id to patch id."""


def read_mark(connection: sqlite3.Connection) -> tuple[int, ...]:
    """Return the revisions of everything that decides which changes ship."""
    marks = ", ".join("?" * len(_RESTS_ON))
    rows = connection.execute(f"SELECT revision FROM tables WHERE name IN ({marks}) ORDER BY name", _RESTS_ON)
    return tuple(revision for (revision,) in rows.fetchall())


def read_basis(connection: sqlite3.Connection) -> ShippingBasis:
    """Return builds and patches; the newest build that ran contract tests speaks for a commit."""
    told = f"SELECT {BUILD_COLUMNS} FROM builds WHERE contract_passed IS NOT NULL"
    builds = map(build_of, connection.execute(told).fetchall())
    return ShippingBasis(
        contract_passed=contract_tests(builds),
        patches=dict(connection.execute("SELECT commit_id, patch_id FROM patches").fetchall()),
    )
