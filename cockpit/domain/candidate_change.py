"""The candidate and its changes, with everything that decides whether they ship."""

from collections.abc import Iterable, Mapping
from dataclasses import field

from cockpit.domain.build import Build, BuildResult
from cockpit.domain.change import Change
from cockpit.domain.freshness import Freshness
from cockpit.domain.record import record


@record(frozen=True, slots=True)
class Revert:
    """What one change says of another: that it undoes it."""

    commit: str
    """Full id of the change that is undone."""
    is_exact: bool
    """Whether it does exactly the opposite; only then both together are known to do nothing."""


@record(frozen=True, slots=True)
class FlagOff:
    """Evidence that what a change does is switched off where the candidate is to go."""

    flag: str
    environment: str
    freshness: Freshness


@record(frozen=True, slots=True)
class CandidateChange:
    """One change of the candidate."""

    change: Change
    paths: tuple[str, ...] | None
    """Every path it touches; None when they are not known, or too many to be listed."""
    patch: str = ""
    """Patch id; empty when it is not known, and for a change that touches nothing."""
    reverts: tuple[Revert, ...] = ()
    irreversible: str = ""
    """What its trailer `Irreversible:` says, or empty."""
    flag: str = ""
    """Name of the flag behind which it lies, as its trailer `Flag:` says, or empty."""

    @property
    def commit(self) -> str:
        """Full id of the first-parent commit."""
        return self.change.commit_id


@record(frozen=True, slots=True)
class Stray:
    """A commit that one line of history has and another lacks."""

    commit: str
    subject: str


@record(frozen=True, slots=True)
class CandidateFacts:
    """What git tells of a candidate."""

    commit: str
    base: str
    """Tag or commit of the release it is to follow, as the ledger names it; empty for the first."""
    changes: tuple[CandidateChange, ...]
    """First-parent, oldest first."""
    incomplete: str = ""
    """Why changes may be missing from the list; empty when it is whole."""
    lacks: tuple[Stray, ...] = ()
    """What the release it is to follow holds and the candidate does not."""
    missing_on_branch: tuple[Stray, ...] = ()
    """What the release branch still lacks of a hotfix."""


@record(frozen=True, slots=True)
class ShippingEvidence:
    """What else is known of the candidate's changes."""

    contract_passed: Mapping[str, bool] = field(default_factory=dict)
    """Full commit id to whether its contract tests passed; commits where none ran are left out."""
    flags_off: Mapping[str, FlagOff] = field(default_factory=dict)
    """Full commit id to the flag that keeps the change from doing anything."""


def contract_tests(builds: Iterable[Build]) -> dict[str, bool]:
    """Return commit id to whether its contract tests passed: the newest build that ran them to their end decides."""
    ended = [build for build in builds if build.result in (BuildResult.PASSED, BuildResult.FAILED)]
    told = sorted(ended, key=lambda build: build.started_at)
    return {build.commit_id: build.contract_passed for build in told if build.contract_passed is not None}
