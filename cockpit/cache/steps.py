"""Which transactions a batch of facts takes, for every kind of batch."""

import sqlite3
from collections.abc import Iterator
from functools import partial

from cockpit.cache.put_alerts import alerts_steps
from cockpit.cache.put_builds import build_steps
from cockpit.cache.put_changes import changes_steps, sizes_steps
from cockpit.cache.put_features import put_features
from cockpit.cache.put_gates import put_gates
from cockpit.cache.put_history import commits_steps, put_branch, put_diff, put_paths, put_releases
from cockpit.cache.put_lanes import put_lanes, put_patches
from cockpit.cache.put_rollouts import rollout_steps
from cockpit.cache.put_servers import probes_steps
from cockpit.cache.writing import Step, Writing
from cockpit.domain.facts import (
    AlertsSeen,
    BranchSeen,
    BuildSeen,
    ChangesSeen,
    CommitsSeen,
    DiffSeen,
    Facts,
    FeaturesSeen,
    GatesSeen,
    LanesSeen,
    PatchesSeen,
    PathsSeen,
    ProbesSeen,
    ReleasesSeen,
    RolloutSeen,
    SizesSeen,
)


def steps_of(facts: Facts, connection: sqlite3.Connection) -> Iterator[Step]:
    """Return what to write, one transaction for each step; between two steps any other writer gets its turn."""
    match facts:
        case CommitsSeen():
            return commits_steps(facts)
        case ChangesSeen():
            return changes_steps(facts)
        case SizesSeen():
            return sizes_steps(facts)
        case ProbesSeen():
            return probes_steps(facts)
        case AlertsSeen():
            return alerts_steps(facts)
        case RolloutSeen():
            return rollout_steps(facts)
        case BuildSeen():
            return build_steps(facts, connection)
        case _:
            return iter((partial(_in_one, facts),))


def _in_one(
    facts: BranchSeen | ReleasesSeen | PathsSeen | PatchesSeen | LanesSeen | GatesSeen | FeaturesSeen | DiffSeen,
    writing: Writing,
) -> None:
    match facts:
        case BranchSeen():
            put_branch(writing, facts)
        case ReleasesSeen():
            put_releases(writing, facts)
        case PathsSeen():
            put_paths(writing, facts)
        case PatchesSeen():
            put_patches(writing, facts)
        case LanesSeen():
            put_lanes(writing, facts)
        case GatesSeen():
            put_gates(writing, facts)
        case FeaturesSeen():
            put_features(writing, facts)
        case DiffSeen():
            put_diff(writing, facts)
