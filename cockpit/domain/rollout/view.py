"""One rollout as a screen shows it: by what was decided, what its executor tells here, and what servers say."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum

from cockpit.domain.custody import plain_version
from cockpit.domain.decisions.rollout_record import RolloutPhase
from cockpit.domain.decisions.standing import LedgerHealth, RolloutNow
from cockpit.domain.overview import FleetSummary, Overview
from cockpit.domain.record import record
from cockpit.domain.rollout.halt_words import why_it_stands
from cockpit.domain.rollout.live import Measured, RolloutLive
from cockpit.domain.rollout.observed import LETTERS, Observed, ZoneStates, when_silent
from cockpit.domain.rollout.progress import ServerState

WEIGHT_TOLERANCE = 1.0
"""Percent by which the weight that is read may miss the one that was set before it is worth a word."""


class Mood(Enum):
    """How a rollout stands, at a glance."""

    GOING_ON = "going on"
    RESTS = "rests"
    """It waits for a person, a gate or the clock."""
    STOPPED = "stopped"
    """Halted, or aborted: somebody has to look."""
    GOING_BACK = "going back"
    WENT_BACK = "went back"
    DONE = "done"
    UNHEARD = "unheard"
    """Something should go on, and its executor, which is at work on this machine, is silent."""


@record(frozen=True, slots=True)
class RolloutView:
    """Everything that pane, header and page say of one rollout."""

    now: RolloutNow
    mood: Mood
    word: str
    """'running', 'HALTED', 'rolling back', …; 'unknown' while its executor is silent."""
    step: str
    """'wave 2/4'; empty where waves say nothing any more."""
    why: str
    """Why it stands still, in one sentence; empty while it goes on."""
    remarks: tuple[str, ...]
    """What somebody should know besides: a brake not obeyed yet, an order that nobody else knows."""
    live: RolloutLive | None
    """As its executor told last; None where it told nothing here."""
    is_heard: bool
    """Whether that still counts."""
    done: int
    """Servers that are through, or back."""
    total: int
    zones: tuple[ZoneStates, ...]
    is_probed: bool
    """The zones rest on what servers say alone: 'done' is that one runs the release, 'waiting' that it does not."""
    doing: str
    """What its executor does now; empty when that is not known."""
    traffic: str
    """'5 %', or '25 % set, 5 % read'; empty without a load balancer."""
    measured: tuple[Measured, ...]
    elapsed: timedelta
    """Since it was started, until it ended."""
    ends_about: datetime | None
    """When it may be through; None when that cannot be told."""
    soak_ends: datetime | None
    controls: str
    call_owner: str
    call_due: datetime | None

    @property
    def title(self) -> str:
        """'v1.43.0 canary'."""
        return f"{self.now.release} {self.now.strategy}"


def rollout_here(overview: Overview, moment: datetime) -> RolloutNow | None:
    """Return the rollout a screen is about.

    One that is under way goes before one that has ended, then the environment of the servers, then the last one.
    """
    shown = [now for now in overview.standing.rollouts if now.is_shown(moment)]
    here = overview.terms.environment
    return max(shown, key=lambda now: (not now.is_over, now.environment == here, shown.index(now)), default=None)


def view_of(overview: Overview, now: RolloutNow, moment: datetime) -> RolloutView:
    """Return what a screen shows of this rollout at `moment`."""
    observed = next((one for one in overview.rollouts if one.live.rollout == now.rollout), None)
    live = observed.live if observed else None
    is_heard = live is not None and live.freshness.is_fresh(moment) and overview.agent_alive
    fresh = live if is_heard else None
    phase = RolloutPhase(now.phase)
    mood = _mood(now, phase, live, fresh)
    zones = _zones(overview, now, observed, is_heard=is_heard)
    standing = overview.standing
    return RolloutView(
        now=now,
        mood=mood,
        word="unknown" if mood is Mood.UNHEARD else _WORDS.get(phase, phase.value),
        step=_step(now, phase),
        why=why_it_stands(now, fresh),
        remarks=tuple(_remarks(overview, now, fresh)),
        live=live,
        is_heard=is_heard,
        done=_done(now, phase, zones, is_told=fresh is not None),
        total=now.servers,
        zones=zones,
        is_probed=observed is None,
        doing=fresh.doing if fresh else "",
        traffic=_traffic(fresh),
        measured=fresh.measured if fresh else (),
        elapsed=max(timedelta(), (now.ended_at or moment) - now.started_at),
        ends_about=_ends_about(fresh) if mood in (Mood.GOING_ON, Mood.GOING_BACK) else None,
        soak_ends=fresh.soak_ends if fresh and mood in (Mood.GOING_ON, Mood.RESTS) else None,
        controls=next((one.holder for one in standing.controls if one.environment == now.environment), ""),
        call_owner=standing.call_owner if now.environment == _last(standing.environments) else "",
        call_due=standing.call_due if now.environment == _last(standing.environments) else None,
    )


def runs_release(version: str, now: RolloutNow) -> bool:
    """Tell whether a server that reports this version runs what is rolled out."""
    return bool(version) and plain_version(version) == plain_version(now.release)


_WORDS = {
    RolloutPhase.WAITING: "not approved",
    RolloutPhase.HALTED: "HALTED",
    RolloutPhase.ABORTED: "ABORTED",
}


def _mood(now: RolloutNow, phase: RolloutPhase, live: RolloutLive | None, fresh: RolloutLive | None) -> Mood:
    fixed = {
        RolloutPhase.HALTED: Mood.STOPPED,
        RolloutPhase.ABORTED: Mood.STOPPED,
        RolloutPhase.ROLLED_BACK: Mood.WENT_BACK,
        RolloutPhase.DONE: Mood.DONE,
        RolloutPhase.WAITING: Mood.RESTS,
        RolloutPhase.PAUSED: Mood.RESTS,
    }.get(phase)
    if fixed is not None:
        return fixed
    if live is not None and fresh is None:
        return Mood.UNHEARD
    if phase is RolloutPhase.ROLLING_BACK:
        return Mood.GOING_BACK
    return Mood.RESTS if why_it_stands(now, fresh) else Mood.GOING_ON


def _step(now: RolloutNow, phase: RolloutPhase) -> str:
    if phase in (RolloutPhase.DONE, RolloutPhase.ROLLED_BACK, RolloutPhase.ROLLING_BACK):
        return ""
    return f"wave {now.wave}/{now.waves}"


def _remarks(overview: Overview, now: RolloutNow, fresh: RolloutLive | None) -> list[str]:
    executor = f"{now.station} on {now.host}" if now.host else f"station {now.station}"
    remarks = []
    if not now.is_confirmed:
        remarks.append(f"HALT not delivered yet: {executor} has not confirmed it")
    if now.is_unshared or (fresh is not None and fresh.unshared):
        remarks.append("unshared until the ledger's remote answers")
    if overview.standing.ledger.health is LedgerHealth.UNREACHABLE and not now.is_over and fresh is None:
        remarks.append("the ledger's remote does not answer: newer waves and decisions may be missing here")
    return remarks


def _zones(overview: Overview, now: RolloutNow, observed: Observed | None, *, is_heard: bool) -> tuple[ZoneStates, ...]:
    if observed is None:
        is_here = overview.terms.environment in ("", now.environment)
        return tuple(_probed_zones(overview.fleet, now)) if is_here else ()
    if is_heard or now.is_over:
        return observed.zones
    return tuple(ZoneStates(zone.zone, when_silent(zone.cells)) for zone in observed.zones)


def _probed_zones(fleet: FleetSummary, now: RolloutNow) -> Sequence[ZoneStates]:
    """What any screen can know: which servers report the release, and are well."""
    has_it = [runs_release(share.version, now) for share in fleet.versions]
    return [
        ZoneStates(
            zone.zone,
            "".join(
                _probed(cell, has_it=index < len(has_it) and has_it[index])
                for cell, index in zip(zone.cells, zone.versions, strict=False)
            ),
        )
        for zone in fleet.zones
    ]


def _probed(cell: str, *, has_it: bool) -> str:
    if cell == "?":
        return LETTERS[ServerState.UNKNOWN]
    if cell.lower() in "fd":
        return LETTERS[ServerState.FAILED]
    if has_it:
        return LETTERS[ServerState.DONE]
    return LETTERS[ServerState.OUT_OF_BAND if cell.isupper() else ServerState.WAITING]


def _done(now: RolloutNow, phase: RolloutPhase, zones: Sequence[ZoneStates], *, is_told: bool) -> int:
    """Where nobody tells, the waves that are done say how many servers are."""
    if not is_told:
        return sum(now.sizes[: now.wave_done])
    back = phase in (RolloutPhase.ROLLING_BACK, RolloutPhase.ROLLED_BACK)
    states = (ServerState.RESTORED,) if back else (ServerState.SOAKING, ServerState.DONE)
    return sum(zone.cells.count(LETTERS[state]) for zone in zones for state in states)


def _traffic(live: RolloutLive | None) -> str:
    if live is None or live.weight_set is None:
        return ""
    if live.weight_read is None:
        return f"{live.weight_set:g} % set, not read"
    if abs(live.weight_set - live.weight_read) <= WEIGHT_TOLERANCE:
        return f"{live.weight_read:g} %"
    return f"{live.weight_set:g} % set, {live.weight_read:g} % read"


def _ends_about(live: RolloutLive | None) -> datetime | None:
    if live is None or live.expected_s is None or live.freshness.observed_at is None:
        return None
    return live.freshness.observed_at + timedelta(seconds=live.expected_s)


def _last(environments: Sequence[str]) -> str:
    return environments[-1] if environments else ""


def is_executor_here(overview: Overview, now: RolloutNow, moment: datetime) -> bool:
    """Tell whether the agent of this machine is the station that executes this rollout, and is at work.

    An executor's host is the machine's name, with what tells two of one name apart behind it.
    """
    beat = overview.heartbeat
    if beat is None or beat.mode != "station" or not overview.agent_alive:
        return False
    return any(
        one.live.rollout == now.rollout
        and one.live.freshness.is_fresh(moment)
        and f"{one.live.host}-".startswith(f"{beat.host}-")
        and now.host in ("", one.live.host)
        for one in overview.rollouts
    )
