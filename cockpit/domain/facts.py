"""What sources yield and the cache stores: one batch type for each kind of fact."""

from collections.abc import Mapping, Sequence

from cockpit.domain.alert import Alert
from cockpit.domain.build import Build, TestRun
from cockpit.domain.change import Change, Diff
from cockpit.domain.command_gate import CommandGate
from cockpit.domain.commit import BranchState, Commit, Release
from cockpit.domain.feature import Feature
from cockpit.domain.fleet import Probe
from cockpit.domain.record import record
from cockpit.domain.rollout.live import RolloutLive, ServerLive
from cockpit.domain.shipping_facts import ShippingFacts


@record(frozen=True, slots=True)
class CommitsSeen:
    """A stretch of history; commits known already are left as they are."""

    commits: Sequence[Commit]


@record(frozen=True, slots=True)
class BranchSeen:
    """The release branch as it is now."""

    state: BranchState


@record(frozen=True, slots=True)
class ReleasesSeen:
    """Every release tag there is; tags known before and absent here are gone."""

    releases: Sequence[Release]


@record(frozen=True, slots=True)
class ChangesSeen:
    """The whole change list, oldest first; changes known before and absent here are gone."""

    changes: Sequence[Change]


@record(frozen=True, slots=True)
class SizesSeen:
    """Files, lines added and lines removed by commit id; lines are None where only binary files changed."""

    sizes: Mapping[str, tuple[int, int | None, int | None]]


@record(frozen=True, slots=True)
class PathsSeen:
    """Paths that unreleased changes touch, by commit id; for flakiness and for what is entangled with what."""

    paths: Mapping[str, tuple[str, ...]]


@record(frozen=True, slots=True)
class PatchesSeen:
    """Patch ids by commit id; true for ever, so what was known before stays."""

    patches: Mapping[str, str]


@record(frozen=True, slots=True)
class LanesSeen:
    """Which way every change of the candidate goes; lanes known before and absent here are gone."""

    lanes: Mapping[str, tuple[str, str]]
    """Commit id to the lane in few words and why."""
    counted: ShippingFacts | None = None
    """The same in numbers, for the gates; None while there is no candidate, or nobody can tell."""
    changes: Sequence[Change] = ()
    """The changes themselves, oldest first: those that the branch's list lacks are kept as strays."""


@record(frozen=True, slots=True)
class GatesSeen:
    """Every gate of the team's own, in the order of the settings; those known before and absent here are gone."""

    gates: Sequence[CommandGate]


@record(frozen=True, slots=True)
class BuildSeen:
    """One build and what its tests did; seen again it replaces the former."""

    build: Build
    tests: Sequence[TestRun] = ()


@record(frozen=True, slots=True)
class FeaturesSeen:
    """Every feature there is; features known before and absent here are gone."""

    features: Sequence[Feature]


@record(frozen=True, slots=True)
class ProbesSeen:
    """Answers of servers; with `complete` every server not named here is gone from the fleet."""

    probes: Sequence[Probe]
    complete: bool = False


@record(frozen=True, slots=True)
class AlertsSeen:
    """Alerts of one origin as they are now; firing ones of that origin absent here are resolved."""

    origin: str
    alerts: Sequence[Alert]


@record(frozen=True, slots=True)
class DiffSeen:
    """The text of one change, because a screen asked for it."""

    diff: Diff


@record(frozen=True, slots=True)
class RolloutSeen:
    """One rollout as its executor sees it; servers known before in its environment and absent here are gone."""

    live: RolloutLive
    servers: Sequence[ServerLive]
    """Every server of every wave, in the order in which they are done."""


Facts = (
    CommitsSeen
    | BranchSeen
    | ReleasesSeen
    | ChangesSeen
    | SizesSeen
    | PathsSeen
    | PatchesSeen
    | LanesSeen
    | GatesSeen
    | BuildSeen
    | FeaturesSeen
    | ProbesSeen
    | AlertsSeen
    | DiffSeen
    | RolloutSeen
)
"""Anything a source may yield."""
