"""How what an executor tells of its rollout is stored: one row for the rollout, one for each server that changed."""

from collections.abc import Iterator, Sequence

from cockpit.cache.moments import to_us
from cockpit.cache.rollout_rows import SERVER_COLUMNS, live_body, server_of, server_row, server_words
from cockpit.cache.writing import Step, Writing
from cockpit.domain.facts import RolloutSeen
from cockpit.domain.rollout.live import RolloutLive, ServerLive

SERVERS_A_STEP = 2000

Placed = tuple[str, int, ServerLive]
"""Rollout, position, and the server itself."""

Known = dict[tuple[str, str], Placed]
"""By environment and server."""


def rollout_steps(facts: RolloutSeen) -> Iterator[Step]:
    """Store the servers of a rollout, let those go that are not its own, then the rollout itself."""
    placed = list(enumerate({live.server: live for live in facts.servers}.values()))
    for start in range(0, len(placed), SERVERS_A_STEP):
        part = placed[start : start + SERVERS_A_STEP]
        yield lambda writing, part=part: _put_servers(writing, facts.live, part)  # type: ignore[misc]
    names = {live.server for _, live in placed}
    yield lambda writing: _finish(writing, facts.live, names)


def _known(writing: Writing) -> Known:
    def read() -> Known:
        rows = writing.execute(f"SELECT environment, rollout, position, {SERVER_COLUMNS} FROM rollout_servers")
        return {(row[0], row[3]): (row[1], row[2], server_of(row[3:])) for row in rows}

    known: Known = writing.recall("rollout_servers", ("rollout_servers",), read)
    return known


def _put_servers(writing: Writing, live: RolloutLive, servers: Sequence[tuple[int, ServerLive]]) -> None:
    known, changed, environment = _known(writing), {}, live.environment
    for position, server in servers:
        now = (live.rollout, position, server)
        if known.get((environment, server.server)) != now:
            changed[environment, server.server] = now
    if not changed:
        return
    moved = any(_place(known.get(key)) != _place(now) for key, now in changed.items())
    writing.touch("rollout_servers", moved=moved)
    columns = f"rollout, position, {SERVER_COLUMNS}, words, revision"
    assignments = ", ".join(f"{name} = excluded.{name}" for name in columns.split(", "))
    writing.many(
        f"INSERT INTO rollout_servers (environment, {columns}) VALUES ({', '.join('?' * 14)})"
        f" ON CONFLICT (environment, server) DO UPDATE SET {assignments}",
        (
            (environment, rollout, position, *server_row(server), server_words(server), writing.revision)
            for rollout, position, server in changed.values()
        ),
    )
    known.update(changed)


def _place(placed: Placed | None) -> tuple[object, ...]:
    """What lists and cells are ordered by."""
    return () if placed is None else (*placed[:2], placed[2].zone, placed[2].wave)


def _finish(writing: Writing, live: RolloutLive, names: set[str]) -> None:
    known = _known(writing)
    gone = [key for key in known if key[0] == live.environment and key[1] not in names]
    if gone:
        writing.touch("rollout_servers", moved=True)
        writing.many("DELETE FROM rollout_servers WHERE environment = ? AND server = ?", gone)
        for key in gone:
            del known[key]
    fresh = live.freshness
    observed = to_us(fresh.observed_at) if fresh.observed_at else writing.now_us
    expires = to_us(fresh.expires_at) if fresh.expires_at else observed + writing.lifetime_us
    row = (live.rollout, live_body(live), observed, expires)
    before = writing.execute(
        "SELECT rollout, body, observed_at, expires_at FROM rollouts WHERE environment = ?", (live.environment,)
    )
    if before != [row]:
        writing.touch("rollouts")
        writing.execute(
            "INSERT OR REPLACE INTO rollouts VALUES (?, ?, ?, ?, ?, ?)", (live.environment, *row, writing.revision)
        )
