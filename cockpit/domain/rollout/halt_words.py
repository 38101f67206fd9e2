"""Why a rollout stands still, in one sentence with its evidence."""

from collections.abc import Sequence

from cockpit.domain.counts import counted
from cockpit.domain.decisions.rollout_bodies import STATION_PREFIX
from cockpit.domain.decisions.rollout_record import EVERY_SERVER, RolloutPhase
from cockpit.domain.decisions.standing import RolloutNow
from cockpit.domain.rollout.live import RolloutLive

_EVIDENCE_TOLD = 3


def why_it_stands(now: RolloutNow, live: RolloutLive | None) -> str:
    """Return why nothing goes on, or what came of it; empty while it goes on. `live` counts only while it is fresh."""
    phase = RolloutPhase(now.phase)
    if phase is RolloutPhase.RUNNING:
        return _why_running_waits(now, live)
    if phase is RolloutPhase.ROLLING_BACK and not now.is_under_controls:
        return f"{scope_words(now.back)} goes back{_to(now)} once their holder resumes it: the controls changed hands"
    if phase is RolloutPhase.HALTED:
        return _halted(now)
    return {
        RolloutPhase.WAITING: f"waits for the approval of a second person: {now.started_by} started it",
        RolloutPhase.PAUSED: _because(f"paused by {now.said_by}", now.reason),
        RolloutPhase.ABORTED: _because(
            f"aborted by {now.said_by}, and what has {now.release} keeps it until it is rolled back", now.reason
        ),
        RolloutPhase.ROLLING_BACK: _because(f"{scope_words(now.back)} goes back{_to(now)}", now.reason),
        RolloutPhase.ROLLED_BACK: _because(f"rolled back{_to(now)}", now.reason),
    }.get(phase, "")


def scope_words(scope: str) -> str:
    """Return which servers a roll back is about: 'every touched server', 'zone eu-1', 'eu-1-03'."""
    kind, _, name = scope.partition("/")
    if scope == EVERY_SERVER:
        return "every touched server"
    return f"zone {name}" if kind == "zone" else name


def _to(now: RolloutNow) -> str:
    return f" to {now.before}" if now.before else ""


def _why_running_waits(now: RolloutNow, live: RolloutLive | None) -> str:
    if not now.is_under_controls:
        return "the controls have changed hands: nothing begins until their holder resumes it"
    if now.unproved:
        return "steps of the former executor may still run: resume it once they are proved ended"
    if now.waits:
        return f"{now.waits}: skip the soak, or roll it back"
    if now.wave_done < now.waves and now.wave > now.permitted:
        return f"waits for somebody to promote it to wave {now.wave}, {now.wave_name}"
    if live is not None and live.waits_for:
        return live.waits_for
    return f"station {now.station} has not taken it on yet" if not now.host else ""


def _halted(now: RolloutNow) -> str:
    who = "itself" if now.halted_by.startswith(STATION_PREFIX) else now.halted_by or "nobody"
    reason = now.reason or _failed(now.failed)
    sentence = _because(f"halted by {who}", reason)
    return f"{sentence} ({_evidence(now.evidence)})" if now.evidence else sentence


def _failed(failed: Sequence[tuple[str, str]]) -> str:
    return "; ".join(f"{server}: {why}" for server, why in failed)


def _evidence(evidence: Sequence[tuple[str, str]]) -> str:
    told = ", ".join(f"{name} {said}" for name, said in evidence[:_EVIDENCE_TOLD])
    more = len(evidence) - _EVIDENCE_TOLD
    return f"{told}, {counted(more, 'figure')} more" if more > 0 else told


def _because(what: str, reason: str) -> str:
    return f"{what}: {reason}" if reason else what
