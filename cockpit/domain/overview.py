"""Everything the header and the pane titles say, as one frozen answer."""

from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING

from cockpit.domain.build import Build, FlakyTest
from cockpit.domain.commit import BranchState
from cockpit.domain.custody import NO_CUSTODY, CustodySummary
from cockpit.domain.decisions.standing import Standing
from cockpit.domain.fleet import Health, VersionShare
from cockpit.domain.freshness import NEVER, Freshness
from cockpit.domain.gate import Gate
from cockpit.domain.record import record
from cockpit.domain.shipping_facts import ShippingFacts
from cockpit.domain.source_state import Heartbeat, SourceState
from cockpit.domain.terms import Terms
from cockpit.domain.verdict import Verdict

if TYPE_CHECKING:
    from cockpit.domain.rollout.observed import Observed


@record(frozen=True, slots=True)
class RedSpell:
    """A stretch of time in which the release branch did not build."""

    commit_id: str
    """The first red after green: the change that broke it, unless others before it were not built."""
    author: str
    """Empty where nobody can be named: nothing before it was built."""
    subject: str
    since: datetime
    until: datetime | None
    """None while it lasts."""
    reason: str
    suspects: int = 1
    """How many changes may have broken it: those since the last green build; 0 when no build was green before."""


@record(frozen=True, slots=True)
class BranchHealth:
    """The one verdict on the release branch, and what it rests on."""

    verdict: Verdict
    """GO is deployable, NO_GO is broken."""
    reason: str
    state: BranchState | None
    freshness: Freshness
    builds: tuple[Build, ...]
    """Newest first, at most 20, one for each commit."""
    red: RedSpell | None
    """The present red spell, or None."""
    red_s_this_week: float
    """Seconds the branch was red since Monday 00:00 local."""
    coverage: float | None
    coverage_trend: float | None
    """Coverage now less the mean of the five builds before, in shares; None when there are none."""
    flaky: tuple[FlakyTest, ...]
    """Flakiest first, at most 50."""
    flaky_share: float | None
    """Flaky tests in all tests that ran lately, 0 to 1; None when no test results are known."""
    tests_known: int
    on_duty: str


@record(frozen=True, slots=True)
class ChangesSummary:
    """Counts over the change list."""

    total: int
    user_impact: int
    no_impact: int
    unknown_impact: int
    failed: int
    """Changes at whose commit the build failed."""
    since_tag: str
    freshness: Freshness


@record(frozen=True, slots=True)
class ZoneSummary:
    """One zone of the fleet; every server as one character of `cells`, in name order."""

    zone: str
    first_position: int
    """Position of the zone's first server in the server list (zones and names in order)."""
    cells: str
    """'u' up, 'f' failing, 'd' down, '?' unknown or expired; upper case when out-of-band."""
    versions: bytes
    """Index into FleetSummary.versions for each cell (255 for beyond the first 255)."""


@record(frozen=True, slots=True)
class FleetSummary:
    """Counts over the servers."""

    total: int
    by_health: tuple[tuple[Health, int], ...]
    versions: tuple[VersionShare, ...]
    """Most servers first."""
    zones: tuple[ZoneSummary, ...]
    out_of_band: int
    freshness: Freshness
    custody: CustodySummary = NO_CUSTODY


@record(frozen=True, slots=True)
class AlertsSummary:
    """Counts over the alerts."""

    page: int
    warn: int
    info: int
    """Firing, by severity."""
    pending: int
    resolved: int
    newest: str
    """Name and target of the newest firing page, or of the newest firing alert, or empty."""
    blind: tuple[str, ...]
    """Sources without which nothing can be said about alerts now."""
    pages: tuple[tuple[str, str], ...] = ()
    """Id, and name and target, of the newest firing pages, at most 500."""


@record(frozen=True, slots=True)
class BoardSummary:
    """Counts over the features."""

    total: int
    by_state: tuple[tuple[str, int], ...]
    freshness: Freshness


@record(frozen=True, slots=True)
class Overview:
    """The answer to: may we ship now, what is happening, can I trust this screen."""

    read_at: datetime
    terms: Terms
    verdict: Verdict
    gates: tuple[Gate, ...]
    agent_alive: bool
    heartbeat: Heartbeat | None
    branch: BranchHealth
    board: BoardSummary
    changes: ChangesSummary
    fleet: FleetSummary
    alerts: AlertsSummary
    sources: tuple[SourceState, ...]
    cache_note: str = ""
    """What is wrong with the cache itself, for people; empty when nothing is."""
    next_expiry: datetime | None = None
    """When the next fact expires and this answer has to be made anew."""
    standing: Standing = field(default_factory=Standing)
    """What people have decided, in short."""
    shipping: ShippingFacts | None = None
    """What becomes of the candidate's changes; None while nobody has looked."""
    rollouts: "tuple[Observed, ...]" = ()
    """As their executors told of them here: on the machine of each."""


EMPTY_BRANCH = BranchHealth(
    verdict=Verdict.UNKNOWN,
    reason="nothing known yet",
    state=None,
    freshness=NEVER,
    builds=(),
    red=None,
    red_s_this_week=0.0,
    coverage=None,
    coverage_trend=None,
    flaky=(),
    flaky_share=None,
    tests_known=0,
    on_duty="",
)
