"""What the fold keeps of one rollout."""

from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from typing import ClassVar

from cockpit.domain.decisions.by import By
from cockpit.domain.decisions.rollout_bodies import RolloutStopped
from cockpit.domain.record import record
from cockpit.domain.rollout.plan import RolloutPlan

EVERY_SERVER = "*"
"""Scope of a roll back that leaves nothing out."""


class RolloutPhase(Enum):
    """Where a rollout stands, by what was decided."""

    WAITING = "waiting"
    """A second person has to approve it."""
    RUNNING = "running"
    PAUSED = "paused"
    HALTED = "halted"
    """By the brake, or by itself; somebody has to look."""
    ABORTED = "aborted"
    """Never goes on; servers stay as they are until it is rolled back."""
    ROLLING_BACK = "rolling back"
    ROLLED_BACK = "rolled back"
    DONE = "done"

    @property
    def is_over(self) -> bool:
        """Whether another rollout may start in its environment."""
        return self in (RolloutPhase.ABORTED, RolloutPhase.ROLLED_BACK, RolloutPhase.DONE)


@record(frozen=True, slots=True)
class WaveOutcome:
    """A wave that is done."""

    wave: int
    by: By
    evidence: Mapping[str, str] = field(default_factory=dict)


@record(frozen=True, slots=True)
class BackOrder:
    """Servers that are to run again what they ran before."""

    scope: str
    """'*', 'zone/eu-1' or 'server/eu-1-03'."""
    reason: str
    by: By
    done: By | None = None
    failed: Mapping[str, str] = field(default_factory=dict)
    """Server that could not be brought back, now or before, to why."""


@record(frozen=True, slots=True)
class RolloutRecord:
    """One rollout, under its id: environment and position of the event that started it, 'production-141'."""

    TABLE: ClassVar[str] = "rollout"
    rollout: str
    plan: RolloutPlan
    station: str
    """Name of the executor."""
    started: By
    by: By
    """The last word of a person; its position is the token of `expect`."""
    phase: RolloutPhase
    controls: int
    """Token of the controls under which it runs: of another one nothing begins."""
    permitted: int
    """Waves up to this one may begin."""
    former: str = ""
    """Station that executed it before; empty when it was always this one."""
    former_host: str = ""
    """On which that station executed it, as far as it is known."""
    host: str = ""
    """Of the executor, once it has taken it on."""
    begun: By | None = None
    approved: By | None = None
    waves: tuple[WaveOutcome, ...] = ()
    soaks_skipped: tuple[int, ...] = ()
    attempt: int = 1
    """Raised by each retry: what failed before is done anew."""
    reason: str = ""
    """Why it stands where it stands, for people."""
    waits: str = ""
    """What the executor cannot judge by itself, for people; empty when it can."""
    halted: By | None = None
    """Who used the brake, or the station that stopped by itself."""
    is_confirmed: bool = True
    """Whether the executor has obeyed the brake."""
    stopped: RolloutStopped | None = None
    """With what evidence it halted by itself."""
    backs: tuple[BackOrder, ...] = ()
    is_unshared: bool = False
    """A roll back was decided at the executor while the remote was away."""
    unproved: bool = False
    """Whether steps of a former executor may still run."""
    ended: By | None = None

    @property
    def environment(self) -> str:
        """Where it goes."""
        return self.plan.environment

    @property
    def wave_done(self) -> int:
        """Number of the last wave that is done, 0 for none."""
        return max((outcome.wave for outcome in self.waves), default=0)

    @property
    def tries(self) -> int:
        """Number of the present try: retries and roll backs only grow in number, and so no two tries have one."""
        return self.attempt + len(self.backs)

    @property
    def back(self) -> BackOrder | None:
        """The roll back that is under way or was the last."""
        return self.backs[-1] if self.backs else None


@record(frozen=True, slots=True)
class RolloutNowRecord:
    """The newest rollout of an environment, under its name."""

    TABLE: ClassVar[str] = "rollout_now"
    environment: str
    rollout: str
    by: By
    """Of the event that started it."""
