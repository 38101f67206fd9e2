"""A process that writes to a cache, for the tests: python cache_writer.py WHAT DATABASE [NUMBER].

Prints 'ready' once it has begun; obeys nobody but signals.
"""

import sqlite3
import sys
import time
from pathlib import Path

from cache_world import NOON, alert, change, history, probe

from cockpit.cache.store import open_cache
from cockpit.domain.facts import AlertsSeen, ChangesSeen, CommitsSeen, ProbesSeen


def main(what: str, database: Path, number: int) -> None:
    {"open": opens, "count": counts, "import": imports, "hold": holds}[what](database, number)


def opens(database: Path, number: int) -> None:
    open_cache(database).close()


def counts(database: Path, number: int) -> None:
    """Write alerts of an origin of its own, one after the other, and say each that is stored."""
    cache = open_cache(database)
    for count in range(1, 41):
        cache.put(
            AlertsSeen(f"w{number}", [alert(f"{number}-{n}", origin=f"w{number}") for n in range(count)]), "w", 60
        )
    cache.close()


def imports(database: Path, number: int) -> None:
    """Store history, changes and servers for ever, saying each round."""
    cache, commits, round_ = open_cache(database), history(4000), 0
    while True:
        round_ += 1
        cache.put(CommitsSeen(commits), "git", 60)
        cache.put(ChangesSeen([change(n, f"round {round_}") for n in range(300)]), "git", 60)
        cache.put(ProbesSeen([probe(f"s{n}", version=str(round_)) for n in range(300)], complete=True), "servers", 60)
        print("ready", flush=True)


def holds(database: Path, number: int) -> None:
    """Take the writer's place and keep it."""
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("UPDATE tables SET revision = revision + 1")
    print("ready", flush=True)
    time.sleep(600)


if __name__ == "__main__":
    assert NOON
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0)
