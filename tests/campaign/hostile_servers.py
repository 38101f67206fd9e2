"""Servers that answer anything at all, among good ones: old data stays with its true age, the others stay fresh."""

import random
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from cockpit.cache.feed import CacheFeed, open_feed
from cockpit.domain.fleet import Health, Server
from cockpit.domain.terms import Terms
from cockpit.ui.feed import Query
from tests.campaign.campaign import Step, hold, recovered
from tests.campaign.crooked_server import Answer, CrookedServer, zone
from tests.campaign.team import Team

EVERY_S = 0.4
TIMEOUT_S = 0.5
WITHIN_S = 30.0
MEMORY_MB = 120
"""Budget of the agent."""

NOT_UP = tuple(set(Answer) - {Answer.GOOD, Answer.WRONG_TYPES, Answer.DEEP, Answer.CONTROL_CODES})
"""Whoever answers its health check so is not up; a body is not looked at when the status is good."""


VERSION, MEMORY = "v1.0.0", 1e6
ONCE_TOLD = (VERSION, "]0;owned")
"""The second one is what is left of a version made of control codes."""

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e]")


def hostile_servers(folder: Path, chance: random.Random, count: int) -> Iterator[Step]:
    """Change what the bad servers answer `count` times, and compare the cache with what they were told to answer."""
    good = [CrookedServer(f"good-{number}", VERSION) for number in range(2)]
    bad = [CrookedServer(f"bad-{number}", VERSION) for number in range(4)]
    team = Team(folder, chance, servers=zone(good + bad, EVERY_S, TIMEOUT_S))
    agent = team.start_agent()
    feed = open_feed(team.places.database, lambda: Terms("payments"))
    try:
        with closing(feed):
            recovered(lambda: _difference(feed, good + bad), WITHIN_S)
            for _ in range(count):
                told = _tell_them(bad, chance)
                seconds = recovered(lambda: _stale(feed, good) or _difference(feed, good + bad), WITHIN_S)
                hold(agent.poll() is None, "the agent has ended")
                memory_mb = _memory_mb(agent.pid)
                hold(memory_mb <= MEMORY_MB, f"the agent takes {memory_mb} MB")
                hold(not any(server.strays for server in bad), "a redirect was followed")
                yield Step(told, seconds, f"{memory_mb // 10 * 10} MB")
    finally:
        team.kill_agent()
        for server in good + bad:
            server.close()


def _tell_them(bad: list[CrookedServer], chance: random.Random) -> str:
    answer = chance.choice(list(Answer))
    for server in bad:
        server.health_answer = server.other_answer = Answer.GOOD
    for server in chance.sample(bad, chance.randint(1, len(bad))):
        if chance.random() < 0.5:
            server.health_answer = answer
        server.other_answer = answer
    return answer.value


def _difference(feed: CacheFeed, servers: list[CrookedServer]) -> str:
    rows = {row.name: row for row in feed.servers.fetch(feed.servers.order(Query())) if row}
    if len(rows) != len(servers):
        return f"{len(rows)} of {len(servers)} servers are known"
    return "; ".join(filter(None, (_differs(rows[server.name], server) for server in servers)))


def _differs(row: Server, server: CrookedServer) -> str:
    hold(not CONTROL.search(row.version + row.reason + row.commit_id), f"{row.name} brought a control code: {row}")
    is_up = row.health is Health.UP
    if server.health_answer is server.other_answer is Answer.GOOD:
        right = is_up and row.version == VERSION and row.version_at == row.freshness.observed_at and not row.reason
    elif server.other_answer is Answer.CONTROL_CODES:
        right = is_up
    else:
        right = is_up is (server.health_answer not in NOT_UP) and row.version in ONCE_TOLD and _has_aged(row)
    right = right and row.metrics.get("memory_bytes") == MEMORY
    return "" if right else f"{row} answers {server.health_answer} and {server.other_answer}"


def _has_aged(row: Server) -> bool:
    """What the last answer did not tell is older than that answer."""
    observed_at = row.freshness.observed_at
    return row.version_at is not None and observed_at is not None and row.version_at < observed_at


def _stale(feed: CacheFeed, good: list[CrookedServer]) -> str:
    now, names = datetime.now(UTC), [server.name for server in good]
    rows = [row for row in feed.servers.fetch(feed.servers.order(Query())) if row and row.name in names]
    stale = [row.name for row in rows if row.health_at(now) is not Health.UP]
    hold(not stale, f"a good server is no longer fresh: {stale}")
    return ""


def _memory_mb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1]
    return int(status.split()[0]) // 1024
