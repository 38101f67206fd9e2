"""What header and panes say of people's decisions; small, so that a screen has it before it paints."""

from dataclasses import field
from datetime import datetime, timedelta
from enum import Enum

from cockpit.domain.decisions.calendar import TrainCalendar
from cockpit.domain.decisions.gating_now import GatingNow
from cockpit.domain.record import record


class LedgerHealth(Enum):
    """Whether decisions reach everybody."""

    NONE = "none"
    """Nobody has begun a ledger here."""
    LOCAL = "local"
    """There is no remote: decisions stay on this machine."""
    SHARED = "shared"
    UNREACHABLE = "unreachable"
    """The remote does not answer in time: what can wait is queued, the rest is refused."""
    FROZEN = "frozen"
    """The chain was rewritten or rolled back: nothing conditional is decided until people have looked."""


@record(frozen=True, slots=True)
class LedgerState:
    """How the ledger stands on this machine."""

    health: LedgerHealth = LedgerHealth.NONE
    place: str = ""
    """Remote and ref, without credentials."""
    position: int = 0
    head: str = ""
    reason: str = ""
    """Why it is not shared, for people."""
    next_step: str = ""
    queued: int = 0
    """Intents that wait on this machine."""
    alarms: int = 0
    """Events that somebody should look at, and whose alarm nobody has acknowledged."""
    not_understood: int = 0
    """Kinds of decisions that a newer cockpit wrote and nobody has acknowledged; what they say is not known here."""
    synced_at: datetime | None = None


@record(frozen=True, slots=True)
class ControlsNow:
    """Who may act on the rollouts of one environment."""

    environment: str
    holder: str = ""
    offered_to: str = ""
    requested_by: str = ""


@record(frozen=True, slots=True)
class LockNow:
    """A lock in force."""

    scope: str
    reason: str
    is_blocking: bool
    by: str
    position: int
    at: datetime
    may_ship: tuple[str, ...] = ()
    link: str = ""
    review_at: datetime | None = None


@record(frozen=True, slots=True)
class CandidateNow:
    """What is to ship."""

    commit: str
    base: str
    train: str
    is_hotfix: bool
    by: str
    at: datetime


@record(frozen=True, slots=True)
class BallotNow:
    """A lead's ballot for the train that is voted on."""

    lead: str
    features: tuple[str, ...]
    """What it counts for, best first."""


SHOWN_AFTER = timedelta(hours=12)
"""How long a rollout that has ended stays in sight."""


@record(frozen=True, slots=True)
class RolloutNow:
    """The newest rollout of one environment, in short."""

    rollout: str
    environment: str
    release: str
    before: str
    """Version that most of its servers ran before; empty where none was known."""
    strategy: str
    phase: str
    """As `RolloutPhase` calls it."""
    sizes: tuple[int, ...]
    """How many servers each wave has."""
    wave_done: int
    """Number of the last wave that is done."""
    wave_name: str
    """Of the present wave, the first that is not done; empty when all are."""
    permitted: int
    """Waves up to this one may begin."""
    started_by: str
    started_at: datetime
    station: str
    host: str
    """Of the executor, once it has taken it on."""
    token: int
    """Position of the last word of a person."""
    said_by: str
    """Whose word that was."""
    is_under_controls: bool = True
    """Whether it runs under the controls as they are held now; otherwise nothing of it begins."""
    attempt: int = 1
    reason: str = ""
    waits: str = ""
    halted_by: str = ""
    halted_at: datetime | None = None
    is_confirmed: bool = True
    """Whether the executor has obeyed the brake."""
    failed: tuple[tuple[str, str], ...] = ()
    """The first servers for which it halted by itself, or that could not be brought back, and why."""
    evidence: tuple[tuple[str, str], ...] = ()
    """Figures with which it halted by itself."""
    back: str = ""
    """Scope of the roll back under way or last; empty when there was none."""
    is_unshared: bool = False
    unproved: bool = False
    ended_at: datetime | None = None
    baseline: tuple[str, ...] = ()
    """Ids of the alerts that fired already when it started, at most 500 and only while it is under way."""

    @property
    def waves(self) -> int:
        """How many waves it has."""
        return len(self.sizes)

    @property
    def wave(self) -> int:
        """Number of the present wave; of the last when all are done."""
        return min(self.wave_done + 1, self.waves)

    @property
    def servers(self) -> int:
        """How many servers it is about."""
        return sum(self.sizes)

    @property
    def is_over(self) -> bool:
        """Whether nothing of it goes on any more, unless somebody rolls it back."""
        return self.phase in ("aborted", "rolled back", "done")

    def is_shown(self, now: datetime) -> bool:
        """Tell whether a screen shows it: it is under way, or has ended not long ago."""
        return not self.is_over or self.ended_at is None or now - self.ended_at < SHOWN_AFTER


@record(frozen=True, slots=True)
class Standing:
    """Everything decided that a screen shows without being asked."""

    ledger: LedgerState = field(default_factory=LedgerState)
    administrator: str = ""
    train: str = ""
    """Id of the train that runs; empty when none is open."""
    next_train: str = ""
    """Id of the other open train."""
    is_cut_off: bool = False
    """Whether the train that runs has its candidate."""
    calendar: TrainCalendar | None = None
    """None when no policy is in force."""
    candidate: CandidateNow | None = None
    release: str = ""
    """Version of the release cut last."""
    on_duty: str = ""
    """Who the duty was handed to last; whose it is now, by the rota too, `domain.on_duty.duty_now` says."""
    duty_turn: str = ""
    """Turn of the rota that was handed over; empty is until somebody hands over again."""
    call_owner: str = ""
    """Of the last environment."""
    environments: tuple[str, ...] = ()
    controls: tuple[ControlsNow, ...] = ()
    locks: tuple[LockNow, ...] = ()
    voted_train: str = ""
    """Id of the train that leads vote for; empty when none is open."""
    ballots: tuple[BallotNow, ...] = ()
    """Cast for that train."""
    gating: GatingNow | None = None
    """What the gates rest on; None where nobody has begun a ledger."""
    open_calls: int = 0
    """Deployments that wait for keep or roll back."""
    call_due: datetime | None = None
    """Nearest deadline of those."""
    rollouts: tuple[RolloutNow, ...] = ()
    """The newest of each environment, in the order of the environments."""
