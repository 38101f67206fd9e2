"""Tells the screens of this machine how a rollout goes: one row for each server, and one for the whole."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from cockpit.agent.rollout.hands import Hands
from cockpit.agent.rollout.journal import Kept
from cockpit.agent.rollout.traffic_desk import TrafficDesk
from cockpit.agent.rollout.watching import WaveWatch
from cockpit.domain.decisions.rollout_record import RolloutPhase, RolloutRecord
from cockpit.domain.facts import RolloutSeen
from cockpit.domain.freshness import Freshness
from cockpit.domain.rollout.controlling import Sight, Soak, present_wave
from cockpit.domain.rollout.expected import expected
from cockpit.domain.rollout.live import Measured, RolloutLive, ServerLive
from cockpit.domain.rollout.progress import ServerProgress, ServerState, state_of
from cockpit.errors import CacheError

SOURCE = "rollout"

LIFETIME_S = 15.0
"""An executor that says nothing for so long is not known to be at work."""

RENEW_S = 5.0
AT_MOST_EVERY_S = 0.2


class Telling:
    """Compares what is to be told with what was, and tells the difference."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self._told: tuple[object, ...] = ()
        self._told_at = 0.0
        self._rows: dict[str, tuple[tuple[object, ...], ServerLive]] = {}
        """Server to what its last row was made of, and the row."""

    async def tell(
        self,
        sight: Sight,
        kept: Kept,
        traffic: TrafficDesk | None,
        watch: WaveWatch | None,
        compared: tuple[Measured, ...],
        rests: str,
        *,
        unshared: bool,
    ) -> bool:
        """Store what has changed since the last time; tell whether everything is told.

        What the cache does not take is told again.
        """
        since_s = time.monotonic() - self._told_at
        if since_s < AT_MOST_EVERY_S and not sight.rollout.phase.is_over:
            return False
        live = self._live(sight, kept, traffic, watch, rests)
        live = replace(live, measured=(*live.measured, *compared), unshared=unshared)
        mark = (live, sight.forward, sight.back)
        if mark == self._told and since_s < RENEW_S:
            return True
        now = self._hands.clock.now()
        told = replace(live, freshness=Freshness(now, now + timedelta(seconds=LIFETIME_S)))
        servers = tuple(self._servers(sight))
        counts = Counter(server.state for server in servers)
        told = replace(told, counts={state.value: count for state, count in counts.items()})
        try:
            sink = self._hands.cache.sink(SOURCE, LIFETIME_S)
            await asyncio.to_thread(sink.put, RolloutSeen(told, servers))
        except CacheError as error:
            self._hands.log.say_once("rollout facts", error.what)
            return False
        self._told, self._told_at = mark, time.monotonic()
        return True

    def _live(
        self, sight: Sight, kept: Kept, traffic: TrafficDesk | None, watch: WaveWatch | None, rests: str
    ) -> RolloutLive:
        record = sight.rollout
        wave = present_wave(record)
        attempt = record.tries
        left_s = watch.left_s(wave, attempt) if watch and wave and sight.soak is not Soak.NOT_BEGUN else None
        is_soaking = sight.soak is Soak.GOING_ON and not rests.startswith("halted")
        weighs = traffic is not None and traffic.weighs
        return RolloutLive(
            rollout=record.rollout,
            environment=record.environment,
            station=self._hands.station,
            host=self._hands.host,
            wave=wave.number if wave else len(record.plan.waves),
            doing=_doing(sight, rests, is_soaking=is_soaking),
            waits_for="" if is_soaking else rests,
            soak_ends=_minute(self._hands.clock.now() + timedelta(seconds=left_s)) if left_s and is_soaking else None,
            weight_set=traffic.asked if traffic and weighs else None,
            weight_read=sight.weight,
            measured=_measured(watch),
            expected_s=_rounded(
                expected(
                    record.plan,
                    kept.through(),
                    _times_s(kept),
                    wave_done=record.wave_done,
                    soak_left_s=left_s,
                    permitted=record.permitted,
                ).seconds
            ),
        )

    def _servers(self, sight: Sight) -> Iterator[ServerLive]:
        """Most of thousands are as they were, and a row that was made once is compared in no time."""
        record, rows = sight.rollout, self._rows
        done = record.wave_done
        goes_back = set(sight.to_restore) if record.phase is RolloutPhase.ROLLING_BACK else set()
        for wave in record.plan.waves:
            is_done = wave.number <= done
            for server in wave.servers:
                progress = sight.back.get(server) or sight.forward.get(server)
                waits = server in goes_back and server not in sight.back
                made_of = (progress, is_done, waits, record.attempt)
                made = rows.get(server)
                if made is None or made[0] != made_of:
                    made = rows[server] = made_of, self._row(record, wave.number, server, *made_of[:3])
                yield made[1]

    def _row(
        self, record: RolloutRecord, wave: int, server: str, progress: ServerProgress | None, is_done: bool, waits: bool
    ) -> ServerLive:
        state = state_of(progress, wave_is_done=is_done)
        if waits and state is not ServerState.FAILED:
            state = ServerState.WAITING
        return ServerLive(
            server=server,
            zone=self._hands.zones.get(server, ""),
            wave=wave,
            state=state,
            since=progress.since if progress else record.started.at,
            reason=progress.reason if progress else "",
            step=progress.stage.value if progress else "",
            attempt=progress.attempt if progress else record.attempt,
            log=progress.log if progress else "",
        )


def _doing(sight: Sight, rests: str, *, is_soaking: bool) -> str:
    record = sight.rollout
    if is_soaking:
        return "soaking"
    if rests or record.phase.is_over:
        return ""
    if record.phase is RolloutPhase.ROLLING_BACK:
        return "rolling back"
    wave = present_wave(record)
    if wave is None:
        return "last smoke tests"
    is_deployed = all(
        (progress := sight.forward.get(server)) is not None and progress.is_through for server in wave.servers
    )
    return "smoke tests of the wave" if is_deployed else "deploying"


def _measured(watch: WaveWatch | None) -> tuple[Measured, ...]:
    if watch is None or watch.report is None:
        return ()
    return tuple(Measured(one.name, one.verdict.value, one.sentence) for one in watch.report.figures)


def _times_s(kept: Kept) -> list[float]:
    """How long servers took, as far as the journal of this process tells: from the first step to the last."""
    return [seconds for seconds in kept.took_s.values() if seconds > 0]


def _minute(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else float(round(seconds / 10) * 10 or (10 if seconds > 0 else 0))
