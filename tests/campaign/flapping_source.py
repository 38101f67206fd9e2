"""A server that goes up and down each second: one incident, nothing that was known is lost, few writes."""

import random
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from tests.campaign import cache_look
from tests.campaign.campaign import Step, hold, recovered
from tests.campaign.crooked_server import CrookedServer, zone
from tests.campaign.team import Team

TOGGLE_S = 1.0
EVERY_S = 0.4
WITHIN_S = 40.0
WRITES_A_SECOND = 20
"""Transactions that change anything: each look at the servers, its judgement and the heartbeat, and no more."""

LOG_LINES_A_TOGGLE = 2
CHANGES = 6
"""What the team has not released yet."""


def flapping_source(folder: Path, chance: random.Random, count: int) -> Iterator[Step]:
    """Toggle the server `count` times and follow every state of its alert; the remote goes away now and then too."""
    server, steady = CrookedServer("eu-1", "v1.0.0"), CrookedServer("eu-2", "v1.0.0")
    team = Team(folder, chance, servers=zone([server, steady], EVERY_S, EVERY_S))
    team.start_agent()
    incidents: list[tuple[str, int]] = []
    try:
        recovered(lambda: _wrong(team, up=True), WITHIN_S)
        began, before = time.monotonic(), _revision(team)
        for number in range(count):
            up = number % 2 == 1
            (server.start if up else server.stop)()
            remote_goes = chance.random() < 0.2
            _take_remote_away(team, gone=remote_goes)
            seconds = _follow(team, up=up, incidents=incidents)
            _take_remote_away(team, gone=False)
            yield Step("up" if up else "down", seconds, "remote away too" if remote_goes else "")
        writes_a_second = (_revision(team) - before) / (time.monotonic() - began)
        hold(writes_a_second <= WRITES_A_SECOND, f"{writes_a_second:.0f} writes a second")
        hold(len(_log(team)) <= 10 + LOG_LINES_A_TOGGLE * count, f"{len(_log(team))} lines of log")
        if count % 2:
            server.start()
        seconds = recovered(lambda: _wrong(team, up=True), WITHIN_S)
        hold(_is_one_incident(incidents), f"more than one incident: {incidents}")
        yield Step(
            "steady again", seconds, f"alert was {' → '.join(state for state, _ in incidents) or 'never raised'}"
        )
    finally:
        team.kill_agent()
        server.close()
        steady.close()


def _follow(team: Team, *, up: bool, incidents: list[tuple[str, int]]) -> float:
    """Watch for the length of one toggle; return when the cache had seen it, or its whole length."""
    began, seen_after = time.monotonic(), TOGGLE_S
    while (passed := time.monotonic() - began) < TOGGLE_S:
        alert = _alert(team)
        if alert and (not incidents or incidents[-1] != alert):
            incidents.append(alert)
        if seen_after == TOGGLE_S and not _wrong(team, up=up):
            seen_after = passed
        time.sleep(0.05)
    return seen_after


def _wrong(team: Team, *, up: bool) -> str:
    try:
        with cache_look.opened(team.places.database) as cache:
            rows = cache.execute("SELECT name, health, version FROM servers ORDER BY name").fetchall()
            changes = cache_look.changes(cache)
    except sqlite3.OperationalError as error:
        return str(error)
    if len(rows) < 2 or not changes:
        return "not everything is known yet"
    hold(len(changes) == CHANGES, f"{len(changes)} changes are left")
    hold(all(version in ("", "v1.0.0") for *_, version in rows), f"a version was lost: {rows}")
    hold(rows[1][1] == "up", f"the steady server is {rows[1]}")
    return "" if (rows[0][1] == "up") is up else f"the server is {rows[0]}"


def _alert(team: Team) -> tuple[str, int] | None:
    """Return state and beginning of the server's alert."""
    with cache_look.opened(team.places.database) as cache:
        rows = cache.execute("SELECT state, since FROM alerts WHERE alert_id = 'ServerDown/eu-1'").fetchall()
    return (rows[0][0], rows[0][1]) if rows else None


def _is_one_incident(incidents: list[tuple[str, int]]) -> bool:
    """It is pending, then fires, and never begins a second time."""
    states = [state for state, _ in incidents]
    return len({since for _, since in incidents}) <= 1 and states in ([], ["pending"], ["pending", "firing"])


def _take_remote_away(team: Team, *, gone: bool) -> None:
    away = team.remote.with_name("away.git")
    if gone and team.remote.exists():
        team.remote.rename(away)
    if not gone and away.exists():
        away.rename(team.remote)


def _revision(team: Team) -> int:
    with cache_look.opened(team.places.database) as cache:
        return int(cache.execute("SELECT max(revision) FROM tables").fetchall()[0][0])


def _log(team: Team) -> list[str]:
    return team.places.agent_log.read_text().splitlines()
