"""What each kind of decision about a rollout says; those of the executor tell what came of it."""

from collections.abc import Mapping
from dataclasses import field

from cockpit.domain.decisions.event import EventClass
from cockpit.domain.decisions.kind_of import KindOf
from cockpit.domain.record import record
from cockpit.domain.rollout.plan import RolloutPlan


@record(frozen=True, slots=True)
class RolloutStarted:
    """This release is to reach the environment (the target) as planned, by the hands of one station."""

    plan: RolloutPlan
    station: str
    """The executor's name; only it acts and notifies."""
    reason: str = ""


@record(frozen=True, slots=True)
class RolloutApproved:
    """A second person lets the rollout (the target) begin."""

    note: str = ""


@record(frozen=True, slots=True)
class RolloutPromoted:
    """The waves up to this one may begin; the number of the last wave is everything."""

    wave: int
    reason: str = ""


@record(frozen=True, slots=True)
class RolloutPaused:
    """No further step begins until somebody resumes."""

    reason: str = ""


@record(frozen=True, slots=True)
class RolloutResumed:
    """It goes on after a pause, a halt, or another holder of the controls."""

    reason: str = ""
    proved_ended: bool = False
    """Somebody has made sure that no step of a former executor still runs."""


@record(frozen=True, slots=True)
class SoakSkipped:
    """The wave counts as watched for long enough, also where nothing could be measured."""

    wave: int
    reason: str = ""


@record(frozen=True, slots=True)
class RolloutAborted:
    """The rollout has ended for good; what is deployed stays until it is rolled back."""

    reason: str


@record(frozen=True, slots=True)
class RolloutRetried:
    """What failed is done again, and the rollout goes on."""

    reason: str = ""


@record(frozen=True, slots=True)
class RolledBack:
    """Servers go back to what they ran before."""

    reason: str
    scope: str = "*"
    """'*' is every touched server, 'zone/eu-1' those of a zone, 'server/eu-1-03' one."""


@record(frozen=True, slots=True)
class RolledBackHere:
    """Like `RolledBack`, decided at the executor itself while the remote was away; recorded when it is back."""

    reason: str
    scope: str = "*"


@record(frozen=True, slots=True)
class RolloutHalted:
    """The brake: no further step begins."""

    reason: str = ""


@record(frozen=True, slots=True)
class RolloutTakenOver:
    """Another station executes from here on."""

    station: str
    reason: str
    proved_ended: bool = False
    """Somebody has made sure that no step of the former station still runs."""


@record(frozen=True, slots=True)
class RolloutBegun:
    """The executor has taken the rollout, on this host."""

    host: str
    """Name of the machine, with what tells two of one name apart."""


@record(frozen=True, slots=True)
class WaveDone:
    """Every server of a wave runs the release and has passed."""

    wave: int
    evidence: Mapping[str, str] = field(default_factory=dict)
    """What was measured, by name."""


@record(frozen=True, slots=True)
class RolloutStopped:
    """The executor has halted by itself."""

    reason: str
    """One sentence with its figure."""
    wave: int = 0
    servers: Mapping[str, str] = field(default_factory=dict)
    """Server that failed to why."""
    evidence: Mapping[str, str] = field(default_factory=dict)
    rolls_back: bool = False
    """Whether it goes back by itself, as the plan says."""


@record(frozen=True, slots=True)
class HaltConfirmed:
    """The executor has seen the brake, and nothing further begins."""

    in_flight: tuple[str, ...] = ()
    """Servers whose step was running and is let end."""
    halt: int = 0
    """Position of the halt that it has seen; 0 is whichever there is."""


@record(frozen=True, slots=True)
class ServersRestored:
    """What a roll back came to."""

    servers: tuple[str, ...]
    """They run again what they ran before."""
    failed: Mapping[str, str] = field(default_factory=dict)
    """Server that could not be brought back to why."""
    number: int = 1
    """Which of the rollout's roll backs, counted from 1: another may have been ordered meanwhile."""


@record(frozen=True, slots=True)
class RolloutWaits:
    """The executor cannot tell whether the wave is well, and waits for a person."""

    wave: int
    reason: str
    evidence: Mapping[str, str] = field(default_factory=dict)


@record(frozen=True, slots=True)
class RolloutFinished:
    """Every wave is done and the last smoke tests have passed."""

    evidence: Mapping[str, str] = field(default_factory=dict)


@record(frozen=True, slots=True)
class RolloutYielded:
    """The former executor has seen that it was taken over from, and that no step of its own runs any more."""


_SHARED, _CHECKED, _BRAKE = EventClass.COMMUTATIVE, EventClass.CONDITIONAL, EventClass.BRAKE

ROLLOUT_KINDS: Mapping[str, KindOf] = {
    "rollout.start": KindOf(RolloutStarted, _CHECKED, "started a rollout to"),
    "rollout.approve": KindOf(RolloutApproved, _CHECKED, "approved rollout"),
    "rollout.promote": KindOf(RolloutPromoted, _CHECKED, "promoted rollout"),
    "rollout.pause": KindOf(RolloutPaused, _CHECKED, "paused rollout"),
    "rollout.resume": KindOf(RolloutResumed, _CHECKED, "resumed rollout"),
    "rollout.skip-soak": KindOf(SoakSkipped, _CHECKED, "skipped a soak of rollout"),
    "rollout.abort": KindOf(RolloutAborted, _CHECKED, "aborted rollout"),
    "rollout.retry": KindOf(RolloutRetried, _CHECKED, "retried rollout"),
    "rollout.rollback": KindOf(RolledBack, _CHECKED, "rolled back"),
    "rollout.rollback-here": KindOf(RolledBackHere, _BRAKE, "rolled back, unshared,"),
    "rollout.halt": KindOf(RolloutHalted, _BRAKE, "halted rollout"),
    "rollout.takeover": KindOf(RolloutTakenOver, _CHECKED, "gave another station rollout"),
    "rollout.begun": KindOf(RolloutBegun, _SHARED, "took on rollout"),
    "rollout.wave": KindOf(WaveDone, _SHARED, "finished a wave of rollout"),
    "rollout.waits": KindOf(RolloutWaits, _SHARED, "cannot judge, and waits with, rollout"),
    "rollout.stopped": KindOf(RolloutStopped, _SHARED, "halted by itself rollout"),
    "rollout.halted": KindOf(HaltConfirmed, _SHARED, "obeyed the halt of rollout"),
    "rollout.restored": KindOf(ServersRestored, _SHARED, "restored servers of rollout"),
    "rollout.finished": KindOf(RolloutFinished, _SHARED, "finished rollout"),
    "rollout.yielded": KindOf(RolloutYielded, _SHARED, "let go of rollout"),
}
"""Every kind about rollouts."""

OF_THE_EXECUTOR = frozenset(
    {
        "rollout.begun", "rollout.wave", "rollout.waits", "rollout.stopped", "rollout.halted",
        "rollout.restored", "rollout.finished", "rollout.yielded",
    }
)  # fmt: skip
"""Kinds that only a station decides, in its own name."""

STATION_PREFIX = "station:"
"""Before a station's name where it is the actor."""


def station_actor(station: str) -> str:
    """Return the actor that a station is."""
    return f"{STATION_PREFIX}{station}"
