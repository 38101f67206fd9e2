"""Another writer of a cache, in a process of its own: tells how long it waited for the writer's place at most."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cockpit.cache.opening import LOCK_S
from cockpit.cache.transaction import tx

EVERY_S = 0.003


class Waited:
    """What the other writer met."""

    longest_ms = 0.0


@contextmanager
def other_writer(database: Path) -> Iterator[Waited]:
    """Let one write every few milliseconds while the block runs; what it met is known after the block."""
    command = [sys.executable, "-m", "tests.bench.other_writer", str(database)]
    waited = Waited()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        yield waited
        process.stdin.close()
        waited.longest_ms = float(process.stdout.read())


def main() -> None:
    """Write until nobody listens any more."""
    import threading

    done = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), done.set()), daemon=True).start()
    connection = sqlite3.connect(sys.argv[1], timeout=LOCK_S, isolation_level=None)
    longest_s = 0.0
    print("ready", flush=True)
    while not done.wait(EVERY_S):
        began = time.perf_counter()
        with tx(connection):
            longest_s = max(longest_s, time.perf_counter() - began)
    connection.close()
    print(longest_s * 1000)


if __name__ == "__main__":
    main()
