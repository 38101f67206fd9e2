"""Makes the one answer of the screen out of what the cache knows."""

from collections.abc import Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from cockpit.domain.branch_health import BranchBuild, judge_branch
from cockpit.domain.build import Build, FlakyTest
from cockpit.domain.command_gate import CommandGate
from cockpit.domain.commit import BranchState
from cockpit.domain.decisions.standing import Standing
from cockpit.domain.evidence import Evidence
from cockpit.domain.freshness import Freshness
from cockpit.domain.gates import judge_gates, overall
from cockpit.domain.gates_of_sources import agent_alive, blind_sources
from cockpit.domain.overview import AlertsSummary, BoardSummary, ChangesSummary, FleetSummary, Overview
from cockpit.domain.record import record
from cockpit.domain.shipping_facts import ShippingFacts
from cockpit.domain.source_state import Heartbeat, SourceState, SourceStatus
from cockpit.domain.terms import Terms

if TYPE_CHECKING:
    from cockpit.domain.rollout.observed import Observed

CI_SOURCES = ("ci", "ci-reports")
"""Sources that say how commits build."""

SERVERS = "servers"
"""The source that tells of servers, and by that of most alerts."""

GATES = "gates"
"""The source that runs the team's own gates."""


@record(frozen=True, slots=True)
class Known:
    """Every fact an overview rests on."""

    branch: BranchState | None
    branch_freshness: Freshness
    builds: Sequence[BranchBuild]
    """Newest first in branch order, one for each commit."""
    flaky: Sequence[FlakyTest]
    tests_known: int
    changes: ChangesSummary
    board: BoardSummary
    fleet: FleetSummary
    alerts: AlertsSummary
    """Its `blind` is judged here."""
    sources: Sequence[SourceState]
    heartbeat: Heartbeat | None
    next_expiry: datetime | None
    standing: Standing = field(default_factory=Standing)
    shipping: ShippingFacts | None = None
    """Of the candidate; None while nobody has looked."""
    candidate_builds: Sequence[Build] = ()
    """The one that tells most first."""
    rollouts: "Sequence[Observed]" = ()
    """As their executors told of them here."""
    commands: Sequence[CommandGate] = ()
    """As they were stored, also when the settings ask for none any more."""


def overview_of(
    known: Known,
    *,
    terms: Terms,
    now: datetime,
    zone: tzinfo | None = None,
    cache_note: str = "",
) -> Overview:
    """Return the answer to every question of the header and the pane titles at `now`.

    `zone` is where the team's week begins on Monday 00:00; None is this machine's.
    """
    evidence = evidence_of(known, terms=terms, now=now, zone=zone)
    gates = judge_gates(evidence, now)
    return Overview(
        read_at=now,
        terms=terms,
        verdict=overall(gates),
        gates=gates,
        agent_alive=agent_alive(known.heartbeat, now),
        heartbeat=known.heartbeat,
        branch=evidence.branch,
        board=known.board,
        changes=known.changes,
        fleet=known.fleet,
        alerts=evidence.alerts,
        sources=tuple(known.sources),
        cache_note=cache_note,
        standing=known.standing,
        shipping=known.shipping,
        rollouts=tuple(known.rollouts),
        next_expiry=_next_expiry(known, now),
    )


def evidence_of(known: Known, *, terms: Terms, now: datetime, zone: tzinfo | None = None) -> Evidence:
    """Return what the gates are judged on at `now`; `zone` as for `overview_of`."""
    branch = judge_branch(
        state=known.branch,
        freshness=known.branch_freshness,
        builds=known.builds,
        ci=next((s for s in known.sources if s.name in CI_SOURCES and s.status is not SourceStatus.OFF), None),
        flaky=known.flaky,
        tests_known=known.tests_known,
        on_duty=_on_duty(known.standing, now) or terms.on_duty,
        now=now,
        week_start=week_start(now, zone),
    )
    return Evidence(
        branch=branch,
        fleet=known.fleet,
        alerts=replace(known.alerts, blind=_blind(known, terms, now)),
        heartbeat=known.heartbeat,
        sources=known.sources,
        limits=terms.limits,
        standing=known.standing,
        environment=terms.environment,
        builds=known.candidate_builds,
        shipping=known.shipping,
        ledger_wanted_for=terms.ledger_wanted_for,
        commands=known.commands if any(source.name == GATES for source in known.sources) else (),
    )


def _on_duty(standing: Standing, now: datetime) -> str:
    if standing.calendar is None:
        return standing.on_duty
    from cockpit.domain.on_duty import duty_now  # a screen without trains starts without their calendar

    return duty_now(standing, now)


def _phase_ends(standing: Standing, now: datetime) -> datetime | None:
    if standing.calendar is None:
        return None
    from cockpit.domain.train_window import next_change

    return next_change(standing.calendar, now)


def _next_expiry(known: Known, now: datetime) -> datetime | None:
    """Return when the answer may change though nothing is written: a fact expires, a phase ends, a lock is due."""
    moments = [
        known.next_expiry,
        _phase_ends(known.standing, now),
        *(lock.review_at for lock in known.standing.locks),
        *(command.freshness.expires_at for command in known.commands),
    ]
    return min((moment for moment in moments if moment is not None and moment > now), default=None)


def _blind(known: Known, terms: Terms, now: datetime) -> tuple[str, ...]:
    """Servers that are to be asked and never were tell of no alert, and are not well for that."""
    unasked = terms.servers_configured and all(source.name != SERVERS for source in known.sources)
    return (SERVERS,) if unasked else blind_sources(known.sources, now)


def week_start(now: datetime, zone: tzinfo | None = None) -> datetime:
    """Return the last Monday 00:00 in `zone` (None is this machine's)."""
    local = now.astimezone(zone)
    monday = local.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=local.weekday())
    # A machine's own zone is a fixed offset here, and that of Monday may differ where clocks changed since.
    return monday.replace(tzinfo=None).astimezone() if zone is None else monday
