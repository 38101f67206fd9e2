"""The cache damaged, cut short, emptied, replaced or removed: set aside, rebuilt, and the same answers come back."""

import os
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from cockpit.cache.feed import CacheFeed, open_feed
from cockpit.domain.overview import Overview
from cockpit.domain.terms import Terms
from cockpit.ui.feed import Query
from tests.campaign import cache_look
from tests.campaign.campaign import Step, hold, recovered
from tests.campaign.team import Team

HISTORY = 2_000
WITHIN_S = 100.0
"""An agent at work looks over its file once a minute."""

FACTS = {
    "commits": "commit_id, parents, author, authored_at, committed_at, subject",
    "changes": "commit_id, position, kind, scope, subject, author, committed_at, impact, files, added, removed",
    "releases": "tag, commit_id, released_at",
    "sizes": "commit_id, files, added, removed",
    "paths": "commit_id, paths",
}
"""What git tells does not depend on when it is asked."""

SIDES = ("", "-wal", "-shm")

Facts = dict[str, list[tuple[object, ...]]]


def cache_damage(folder: Path, chance: random.Random, count: int) -> Iterator[Step]:
    """Spoil the cache `count` times, with the agent at work or between two agents, always under an open reader."""
    team = Team(folder, chance, history=HISTORY)
    team.start_agent()
    feed = open_feed(team.places.database, lambda: Terms("payments"))
    heard: list[Overview] = []
    stop_watching = feed.watch(heard.append)
    try:
        with closing(feed):
            recovered(lambda: _incomplete(team), WITHIN_S)
            right = _facts(team.places.database)
            for number in range(count):
                fault, between_agents = FAULTS[number % len(FAULTS)]
                _spoil(team, fault, between_agents=between_agents)
                seconds = recovered(lambda: _differs(team, feed, heard, right), WITHIN_S)
                hold(len(_set_aside(team)) <= 3, "damaged caches pile up")
                yield Step(f"{fault.__name__.strip('_').replace('_', ' ')}", seconds, _words(between_agents))
            hold(team.stop_agent() == 0, "the agent does not end well")
    finally:
        stop_watching()
        team.kill_agent()


def _words(between_agents: bool) -> str:
    return "between two agents" if between_agents else "under a running agent"


def _spoil(team: Team, fault: Callable[[Team], None], *, between_agents: bool) -> None:
    if between_agents:
        team.stop_agent()
    fault(team)
    if between_agents:
        team.start_agent()


def _random_bytes(team: Team) -> None:
    database = team.places.database
    with database.open("r+b") as file:
        file.seek(team.chance.randrange(max(1, database.stat().st_size - 512)))
        file.write(team.chance.randbytes(512))


def _cut_short(team: Team) -> None:
    os.truncate(team.places.database, team.chance.randrange(1, team.places.database.stat().st_size))


def _zero_length(team: Team) -> None:
    os.truncate(team.places.database, 0)


def _renamed(team: Team) -> None:
    for side in SIDES[: team.chance.choice((1, 3))]:
        file = _side(team, side)
        if file.exists():
            file.replace(file.with_name(f"elsewhere{side}"))


def _removed(team: Team) -> None:
    for side in SIDES[: team.chance.choice((1, 3))]:
        _side(team, side).unlink(missing_ok=True)


def _replaced_by_another_database(team: Team) -> None:
    other = team.places.cache / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS precious (x)")
        connection.commit()
    other.replace(team.places.database)


def _replaced_by_garbage(team: Team) -> None:
    other = team.places.cache / "other.db"
    other.write_bytes(team.chance.randbytes(20_000))
    other.replace(team.places.database)


FAULTS: tuple[tuple[Callable[[Team], None], bool], ...] = (
    (_random_bytes, True),
    (_removed, False),
    (_cut_short, True),
    (_renamed, False),
    (_zero_length, True),
    (_replaced_by_another_database, False),
    (_replaced_by_garbage, False),
    (_removed, True),
    (_random_bytes, True),
    (_replaced_by_garbage, True),
    (_random_bytes, False),
    (_cut_short, False),
    (_zero_length, False),
)
"""Each with whether it happens between two agents; what only the look once a minute finds comes last."""


def _incomplete(team: Team) -> str:
    try:
        with cache_look.opened(team.places.database) as cache:
            if set(cache_look.commits(cache)) == team.history_by_git() and cache_look.count(cache, "sizes"):
                return "" if "pending" not in cache_look.cursor(cache, "git") else "not everything is read"
    except sqlite3.OperationalError:
        pass
    return "the history is not complete"


def _differs(team: Team, feed: CacheFeed, heard: list[Overview], right: Facts) -> str:
    try:
        facts = _facts(team.places.database)
    except (sqlite3.DatabaseError, OSError) as error:
        return f"the file cannot be read: {error}"
    different = [name for name in FACTS if facts[name] != right[name]]
    if different:
        return f"other answers in {different}"
    listed = [row.commit_id for row in feed.changes.fetch(feed.changes.order(Query())) if row]
    if listed != team.changes_by_git():
        return "the reader lists other changes"
    time.sleep(0.12)
    if heard[-1].cache_note or heard[-1].changes.total != len(listed):
        return f"the watching reader was told: {heard[-1].cache_note or heard[-1].changes.total}"
    return ""


def _facts(database: Path) -> Facts:
    with cache_look.opened(database) as cache:
        return {
            name: cache.execute(f"SELECT {columns} FROM {name} ORDER BY 1").fetchall()  # noqa: S608 - names from above
            for name, columns in FACTS.items()
        }


def _side(team: Team, side: str) -> Path:
    return team.places.database.with_name(f"cache.db{side}")


def _set_aside(team: Team) -> list[Path]:
    return [file for file in team.places.cache.glob("*damaged*") if file.name.endswith("Z")]
