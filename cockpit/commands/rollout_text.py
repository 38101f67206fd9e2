"""Rollouts for people."""

from collections.abc import Iterator, Sequence, Set
from datetime import datetime

from cockpit.commands.rollout_changes import ReleaseChanges
from cockpit.commands.rollout_rows import live_of
from cockpit.commands.table import age, aligned
from cockpit.domain.commit import SHORT
from cockpit.domain.counts import counted
from cockpit.domain.decisions.rollout_record import RolloutPhase, RolloutRecord
from cockpit.domain.overview import Overview
from cockpit.domain.rollout.controlling import waits_for_promotion
from cockpit.domain.rollout.halt_words import why_it_stands
from cockpit.domain.rollout.live import RolloutLive, ServerLive
from cockpit.domain.rollout.plan import Wave
from cockpit.domain.rollout.progress import ServerState
from cockpit.domain.rollout.touched import Touched

NAMED_MOST = 12
"""Servers that one line names."""


def brief_line(record: RolloutRecord, overview: Overview, now: datetime) -> str:
    """Return where a rollout stands in one line that stays the same while nothing changes."""
    live = _heard(record, overview, now)
    words = [f"{record.rollout} {record.plan.release} {record.plan.strategy.value}", _phase(record), _wave(record)]
    if not record.is_confirmed:
        words.append("not confirmed by its station yet")
    if live is None and live_of(record, overview) is not None and not record.phase.is_over:
        words.append("its executor is silent")
    if live is not None:
        counts = ", ".join(f"{count} {state}" for state, count in sorted(live.counts.items()))
        words += [live.doing, counts, "not shared yet" if live.unshared else ""]
    return "  ".join(word for word in (*words, _why(record, overview, live)) if word)


def status_lines(
    record: RolloutRecord, overview: Overview, servers: Sequence[ServerLive], now: datetime
) -> Iterator[str]:
    """Return everything about a rollout, line by line."""
    live = _heard(record, overview, now)
    yield brief_line(record, overview, now)
    who = f"started by {record.started.actor} {age(record.started.at, now)} ago"
    yield f"{who}, executed by station {record.station}{f' on {record.host}' if record.host else ''}"
    if not record.is_confirmed:
        yield "HALT not delivered yet: the station has not confirmed it"
    if overview.cache_note:
        yield f"! {overview.cache_note}"
    if live is not None and live.unshared:
        yield f"obeyed by station {record.station}, and not shared yet: elsewhere nobody knows of it until the ledger's"
        yield "  remote answers"
    if live is None and not record.phase.is_over:
        yield from _silence(record, live_of(record, overview), now)
    for name, why in record.stopped.servers.items() if record.stopped else ():
        yield f"  {name}: {why}"
    if live is not None and live.weight_set is not None:
        read = "not read" if live.weight_read is None else f"{live.weight_read:.1f} % read back"
        yield f"traffic for the new version: {live.weight_set:g} % set, {read}"
    for one in live.measured if live else ():
        yield f"  {one.verdict}: {one.said}"
    yield from aligned(_wave_rows(record, servers))
    yield from aligned(_server_rows(servers, now)) if servers else ()


def back_lines(record: RolloutRecord, scope: str, touched: Touched, changes: ReleaseChanges) -> Iterator[str]:
    """Return what a roll back would do: from what to what, to how many servers, and what cannot be undone."""
    before = sorted({running.version for running in record.plan.before.values() if running.version})
    yield f"{record.rollout}: from {record.plan.release} back to {', '.join(before) or 'what was there before'}."
    servers = touched.within(scope)
    names = ", ".join(servers) or "none"
    yield f"{counted(len(servers), 'server')} in {record.environment}, as {touched.told_by}: {names}"
    for change in changes.rows or ():
        if change.ships and change.irreversible:
            yield f"Cannot be undone: {change.commit[:SHORT]} {change.subject} ({change.irreversible})"
    if changes.unknown:
        yield f"Which changes cannot be undone is not known: {changes.unknown}"


def history_rows(records: Sequence[RolloutRecord], now: datetime) -> list[tuple[str, ...]]:
    """Return one row for each rollout: id, release, strategy, how it ended, who, when, why."""
    return [
        (
            record.rollout,
            record.plan.release,
            record.plan.strategy.value,
            record.phase.value,
            f"{record.wave_done}/{len(record.plan.waves)} waves",
            record.started.actor,
            f"{age(record.started.at, now)} ago",
            record.reason,
        )
        for record in records
    ]


def _heard(record: RolloutRecord, overview: Overview, now: datetime) -> RolloutLive | None:
    live = live_of(record, overview)
    return live if live is not None and live.freshness.is_fresh(now) else None


def _silence(record: RolloutRecord, last: RolloutLive | None, now: datetime) -> Iterator[str]:
    """Whoever waits for a station that is not at work should not have to guess it."""
    since = f"for {age(last.freshness.observed_at, now)}" if last is not None else "yet"
    yield f"nothing was heard of station {record.station} on this machine {since}: what it does is not known here"
    yield f"  Where it is to be, it is at work with: cockpit agent --station {record.station}"


def _phase(record: RolloutRecord) -> str:
    word = str(record.phase.value)
    return word.upper() if record.phase is RolloutPhase.HALTED else word


def _wave(record: RolloutRecord) -> str:
    if record.phase in (RolloutPhase.DONE, RolloutPhase.ROLLED_BACK):
        return ""
    return f"wave {min(record.wave_done + 1, len(record.plan.waves))}/{len(record.plan.waves)}"


def _why(record: RolloutRecord, overview: Overview, live: RolloutLive | None) -> str:
    now = next((one for one in overview.standing.rollouts if one.rollout == record.rollout), None)
    if now is not None and not now.is_under_controls and not now.is_over:
        return why_it_stands(now, live)
    if live is not None and live.waits_for:
        return live.waits_for
    wave = waits_for_promotion(record)
    if record.phase is RolloutPhase.RUNNING and wave is not None:
        return f"waits for somebody to promote it to wave {wave.number}, {wave.name}"
    return record.waits or record.reason


def _wave_rows(record: RolloutRecord, servers: Sequence[ServerLive]) -> Iterator[tuple[str, ...]]:
    states = {server.server: server.state for server in servers}
    for wave in record.plan.waves:
        names = ", ".join(wave.servers[:NAMED_MOST])
        more = f" and {len(wave.servers) - NAMED_MOST} more" if len(wave.servers) > NAMED_MOST else ""
        mark = _wave_mark(record, wave, {states[name] for name in wave.servers if name in states})
        weight = "" if wave.weight is None else f"{wave.weight:g} %"
        yield f"wave {wave.number}", wave.name, mark, weight, f"{names}{more}"


def _wave_mark(record: RolloutRecord, wave: Wave, states: Set[ServerState]) -> str:
    """What went back is done no longer, and what has begun is not to come."""
    if ServerState.RESTORED in states and record.phase in (RolloutPhase.ROLLED_BACK, RolloutPhase.ROLLING_BACK):
        return "◁ rolled back" if states <= {ServerState.RESTORED, ServerState.WAITING} else "◁ goes back"
    if any(outcome.wave == wave.number for outcome in record.waves):
        return "✔ done"
    if record.phase.is_over:
        return "· not begun" if states <= {ServerState.WAITING} else "· not done"
    return "· to come" if states <= {ServerState.WAITING} else "▶ begun"


def _server_rows(servers: Sequence[ServerLive], now: datetime) -> Iterator[tuple[str, ...]]:
    for server in servers:
        yield server.server, server.zone, server.state.value, age(server.since, now), server.step, server.reason
